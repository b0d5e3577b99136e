import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { GivreError } from '../core/errors.ts';
import { openHere } from '../core/here.ts';
import type { Host, ServiceSpec } from '../core/host.ts';
import { type RunOptions, type RunResult, run, runOrFail } from '../core/subprocess.ts';
import { engineExpiryAfter, renewExpiry } from './leftovers.ts';
import { FACTS_SCRIPT, parseFacts } from './machine-facts.ts';

/** Deadline of a command on the host that names none. */
const EXEC_MS = 300_000;
/** Deadline of one call to the engine. */
const ENGINE_MS = 60_000;
const LOG_FOLDER = '/var/log/givre';
const PID_FOLDER = '/run/givre';

/** Writes its own pid, then becomes the service: `exec` keeps the pid. */
const SERVICE_WRAPPER = 'echo $$ > "$1"; exec >> "$2" 2>&1; shift 2; exec "$@"';

/** SIGTERM, at most 10 s of patience, SIGKILL. */
const STOP_SCRIPT = `pid=$(cat "$1" 2>/dev/null) || exit 0
kill -TERM "$pid" 2>/dev/null || exit 0
for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.1; done
kill -KILL "$pid" 2>/dev/null; exit 0`;

interface DockerHostOptions {
  readonly containerId: string;
  readonly name: string;
  /** Port of the machine → `127.0.0.1:port` on this one. */
  readonly addresses: ReadonlyMap<number, string>;
}

/** A host that is a container of the local Docker engine. */
export function dockerHost({ containerId, name, addresses }: DockerHostOptions): Host {
  // The engine refuses to pause what is paused.
  let paused = false;
  const started = new Map<string, ServiceSpec>();
  const exec = (argv: readonly string[], options: RunOptions = {}): Promise<RunResult> => {
    // `-e NAME` without a value takes it from our environment: values never stand in a process list.
    const names = Object.keys(options.env ?? {}).flatMap((key) => ['-e', key]);
    const folder = options.cwd === undefined ? [] : ['-w', options.cwd];
    const { cwd: _, ...rest } = options;
    return run(['docker', 'exec', '-i', ...names, ...folder, containerId, ...argv], { timeoutMs: EXEC_MS, ...rest });
  };
  const script = async (text: string, args: readonly string[], what: string): Promise<RunResult> => {
    const result = await exec(['sh', '-c', text, 'sh', ...args]);
    if (result.exitCode === 0) return result;
    throw new GivreError({ code: 'E_HOST_COMMAND', message: `${what} failed on ${name}`, hint: result.stderr.trim() });
  };

  const stopService = async (service: string): Promise<void> => {
    await script(STOP_SCRIPT, [`${PID_FOLDER}/${service}.pid`], `stopping ${service}`);
  };

  return {
    name,
    exec,
    async upload(localPath, remotePath, mode, signal) {
      await script('mkdir -p "$(dirname "$1")"', [remotePath], `creating the folder of ${remotePath}`);
      // docker cp cannot write into a tmpfs, so the copy lands beside its place and is moved there.
      const staging = `/var/tmp/givre-${randomUUID()}`;
      await runOrFail(
        ['docker', 'cp', '-q', localPath, `${containerId}:${staging}`],
        `copying ${localPath} to ${name}`,
        { signal, timeoutMs: EXEC_MS },
      );
      await script(
        'chmod "$2" "$3" && chown 0:0 "$3" && mv "$3" "$1"',
        [remotePath, mode.toString(8), staging],
        `placing ${remotePath}`,
      );
    },
    async writeFile(remotePath, content, mode) {
      const text = 'umask 077; mkdir -p "$(dirname "$1")"; cat > "$1" && chmod "$2" "$1"';
      const result = await exec(['sh', '-c', text, 'sh', remotePath, mode.toString(8)], { input: content });
      if (result.exitCode !== 0) {
        throw new GivreError({
          code: 'E_HOST_COMMAND',
          message: `cannot write ${remotePath} on ${name}`,
          hint: result.stderr.trim(),
        });
      }
    },
    async startService(service) {
      started.set(service.name, service);
      await startService(containerId, service);
    },
    async restartService(name) {
      const service = started.get(name);
      if (service === undefined) throw new Error(`${name} was never started`);
      await stopService(name);
      await startService(containerId, service);
    },
    stopService,
    async serviceLog(service, lines = 15) {
      const result = await exec(['tail', '-n', String(lines), `${LOG_FOLDER}/${service}.log`]);
      return result.stdout.trimEnd();
    },
    async serviceAlive(service) {
      const result = await exec(['sh', '-c', 'kill -0 "$(cat "$1")"', 'sh', `${PID_FOLDER}/${service}.pid`]);
      return result.exitCode === 0;
    },
    open: (argv) => openHere(['docker', 'exec', '-i', containerId, ...argv]),
    address(port) {
      const address = addresses.get(port);
      if (address === undefined) throw new Error(`port ${port} of ${name} is not published`);
      return address;
    },
    async facts() {
      return parseFacts((await script(FACTS_SCRIPT, [], 'reading machine facts')).stdout);
    },
    async pause() {
      if (paused) return;
      await runOrFail(['docker', 'pause', containerId], `pausing ${name}`, { timeoutMs: ENGINE_MS });
      paused = true;
    },
    async resume() {
      if (!paused) return;
      await runOrFail(['docker', 'unpause', containerId], `resuming ${name}`, { timeoutMs: ENGINE_MS });
      paused = false;
    },
    leases: [
      {
        what: `the mark of ${name}`,
        inside: false,
        async renew(seconds, signal) {
          await renewExpiry(containerId, await engineExpiryAfter(seconds, signal), signal);
        },
      },
    ],
    async collectLogs(localFolder, signal) {
      await mkdir(localFolder, { recursive: true });
      await runOrFail(
        ['docker', 'cp', '-q', `${containerId}:${LOG_FOLDER}/.`, localFolder],
        `collecting logs of ${name}`,
        { signal, timeoutMs: EXEC_MS },
      );
    },
  };
}

async function startService(containerId: string, service: ServiceSpec): Promise<void> {
  const names = Object.keys(service.env ?? {}).flatMap((key) => ['-e', key]);
  const folder = service.cwd === undefined ? [] : ['-w', service.cwd];
  const wrapper = [
    'sh',
    '-c',
    SERVICE_WRAPPER,
    'sh',
    `${PID_FOLDER}/${service.name}.pid`,
    `${LOG_FOLDER}/${service.name}.log`,
  ];
  await runOrFail(
    ['docker', 'exec', '-d', ...names, ...folder, containerId, ...wrapper, ...service.argv],
    `starting ${service.name}`,
    { env: service.env, timeoutMs: ENGINE_MS },
  );
}
