import { GivreError, messageOf } from '../core/errors.ts';
import type { Host, Target } from '../core/host.ts';
import type { Scope } from '../core/scope.ts';
import { run, runOrFail } from '../core/subprocess.ts';
import { dockerHost } from './docker-host.ts';

/** The machine's ports that the harness itself talks to: gateway and registry. */
const PUBLISHED_PORTS = [8080, 5000] as const;
const REGISTRY_VOLUME = 'givre-registry';

interface ContainerTargetOptions {
  /** Image of the machine under test. */
  readonly image: string;
  readonly runId: string;
  /** Limit of all that runs on it; undefined means none. */
  readonly memoryBytes?: number | undefined;
  /** Everything by which `reap` recognises what this run left behind. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The default target: a disposable container on this machine which runs containerd itself.
 *
 * It is as good as root on its host (SYS_ADMIN, no seccomp); the README says so.
 */
export function containerTarget({ image, runId, labels, memoryBytes }: ContainerTargetOptions): Target {
  return {
    kind: 'container',
    async acquire(scope: Scope, role: string, signal: AbortSignal): Promise<Host> {
      await requireDocker(signal);
      await runOrFail(
        ['docker', 'volume', 'create', '--label', 'givre.cache=registry', REGISTRY_VOLUME],
        'creating the registry volume',
        { signal, timeoutMs: 30_000 },
      );
      const name = `givre-${runId}-${role}`;
      // Whoever only lists or removes containers does not wait for testcontainers to load.
      const { MachineContainer } = await import('./machine-container.ts');
      let id = '';
      const container = new MachineContainer({
        image,
        name,
        labels: { ...labels, 'givre.role': role },
        ports: PUBLISHED_PORTS,
        registryVolume: REGISTRY_VOLUME,
        memoryBytes,
        onCreated: async (containerId) => {
          id = containerId;
          await scope.defer(`container ${name}`, () => removeContainer(containerId));
          signal.throwIfAborted();
        },
      });
      const started = await container.start().catch((error: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw new GivreError({
          code: 'E_CONTAINER_START',
          message: `the machine container ${name} did not start: ${messageOf(error)}`,
          hint: 'run: npm run doctor',
          cause: error,
        });
      });
      signal.throwIfAborted();
      const addresses = new Map(PUBLISHED_PORTS.map((port) => [port, `127.0.0.1:${started.getMappedPort(port)}`]));
      return dockerHost({ containerId: id, name: `container ${name}`, addresses });
    },
  };
}

/** @throws GivreError `E_DOCKER_DOWN` when no engine answers within 10 s. */
export async function requireDocker(signal?: AbortSignal): Promise<string> {
  const result = await run(['docker', 'version', '--format', '{{.Server.Version}}'], { signal, timeoutMs: 10_000 });
  if (result.exitCode === 0) return result.stdout.trim();
  throw new GivreError({
    code: 'E_DOCKER_DOWN',
    message: `no Docker engine answers: ${result.stderr.trim().split('\n').at(-1) ?? ''}`,
    hint: 'run ./ci/setup, which installs and starts one',
  });
}

/** Removes the container of that name, if there is one: for those of which nobody may have learned the id. */
export async function removeContainerNamed(name: string): Promise<void> {
  const argv = ['docker', 'ps', '-aq', '--no-trunc', '--filter', `name=^/${name}$`];
  const { stdout } = await runOrFail(argv, `looking for container ${name}`, { timeoutMs: 20_000 });
  if (stdout.trim() !== '') await removeContainer(stdout.trim());
}

/** Removes a container with its anonymous volumes and verifies that it is gone. */
export async function removeContainer(id: string): Promise<void> {
  // A paused container cannot be killed on engines with cgroup v1.
  await run(['docker', 'unpause', id], { timeoutMs: 20_000 });
  const removed = await run(['docker', 'rm', '-f', '-v', id], { timeoutMs: 60_000 });
  const left = await run(['docker', 'ps', '-aq', '--no-trunc', '--filter', `id=${id}`], { timeoutMs: 20_000 });
  if (left.exitCode === 0 && left.stdout.trim() === '') return;
  throw new GivreError({
    code: 'E_CONTAINER_LEFT',
    message: `container ${id} is still there`,
    hint: removed.stderr.trim(),
  });
}
