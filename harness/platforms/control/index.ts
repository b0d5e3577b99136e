import { GivreError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import type { Installation, Platform, Progress } from '../../core/platform.ts';
import type { Scope } from '../../core/scope.ts';
import { BRIDGE_ADDRESS, startContainerd, startRegistry } from '../base.ts';
import { type CoreImages, composeFile, NOBODY } from '../compose.ts';
import { prometheusConfig, startGateway, startNats, startPrometheus, startQueueWorker } from '../core.ts';
import { requireCoreServices, untilCoreServices, watchCoreServices } from '../core-containers.ts';
import { handOver, newCredentials, untilBooted, untilReady, writeCredentials } from '../ready.ts';
import { allOrNone, portOpen, type Start, startAndWait, whileWatching } from '../starting.ts';
import { checkDefects, coreInContainers, type Deviations, deviationArguments } from './defects.ts';

const PROGRAM = '/opt/givre/bin/givre-provider';
const CORE_PROGRAM = '/opt/givre/bin/givre-core';
/** What core services in containers are mounted from; `givre-core` takes its files from here. */
const HOME = '/var/lib/givre';
const SECRETS = `${HOME}/secrets`;
/** By which core services in containers find the machine. */
const PROVIDER_HOST = 'provider';
const SERVICES = ['gateway', 'givre-provider', 'queue-worker', 'nats', 'prometheus', 'containerd', 'registry'] as const;
const SERVICES_AROUND_CONTAINERS = ['givre-core', 'givre-provider', 'containerd', 'registry'] as const;
const ADDRESSES = {
  nats: '127.0.0.1',
  prometheus: '127.0.0.1',
  gateway: '127.0.0.1',
  providerUrl: 'http://127.0.0.1:8081/',
  secrets: SECRETS,
};

interface ControlPlatformOptions extends Partial<Deviations> {
  /** Tells two controls in one run apart; defaults to `control`. */
  readonly label?: string;
  /** Needed where core services run in containers: as for faasd. */
  readonly publishCoreImages?: PublishCoreImages | undefined;
}

/**
 * Puts the core services' images into the machine's registry and says how the machine refers to them.
 * `registry` is that registry as this process reaches it: `127.0.0.1:49155`.
 */
type PublishCoreImages = (registry: string, signal: AbortSignal) => Promise<CoreImages>;

/**
 * The control of the experiment: our own provider behind the same core services. These are plain processes, or stand where
 * faasd has them when the control is told so.
 *
 * Installing registers nothing for removal: all of it lives and ends with the machine, which its target removes.
 */
export function controlPlatform(options: ControlPlatformOptions = {}): Platform {
  const { defects = [], like, label = 'control', publishCoreImages } = options;
  const deviations = { defects, like };
  const contained = coreInContainers(deviations);
  const callbackHost = contained ? BRIDGE_ADDRESS : '127.0.0.1';
  const installed = { label, kind: 'control', callbackHost } as const;
  return {
    label,
    kind: 'control',
    defects,
    coreInContainers: contained,
    services: contained
      ? ['givre-provider', 'givre-core']
      : ['nats', 'prometheus', 'givre-provider', 'gateway', 'queue-worker'],
    secrets: { folder: SECRETS, owner: contained ? NOBODY : '0:0' },
    async attach(host: Host, signal: AbortSignal, progress: Progress): Promise<Installation> {
      const start: Start = { host, signal, progress };
      const installation = await untilBooted(start, installed, SECRETS);
      if (contained) await untilCoreServices(start);
      return installation;
    },
    async install(_scope: Scope, host: Host, signal: AbortSignal, progress: Progress): Promise<Installation> {
      const start: Start = { host, signal, progress };
      const credentials = newCredentials();
      checkDefects(defects);
      await writeCredentials(host, SECRETS, credentials);
      if (!contained) {
        await startProcesses(start, deviations);
        return await untilReady(start, installed, credentials, SERVICES);
      }
      await startContainers(start, deviations, publishCoreImages);
      const installation = await whileWatching(start, watchCoreServices, (alive) =>
        untilReady({ ...start, signal: alive }, installed, credentials, SERVICES_AROUND_CONTAINERS),
      );
      await requireCoreServices(start);
      return installation;
    },
  };
}

async function startProcesses(start: Start, deviations: Deviations): Promise<void> {
  await allOrNone(start, [
    (step) => startRegistry(step),
    startPrometheus,
    async (step) => {
      await startContainerd(step);
      await startProvider(step, deviations, '127.0.0.1');
    },
    async (step) => {
      await startNats(step);
      await allOrNone(step, [(inner) => startGateway(inner, ADDRESSES), (inner) => startQueueWorker(inner, ADDRESSES)]);
    },
  ]);
}

/** Everything but the core services themselves; these are there when the gateway answers. */
async function startContainers(
  start: Start,
  deviations: Deviations,
  publishCoreImages: PublishCoreImages | undefined,
): Promise<void> {
  const { host } = start;
  if (publishCoreImages === undefined) {
    throw new GivreError({
      code: 'E_CORE_IMAGES',
      message: `the control on ${host.name} is to run its core services in containers, but nobody has their images`,
    });
  }
  await allOrNone(start, [
    async (step) => {
      await startContainerd(step);
      // The gateway reaches it over the bridge, which is not there yet: so, like faasd's, it listens everywhere.
      await startProvider(step, deviations, '0.0.0.0');
    },
    async (step) => {
      await startRegistry(step);
      const images = await publishCoreImages(host.address(5000), step.signal);
      await host.writeFile(`${HOME}/services.json`, composeFile(images, PROVIDER_HOST, 'json'), 0o644);
    },
    async (step) => {
      await Promise.all([
        host.writeFile(`${HOME}/prometheus.yml`, prometheusConfig('gateway:8082'), 0o644),
        // Core services find each other through their hosts file; nothing else needs to be resolved.
        host.writeFile(`${HOME}/resolv.conf`, 'nameserver 127.0.0.1\n', 0o644),
        handOver(step, SECRETS),
      ]);
    },
  ]);
  const words = ['--provider-host', PROVIDER_HOST, '--gateway-address', BRIDGE_ADDRESS];
  const argv = [CORE_PROGRAM, ...words, ...deviationArguments(deviations)];
  await host.startService({ name: 'givre-core', argv, after: ['containerd', 'givre-provider', 'registry'] });
}

async function startProvider(start: Start, deviations: Deviations, listen: string): Promise<void> {
  const argv = [PROGRAM, '--auth-dir', SECRETS, '--listen', `${listen}:8081`, ...deviationArguments(deviations)];
  await startAndWait(start, { name: 'givre-provider', argv, after: ['containerd'] }, portOpen(8081));
}
