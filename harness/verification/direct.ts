import { GivreError } from '../core/errors.ts';
import { poll } from '../core/poll.ts';
import { quantityBytes } from '../core/quantity.ts';
import type { Scope } from '../core/scope.ts';
import { lastLines, run } from '../core/subprocess.ts';
import { extrasOf } from '../functions/deployment.ts';
import type { StackFunction } from '../functions/stack.ts';
import { docker } from '../images/docker.ts';
import { removeContainerNamed } from '../targets/container.ts';
import { createNetwork } from '../targets/network.ts';
import { createPlainContainer } from '../targets/plain-container.ts';
import { type Stage, type StageWork, untilUp } from './stage.ts';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryBytes?: number | undefined;
  readonly readOnly?: boolean;
}

/** Of all containers of a run. */
interface Common {
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Each function as a plain container on this machine's own engine, without any platform. All of a run are in a network
 * of their own that leads nowhere: only this machine reaches them, and they reach nothing but each other.
 */
export async function directStage(work: StageWork): Promise<Stage> {
  const network = `givre-${work.runId}`;
  await createNetwork(work.scope, network, await work.labels());
  const start = async (scope: Scope, container: Container): Promise<StartedContainer> => {
    const named = { ...container, name: `${network}-${container.name}` };
    return await startContainer(scope, named, { network, labels: await work.labels() }, work.signal);
  };
  return {
    by: 'plain containers',
    run: (fn, imageId, use) =>
      work.scope.within(`containers of ${fn.name}`, async (scope) => {
        const kv =
          extrasOf(fn).workload === 'kv' ? await startKv(start, scope, await work.kvImage(), work.signal) : undefined;
        const environment = { ...environmentOf(fn), ...(kv === undefined ? {} : { KV_ADDRESS: `${kv.address}:6379` }) };
        const { id, address } = await start(scope, { name: fn.name, image: imageId, environment, ...boundsOf(fn) });
        const endpoint = { host: address, port: 8080, prefix: '' };
        await untilUp(endpoint, fn, { signal: work.signal, isGone: () => failWhenEnded(id, fn.name) });
        return await use({ endpoint, ...(kv === undefined ? {} : { whileSilent: kv.whileSilent }) });
      }),
  };
}

function environmentOf({ environment, fprocess }: StackFunction): Record<string, string> {
  return { ...environment, ...(fprocess === undefined ? {} : { fprocess }) };
}

/** What a platform would take from the stack file. */
function boundsOf({ limits, readOnlyRootFilesystem }: StackFunction): Pick<Container, 'memoryBytes' | 'readOnly'> {
  const memoryBytes = limits?.memory === undefined ? undefined : (quantityBytes(limits.memory) ?? undefined);
  return { memoryBytes, readOnly: readOnlyRootFilesystem };
}

interface StartedContainer {
  readonly id: string;
  readonly address: string;
}

/** Registers the removal by name before the container is made, because an interrupt may hide the answer with its id. */
async function startContainer(
  scope: Scope,
  { name, readOnly = false, ...container }: Container,
  common: Common,
  signal: AbortSignal,
): Promise<StartedContainer> {
  await scope.defer(`container ${name}`, () => removeContainerNamed(name));
  const id = await createPlainContainer({ name, readOnly, ...container, ...common });
  signal.throwIfAborted();
  await docker(['start', id], `starting ${name}`, { signal });
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return { id, address: await docker(['inspect', '--format', format, id], `finding ${name}`, { signal }) };
}

async function startKv(
  start: (scope: Scope, container: Container) => Promise<StartedContainer>,
  scope: Scope,
  image: string,
  signal: AbortSignal,
) {
  const { id, address } = await start(scope, { name: 'kv', image, environment: {} });
  const ping = async () => {
    const { stdout, stderr } = await run(['docker', 'exec', id, 'valkey-cli', 'ping'], { timeoutMs: 20_000 });
    return stdout.trim() === 'PONG'
      ? { done: true as const, value: undefined }
      : { done: false as const, seen: stderr };
  };
  await poll(ping, { what: 'the key-value server to answer', deadlineMs: 30_000, signal });
  return {
    address,
    /** A frozen server still takes connections: its kernel does. */
    async whileSilent<T>(work: () => Promise<T>): Promise<T> {
      await docker(['pause', id], 'pausing the key-value server', {});
      try {
        return await work();
      } finally {
        await docker(['unpause', id], 'resuming the key-value server', {});
      }
    },
  };
}

async function failWhenEnded(id: string, name: string): Promise<void> {
  const state = await docker(['inspect', '--format', '{{.State.Running}} {{.State.ExitCode}}', id], 'looking', {});
  const [running, exitCode] = state.split(' ');
  if (running === 'true') return;
  const { stdout, stderr } = await run(['docker', 'logs', '--tail', '20', id], { timeoutMs: 20_000 });
  const log = lastLines(`${stdout}\n${stderr}`, 5);
  throw new GivreError({
    code: 'E_FUNCTION_ENDED',
    message: `${name} ended with exit code ${exitCode}${log === '' ? '' : `: ${log}`}`,
  });
}
