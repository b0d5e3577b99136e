import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError, messageOf } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import type { Installation, Platform, Progress } from '../../core/platform.ts';
import { poll } from '../../core/poll.ts';
import type { Scope } from '../../core/scope.ts';
import { BRIDGE_ADDRESS, startContainerd, startRegistry } from '../base.ts';
import { prometheusConfig } from '../core.ts';
import { newCredentials, untilBooted, untilReady, writeCredentials } from '../ready.ts';
import { allOrNone, portOpen, type Start, startAndWait, whileWatching } from '../starting.ts';
import { type CoreImages, composeFile, NOBODY } from './compose.ts';
import type { FaasdBinary } from './obtain.ts';

const HOME = '/var/lib/faasd';
const PROVIDER_HOME = '/var/lib/faasd-provider';
const CORE_SERVICES = ['gateway', 'nats', 'prometheus', 'queue-worker'] as const;
const CORE_SERVICE_WATCH_MS = 1_000;
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
    secrets: { folder: `${HOME}/secrets`, owner: NOBODY },
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
          await Promise.all([startContainerd(step), placeFaasd(step, options.binary.path)]);
          await writeFaasdFiles(step, credentials);
          await startProvider(step);
        },
        async (step) => {
          await startRegistry(step);
          const images = await options.publishCoreImages(host.address(5000), step.signal);
          await host.writeFile(`${HOME}/docker-compose.yaml`, composeFile(images), 0o644);
        },
      ]);
      const after = ['containerd', 'faasd-provider', 'registry'];
      await host.startService({ name: 'faasd', argv: [PROGRAM, 'up'], cwd: HOME, after });
      const installation = await whileWatching(start, watchCoreServices, (alive) =>
        untilReady({ ...start, signal: alive }, installed, credentials, ['faasd', 'faasd-provider']),
      );
      await requireCoreServices(start, CORE_SERVICES);
      return installation;
    },
  };
}

async function placeFaasd({ host, progress }: Start, path: string): Promise<void> {
  const began = performance.now();
  await host.upload(path, PROGRAM, 0o755);
  progress(`faasd uploaded in ${Math.round(performance.now() - began)} ms`);
}

/** The files that `faasd install` would place, apart from the compose file and systemd's units. */
async function writeFaasdFiles(start: Start, credentials: Installation['credentials']): Promise<void> {
  const { host, signal } = start;
  await Promise.all([
    host.writeFile(`${HOME}/prometheus.yml`, prometheusConfig('gateway:8082'), 0o644),
    // Core services find each other through faasd's hosts file; nothing else needs to be resolved.
    host.writeFile(`${HOME}/resolv.conf`, 'nameserver 127.0.0.1\n', 0o644),
    // The provider needs its working folder; writing a file makes it.
    host.writeFile(`${PROVIDER_HOME}/.givre`, '', 0o644),
    writeCredentials(host, `${HOME}/secrets`, credentials),
  ]);
  // The files are mounted into containers that run as nobody; the provider is root and reads them all the same.
  const secrets = [`${HOME}/secrets/basic-auth-user`, `${HOME}/secrets/basic-auth-password`];
  const owned = await host.exec(['chown', NOBODY, ...secrets], { signal, timeoutMs: 20_000 });
  if (owned.exitCode === 0) return;
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: `cannot hand the gateway's password file on ${host.name} to user ${NOBODY}`,
    hint: owned.stderr.trim(),
  });
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

/** At a boot the gateway may answer before the queue-worker has started. */
async function untilCoreServices(start: Start): Promise<void> {
  await poll(
    async () => {
      try {
        await requireCoreServices(start, CORE_SERVICES);
        return { done: true, value: undefined };
      } catch (error) {
        return { done: false, seen: messageOf(error) };
      }
    },
    { what: 'the core services of faasd', deadlineMs: 30_000, everyMs: 250, signal: start.signal },
  );
}

/** faasd restarts no core service that ended, and goes on without it. */
async function watchCoreServices(start: Start): Promise<never> {
  for (;;) {
    await sleep(CORE_SERVICE_WATCH_MS, undefined, { signal: start.signal });
    await requireCoreServices(start, []);
  }
}

/** A gateway that answers says nothing about the queue-worker or NATS. */
async function requireCoreServices({ host, signal }: Start, wanted: readonly string[]): Promise<void> {
  const tasks = await host.exec(['ctr', '--namespace', 'openfaas', 'tasks', 'ls'], { signal, timeoutMs: 20_000 });
  const states = new Map([...tasks.stdout.matchAll(/^(\S+)\s+\d+\s+(\S+)/gm)].map(([, name, state]) => [name, state]));
  const ended = CORE_SERVICES.filter((name) => states.get(name) === 'STOPPED');
  const missing = wanted.filter((name) => !states.has(name));
  if (ended.length + missing.length === 0) return;
  throw new GivreError({
    code: 'E_SERVICE_DIED',
    message: `faasd on ${host.name} runs without its core service ${[...ended, ...missing].join(' and ')}`,
    hint: `core services now:\n${tasks.stdout.trim()}${tasks.stderr.trim()}`,
  });
}
