import { poll } from '../core/poll.ts';
import { showDestination } from './address.ts';
import { type ConnectOptions, connectSsh } from './connect.ts';
import type { SshConnection } from './connection.ts';
import { mayPass } from './faults.ts';

interface WaitOptions extends ConnectOptions {
  readonly deadlineMs: number;
  /** Pause between two attempts. Default: 500 ms. */
  readonly everyMs?: number;
  /** Told each time that something else is in the way than before. */
  readonly onChange?: (seen: string) => void;
}

/**
 * Tries to log in until it succeeds: a machine that boots has no address, then refuses, then knows no key.
 *
 * @throws GivreError `E_DEADLINE` which says what was last in the way; at once what no waiting mends: `E_SSH_HOST_KEY`,
 * `E_SSH_JUMP`, `E_SSH_KEY`. The signal's reason when aborted.
 */
export async function waitForSsh({ deadlineMs, everyMs, onChange, ...options }: WaitOptions): Promise<SshConnection> {
  const end = performance.now() + deadlineMs;
  let last = '';
  return poll(
    async () => {
      // The last attempt gets a little more than what is left, so that its answer is still heard.
      const late = AbortSignal.timeout(Math.ceil(Math.max(end - performance.now(), 1_000)));
      const signal = options.signal === undefined ? late : AbortSignal.any([options.signal, late]);
      try {
        return { done: true, value: await connectSsh({ ...options, signal }) };
      } catch (error) {
        if (error === late.reason) return { done: false, seen: last || 'a login that did not come to its end' };
        if (!mayPass(error)) throw error;
        if (error.message !== last) onChange?.(error.message);
        last = error.message;
        return { done: false, seen: last };
      }
    },
    {
      what: `SSH as ${showDestination(options.address)}`,
      deadlineMs,
      everyMs: everyMs ?? 500,
      signal: options.signal,
    },
  );
}
