import { GivreError } from '../core/errors.ts';
import type { Progress } from '../core/platform.ts';
import { poll } from '../core/poll.ts';
import type { Scope } from '../core/scope.ts';
import { type Endpoint, send } from '../core/send.ts';
import { extrasOf } from '../functions/deployment.ts';
import type { StackFunction } from '../functions/stack.ts';

export interface StageWork {
  readonly scope: Scope;
  readonly runId: string;
  /** By which `reap` recognises what a killed run left behind; for what is made now. */
  readonly labels: () => Promise<Readonly<Record<string, string>>>;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Builds the key-value server's image where it is needed, and gives its id. */
  readonly kvImage: () => Promise<string>;
}

/** A function that answers. */
interface RunningFunction {
  readonly endpoint: Endpoint;
  /** For functions that talk to a key-value server: keeps it from answering meanwhile. */
  readonly whileSilent?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Where functions run while they are verified, one after the other. */
export interface Stage {
  /** For the record: `plain containers`, `control`. */
  readonly by: string;
  /** Brings a function up, and takes it away after `use`. */
  run<T>(fn: StackFunction, imageId: string, use: (running: RunningFunction) => Promise<T>): Promise<T>;
}

export const NOT_UP = 'E_FUNCTION_NOT_UP';
const UP_MS = 60_000;
const LOOK_MS = 5_000;

/**
 * Waits until the function says that it is well; `isGone` ends the waiting early by an error. Of-watchdog says so
 * before the program behind it listens: there it is asked whether that one is ready.
 */
export async function untilUp(
  endpoint: Endpoint,
  fn: StackFunction,
  { signal, isGone }: { readonly signal: AbortSignal; readonly isGone: () => Promise<void> },
): Promise<void> {
  const path = extrasOf(fn).watchdog === 'of' ? '/_/ready' : '/_/health';
  const request = { method: 'GET', path, query: '', headers: {} };
  const answers = poll(
    async () => {
      const asked = send(endpoint, { request, body: undefined, framing: 'length', timeoutMs: LOOK_MS, signal });
      const seen = await asked.then(
        ({ status }) => `status ${status}`,
        (error: Error) => error.message,
      );
      if (seen === 'status 200') return { done: true, value: undefined };
      await isGone();
      return { done: false, seen };
    },
    { what: `${fn.name} to answer ${path}`, deadlineMs: UP_MS, everyMs: 50, signal },
  );
  await answers.catch((error: unknown) => {
    if (!(error instanceof GivreError)) throw error;
    throw notUp(error);
  });
}

/** A function's own failure to come up, which is a result and ends no run. */
export function notUp(error: GivreError): GivreError {
  return new GivreError({ code: NOT_UP, message: `it does not come up: ${error.message}`, cause: error });
}
