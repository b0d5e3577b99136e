import type { Host } from '../core/host.ts';
import type { Scope } from '../core/scope.ts';
import { runOrFail } from '../core/subprocess.ts';
import { removeContainer } from './container.ts';
import { dockerHost } from './docker-host.ts';

interface GeneratorContainerOptions {
  /** Any that has bash and tini; that of the machine under test is there already. */
  readonly image: string;
  readonly runId: string;
  /** Everything by which `reap` recognises what this run left behind. */
  readonly labels: Readonly<Record<string, string>>;
}

const ENGINE_MS = 60_000;
/** A container beside the machines under test, on the engine's own network and without any rights, to send load from. */
export async function acquireGeneratorContainer(
  { image, runId, labels }: GeneratorContainerOptions,
  scope: Scope,
  role: string,
  signal: AbortSignal,
): Promise<Host> {
  signal.throwIfAborted();
  const name = `givre-${runId}-${role}`;
  const marks = Object.entries({ ...labels, 'givre.role': role }).flatMap(([key, value]) => [
    '--label',
    `${key}=${value}`,
  ]);
  const created = await runOrFail(
    [
      ...['docker', 'create', '--name', name, '--hostname', name, ...marks],
      // Nothing of the image's own is started.
      ...['--entrypoint', '/usr/bin/tini', image, '--', 'sleep', 'infinity'],
    ],
    `creating the container ${name}`,
    { timeoutMs: ENGINE_MS },
  );
  const containerId = created.stdout.trim();
  await scope.defer(`container ${name}`, () => removeContainer(containerId));
  await runOrFail(['docker', 'start', containerId], `starting the container ${name}`, { signal, timeoutMs: ENGINE_MS });
  return dockerHost({ containerId, name: `container ${name}`, addresses: new Map() });
}
