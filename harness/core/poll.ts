import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError } from './errors.ts';

/** What one look at the thing waited for has shown. */
export type Look<T> =
  | { readonly done: true; readonly value: T }
  /** `seen` says in a few words what is there instead. */
  | { readonly done: false; readonly seen: string };

interface PollOptions {
  /** For the error: "the gateway to answer". */
  readonly what: string;
  readonly deadlineMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly hint?: string;
}

/**
 * Looks again and again until `look` is done. A state that can never become right is thrown by `look` itself.
 *
 * @throws GivreError `E_DEADLINE` which says what was last seen.
 */
export async function poll<T>(look: () => Promise<Look<T>>, options: PollOptions): Promise<T> {
  const end = performance.now() + options.deadlineMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const result = await look();
    if (result.done) return result.value;
    if (performance.now() >= end) {
      throw new GivreError({
        code: 'E_DEADLINE',
        message: `waited ${options.deadlineMs} ms for ${options.what}; last seen: ${result.seen}`,
        hint: options.hint,
      });
    }
    await sleep(options.everyMs ?? 100, undefined, options.signal ? { signal: options.signal } : {});
  }
}
