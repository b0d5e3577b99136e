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
  const recipes = recipesIn(options.root);
  const { image } = recipes;

  const builder = image('builder', {
    bases: { BASE: base },
    inputs: [caBundle === undefined ? { content: '', to: 'ca-bundle.crt' } : { from: caBundle, to: 'ca-bundle.crt' }],
  });
  const programs = programImages(recipes, builder, version);
  const coreServices = coreServicesImage(recipes, builder, options);
  const machineBase = image('machine-base', { bases: { BASE: base }, inputs: [] });
  const service = (name: string): ImageSpec => image(name, { bases: { CORE_SERVICES: coreServices }, inputs: [] });
  return {
    builder,
    ...machineImages(recipes, { base, machineBase, coreServices, ...programs }),
    machineBase,
    gateway: service('gateway'),
    queueWorker: service('queue-worker'),
    natsStreaming: service('nats-streaming'),
    prometheus: image('prometheus', { bases: { MACHINE_BASE: machineBase }, inputs: [] }),
    kv: image('kv', { bases: { BASE: base }, inputs: [] }),
    ...programs,
  };
}

interface Recipes {
  /** The path of something in the repository. */
  readonly from: (path: string) => string;
  readonly image: (name: string, spec: Omit<ImageSpec, 'name' | 'dockerfile'>) => ImageSpec;
}

function recipesIn(root: string): Recipes {
  return {
    from: (path) => join(root, path),
    image: (name, spec) => ({ name, dockerfile: join(root, 'ci/images', name, 'Dockerfile'), ...spec }),
  };
}

function coreServicesImage({ image, from }: Recipes, builder: ImageSpec, options: CatalogOptions): ImageSpec {
  return image('core-services', {
    bases: { BUILDER: builder },
    inputs: ['go.mod', 'go.sum'].map((file) => ({ from: from(`harness/platforms/core-services/${file}`), to: file })),
    buildArgs: {
      GATEWAY_VERSION: options.gateway.version,
      GATEWAY_COMMIT: options.gateway.commit,
      QUEUE_WORKER_VERSION: options.queueWorker.version,
      QUEUE_WORKER_COMMIT: options.queueWorker.commit,
    },
  });
}

type Programs = Pick<ImageCatalog, 'provider' | 'agent' | 'floor' | 'launch' | 'k6' | 'truth'>;

/** Programs of which each is built by itself. */
function programImages({ image, from }: Recipes, builder: ImageSpec, version: string): Programs {
  const bases = { BUILDER: builder };
  return {
    provider: image('provider', {
      bases,
      inputs: [{ from: from('harness/platforms/control/provider'), to: '.', ignore: /_test\.go$|\.c$|\.md$/ }],
      buildArgs: { PROVIDER_VERSION: version },
    }),
    agent: image('agent', {
      bases,
      inputs: [{ from: from('harness/agent'), to: '.', ignore: /^tests\/|\.ts$|\.md$/ }],
    }),
    floor: image('floor', {
      bases,
      inputs: [{ from: from('harness/platforms/control/provider/cmd/floor/server.c'), to: 'server.c' }],
    }),
    launch: image('launch', { bases, inputs: [{ from: from('ci/images/launch/launch.c'), to: 'launch.c' }] }),
    k6: image('k6', {
      bases,
      inputs: ['go.mod', 'go.sum'].map((file) => ({ from: from(`ci/images/k6/${file}`), to: file })),
    }),
    truth: image('truth', { bases, inputs: [{ from: from('harness/load/truth'), to: '.', ignore: /_test\.go$/ }] }),
  };
}

interface MachineParts extends Programs {
  readonly base: string;
  readonly machineBase: ImageSpec;
  readonly coreServices: ImageSpec;
}

function machineImages({ image, from }: Recipes, parts: MachineParts): Pick<ImageCatalog, 'machine' | 'bundle'> {
  const { base, machineBase, coreServices, provider, agent } = parts;
  const machine = image('machine', {
    bases: { MACHINE_BASE: machineBase, CORE_SERVICES: coreServices, PROVIDER: provider, AGENT: agent },
    inputs: [{ from: from('ci/images/machine/machine-init'), to: 'machine-init' }],
  });
  const bundle = image('bundle', {
    bases: { BASE: base, MACHINE: machine },
    inputs: [{ from: from('ci/images/bundle'), to: '.', ignore: /^Dockerfile$/ }],
  });
  return { machine, bundle };
}
