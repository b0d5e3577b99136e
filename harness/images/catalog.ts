import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hostCaBundle } from './ca-bundle.ts';
import type { ImageSpec } from './plan.ts';

/** What is stamped into programs that know their version only if their build says so. */
interface Stamp {
  readonly version: string;
  readonly commit: string;
}

export interface CatalogOptions {
  /** The repository's root. */
  readonly root: string;
  readonly gateway: Stamp;
  readonly queueWorker: Stamp;
  /** Defaults to `hostCaBundle()`; null for none. */
  readonly caBundle?: string | null;
  /** Defaults to `debian:trixie-slim`. */
  readonly base?: string;
}

/** Every image of ours by its folder in `ci/images/`. */
export interface ImageCatalog {
  /** Compilers: Go, Rust, C. The only one that may hold the host's CA bundle; nothing of it is shipped. */
  readonly builder: ImageSpec;
  /** The machine under test: containerd, core services, provider, floor, agent. */
  readonly machine: ImageSpec;
  /** What of the machine goes onto one of another distribution, below /opt/givre. */
  readonly bundle: ImageSpec;
  /** The distribution's part of the machine: containerd, registry, Prometheus; nothing of ours, so seldom built. */
  readonly machineBase: ImageSpec;
  /** Services as images, for a platform that runs them in its own containers. */
  readonly gateway: ImageSpec;
  readonly queueWorker: ImageSpec;
  readonly natsStreaming: ImageSpec;
  readonly prometheus: ImageSpec;
  /** The do-nothing function that the floor is measured with. */
  readonly floor: ImageSpec;
  /** The key-value server for the workload `kv`; started only where it is deployed. */
  readonly kv: ImageSpec;
  readonly agent: ImageSpec;
  readonly provider: ImageSpec;
  /** Times the start of a program from outside. */
  readonly launch: ImageSpec;
  /** The load generator, for users who have none. */
  readonly k6: ImageSpec;
  /** The server of known times that a generator is held against. */
  readonly truth: ImageSpec;
}

const packageSchema = z.object({ version: z.string() });

export async function imageCatalog(options: CatalogOptions): Promise<ImageCatalog> {
  const base = options.base ?? 'debian:trixie-slim';
  const caBundle = options.caBundle === undefined ? await hostCaBundle() : (options.caBundle ?? undefined);
  const { version } = packageSchema.parse(JSON.parse(await readFile(join(options.root, 'package.json'), 'utf8')));
  const recipe = (name: string): string => join(options.root, 'ci/images', name, 'Dockerfile');
  const from = (path: string): string => join(options.root, path);
  const image = (name: string, spec: Omit<ImageSpec, 'name' | 'dockerfile'>): ImageSpec => {
    return { name, dockerfile: recipe(name), ...spec };
  };

  const builder = image('builder', {
    bases: { BASE: base },
    inputs: [caBundle === undefined ? { content: '', to: 'ca-bundle.crt' } : { from: caBundle, to: 'ca-bundle.crt' }],
  });
  const coreServices = image('core-services', {
    bases: { BUILDER: builder },
    inputs: ['go.mod', 'go.sum'].map((file) => ({ from: from(`harness/platforms/core-services/${file}`), to: file })),
    buildArgs: {
      GATEWAY_VERSION: options.gateway.version,
      GATEWAY_COMMIT: options.gateway.commit,
      QUEUE_WORKER_VERSION: options.queueWorker.version,
      QUEUE_WORKER_COMMIT: options.queueWorker.commit,
    },
  });
  const provider = image('provider', {
    bases: { BUILDER: builder },
    inputs: [{ from: from('harness/platforms/control/provider'), to: '.', ignore: /_test\.go$|\.c$|\.md$/ }],
    buildArgs: { PROVIDER_VERSION: version },
  });
  const agent = image('agent', {
    bases: { BUILDER: builder },
    inputs: [{ from: from('harness/agent'), to: '.', ignore: /^tests\/|\.ts$|\.md$/ }],
  });
  const machineBase = image('machine-base', { bases: { BASE: base }, inputs: [] });
  const machine = image('machine', {
    bases: { MACHINE_BASE: machineBase, CORE_SERVICES: coreServices, PROVIDER: provider, AGENT: agent },
    inputs: [{ from: from('ci/images/machine/machine-init'), to: 'machine-init' }],
  });
  const bundle = image('bundle', {
    bases: { BASE: base, MACHINE: machine },
    inputs: [{ from: from('ci/images/bundle'), to: '.', ignore: /^Dockerfile$/ }],
  });
  const service = (name: string): ImageSpec => image(name, { bases: { CORE_SERVICES: coreServices }, inputs: [] });
  return {
    builder,
    machine,
    bundle,
    machineBase,
    gateway: service('gateway'),
    queueWorker: service('queue-worker'),
    natsStreaming: service('nats-streaming'),
    prometheus: image('prometheus', { bases: { MACHINE_BASE: machineBase }, inputs: [] }),
    floor: image('floor', {
      bases: { BUILDER: builder },
      inputs: [{ from: from('harness/platforms/control/provider/cmd/floor/server.c'), to: 'server.c' }],
    }),
    kv: image('kv', { bases: { BASE: base }, inputs: [] }),
    agent,
    provider,
    launch: image('launch', {
      bases: { BUILDER: builder },
      inputs: [{ from: from('ci/images/launch/launch.c'), to: 'launch.c' }],
    }),
    k6: image('k6', {
      bases: { BUILDER: builder },
      inputs: ['go.mod', 'go.sum'].map((file) => ({ from: from(`ci/images/k6/${file}`), to: file })),
    }),
    truth: image('truth', {
      bases: { BUILDER: builder },
      inputs: [{ from: from('harness/load/truth'), to: '.', ignore: /_test\.go$/ }],
    }),
  };
}
