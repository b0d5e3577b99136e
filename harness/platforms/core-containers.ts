import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError, messageOf } from '../core/errors.ts';
import { poll } from '../core/poll.ts';
import type { Start } from './starting.ts';

/** Core services in containerd's namespace `openfaas`: a gateway that answers says nothing about the others. */

const CORE_SERVICES = ['gateway', 'nats', 'prometheus', 'queue-worker'] as const;
const CORE_SERVICE_WATCH_MS = 1_000;

/** At a boot the gateway may answer before the queue-worker has started. */
export async function untilCoreServices(start: Start): Promise<void> {
  await poll(
    async () => {
      try {
        await requireCoreServices(start);
        return { done: true, value: undefined };
      } catch (error) {
        return { done: false, seen: messageOf(error) };
      }
    },
    { what: 'the core services', deadlineMs: 30_000, everyMs: 250, signal: start.signal },
  );
}

/** Whoever has started them restarts none that ended, and goes on without it. */
export async function watchCoreServices(start: Start): Promise<never> {
  for (;;) {
    await sleep(CORE_SERVICE_WATCH_MS, undefined, { signal: start.signal });
    await requireCoreServices(start, []);
  }
}

/**
 * Do all core services run?
 *
 * @param wanted those that must have been started by now; none may have ended
 * @throws GivreError `E_SERVICE_DIED`
 */
export async function requireCoreServices(
  { host, signal }: Start,
  wanted: readonly string[] = CORE_SERVICES,
): Promise<void> {
  const { states, ended, said } = await coreServices({ host, signal });
  const missing = wanted.filter((name) => !states.has(name));
  if (ended.length + missing.length === 0) return;
  throw new GivreError({
    code: 'E_SERVICE_DIED',
    message: `the platform on ${host.name} runs without its core service ${[...ended, ...missing].join(' and ')}`,
    hint: `core services now:\n${said}`,
  });
}

/** Those that have ended, as containerd has it; none where it cannot be asked. */
export async function endedCoreServices(start: Pick<Start, 'host' | 'signal'>): Promise<readonly string[]> {
  return (await coreServices(start)).ended;
}

async function coreServices({ host, signal }: Pick<Start, 'host' | 'signal'>) {
  const tasks = await host.exec(['ctr', '--namespace', 'openfaas', 'tasks', 'ls'], { signal, timeoutMs: 20_000 });
  const states = new Map([...tasks.stdout.matchAll(/^(\S+)\s+\d+\s+(\S+)/gm)].map(([, name, state]) => [name, state]));
  const ended = CORE_SERVICES.filter((name) => states.get(name) === 'STOPPED');
  return { states, ended, said: `${tasks.stdout.trim()}${tasks.stderr.trim()}` };
}
