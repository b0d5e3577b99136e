import type { Host } from '../../core/host.ts';
import type { Installation, Platform, Progress } from '../../core/platform.ts';
import type { Scope } from '../../core/scope.ts';
import { BRIDGE_ADDRESS, startContainerd, startJournal, startRegistry } from '../base.ts';
import { type CoreImages, composeFile, NOBODY } from '../compose.ts';
import { prometheusConfig } from '../core.ts';
import { requireCoreServices, untilCoreServices, watchCoreServices } from '../core-containers.ts';
import { gatherJournal } from '../journal.ts';
import { handOver, newCredentials, untilBooted, untilReady, writeCredentials } from '../ready.ts';
import { allOrNone, portOpen, type Start, startAndWait, whileWatching } from '../starting.ts';
import type { FaasdBinary } from './obtain.ts';

const HOME = '/var/lib/faasd';
const PROVIDER_HOME = '/var/lib/faasd-provider';
const PROGRAM = '/usr/local/bin/faasd';

interface FaasdPlatformOptions {
  readonly binary: Pick<FaasdBinary, 'path'>;
  /** Tells two builds in one run apart; defaults to `faasd`. */
  readonly label?: string;
  /**
   * Puts the core services' images into the machine's registry and says how the machine refers to them.
   * `registry` is that registry as this process reaches it: `127.0.0.1:49155`.
   */
  readonly publishCoreImages: (registry: string, signal: AbortSignal) => Promise<CoreImages>;
}

/**
 * The real thing: faasd as upstream built it, with all of its core services, started without systemd.
 *
 * Installing registers nothing for removal: all of it lives and ends with the machine, which its target removes.
 */
export function faasdPlatform(options: FaasdPlatformOptions): Platform {
  const label = options.label ?? 'faasd';
  const installed = { label, kind: 'faasd', callbackHost: BRIDGE_ADDRESS } as const;
  return {
    label,
    kind: 'faasd',
    defects: [],
    services: ['faasd-provider', 'faasd'],
    coreInContainers: true,
    secrets: { folder: `${HOME}/secrets`, owner: NOBODY },
    gatherLogs: gatherJournal,
    async attach(host: Host, signal: AbortSignal, progress: Progress): Promise<Installation> {
      const start: Start = { host, signal, progress };
      const installation = await untilBooted(start, installed, `${HOME}/secrets`);
      await untilCoreServices(start);
      return installation;
    },
    async install(_scope: Scope, host: Host, signal: AbortSignal, progress: Progress): Promise<Installation> {
      const start: Start = { host, signal, progress };
      const credentials = newCredentials();
      await allOrNone(start, [
        async (step) => {
          await Promise.all([startContainerd(step), startJournal(step), placeFaasd(step, options.binary.path)]);
          await writeFaasdFiles(step, credentials);
          await startProvider(step);
        },
        async (step) => {
          await startRegistry(step);
          const images = await options.publishCoreImages(host.address(5000), step.signal);
          await host.writeFile(`${HOME}/docker-compose.yaml`, composeFile(images, 'faasd-provider'), 0o644);
        },
      ]);
      const after = ['containerd', 'faasd-provider', 'registry'];
      await host.startService({ name: 'faasd', argv: [PROGRAM, 'up'], cwd: HOME, after });
      const installation = await whileWatching(start, watchCoreServices, (alive) =>
        untilReady({ ...start, signal: alive }, installed, credentials, ['faasd', 'faasd-provider']),
      );
      await requireCoreServices(start);
      return installation;
    },
  };
}

async function placeFaasd({ host, signal, progress }: Start, path: string): Promise<void> {
  const began = performance.now();
  await host.upload(path, PROGRAM, 0o755, signal);
  progress(`faasd uploaded in ${Math.round(performance.now() - began)} ms`);
}

/** The files that `faasd install` would place, apart from the compose file and systemd's units. */
async function writeFaasdFiles(start: Start, credentials: Installation['credentials']): Promise<void> {
  const { host } = start;
  await Promise.all([
    host.writeFile(`${HOME}/prometheus.yml`, prometheusConfig('gateway:8082'), 0o644),
    // Core services find each other through faasd's hosts file; nothing else needs to be resolved.
    host.writeFile(`${HOME}/resolv.conf`, 'nameserver 127.0.0.1\n', 0o644),
    // The provider needs its working folder; writing a file makes it.
    host.writeFile(`${PROVIDER_HOME}/.givre`, '', 0o644),
    writeCredentials(host, `${HOME}/secrets`, credentials),
  ]);
  await handOver(start, `${HOME}/secrets`);
}

async function startProvider(start: Start): Promise<void> {
  const env = { secret_mount_path: `${HOME}/secrets`, basic_auth: 'true', hosts_dir: HOME };
  const service = {
    name: 'faasd-provider',
    argv: [PROGRAM, 'provider'],
    cwd: PROVIDER_HOME,
    env,
    after: ['containerd'],
  };
  await startAndWait(start, service, portOpen(8081));
}
