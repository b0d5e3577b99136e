import { setTimeout as sleep } from 'node:timers/promises';

/** How callbacks are waited for, in milliseconds. */
export interface Patience {
  /** Nothing came for so long: what is left does not come. */
  readonly silenceMs: number;
  /** Beyond this the queue is given up, whatever still comes. */
  readonly longestMs: number;
  readonly lookEveryMs: number;
}

interface Callbacks {
  /** How many have come altogether, of whatever request: cheap. */
  readonly all: () => Promise<number>;
  /** Different requests of the measurement whose callback has come. */
  readonly own: () => Promise<number>;
}

interface Drained {
  readonly waitedMs: number;
  /** Callbacks still came when the queue was given up: what had not come by then is late, and not lost. */
  readonly givenUp: boolean;
}

/**
 * Waits until the callbacks of as many requests have come as were sent, or no more seem to come. Others, such as one that
 * comes twice or late from before, must not end the wait for those that are due.
 */
export async function drained(
  callbacks: Callbacks,
  due: number,
  { silenceMs, longestMs, lookEveryMs }: Patience,
  signal: AbortSignal,
): Promise<Drained> {
  const begun = performance.now();
  let seen = -1;
  let lastChange = begun;
  for (;;) {
    const now = performance.now();
    const there = await callbacks.all();
    const isNew = there !== seen;
    if (isNew) lastChange = now;
    seen = there;
    const waitedMs = Math.round(now - begun);
    if (isNew && there >= due && (await callbacks.own()) >= due) return { waitedMs, givenUp: false };
    if (now - lastChange > silenceMs) return { waitedMs, givenUp: false };
    if (now - begun > longestMs) return { waitedMs, givenUp: true };
    await sleep(lookEveryMs, undefined, { signal });
  }
}
