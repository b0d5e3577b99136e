import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Wall clock of this process, nanoseconds since 1970. It does not step while the process lives: set once at its start,
 * it goes on by the monotonic clock.
 */
export function wallClockNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n;
}

/**
 * CLOCK_REALTIME − CLOCK_MONOTONIC, in nanoseconds from an arbitrary origin: it changes when the wall clock is set. That
 * clock is read in whole milliseconds only, so the moment is waited for in which it goes on by one.
 */
export function wallClockOffsetNs(): number {
  const tries = Array.from({ length: 3 }, () => {
    const before = Date.now();
    let now = before;
    while (now === before) now = Date.now();
    return (now - performance.timeOrigin - performance.now()) * 1e6;
  });
  // Whoever is interrupted between both readings sees too small a difference.
  return Math.max(...tries);
}

/** Time that can be waited for, as a parameter: a test brings its own. */
export interface Timer {
  /** Milliseconds from an arbitrary origin; never set back. */
  nowMs(): number;
  /** Rejects when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** For work beside the main path: waiting by it keeps no process alive. */
export const backgroundTimer: Timer = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }),
};
