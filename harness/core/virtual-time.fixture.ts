import type { Timer } from './clock.ts';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export interface VirtualTime extends Timer {
  /** Lets so much time pass. */
  advance(ms: number): Promise<void>;
  /** Lets time pass until something has come to its end, a day at most. */
  until<T>(body: Promise<T>): Promise<T>;
  /** For `node:timers/promises`. */
  setTimeout<T>(ms: number, value?: T, options?: { readonly signal?: AbortSignal }): Promise<T | undefined>;
}

const DAY_MS = 24 * 3_600_000;
const NEVER = new AbortController().signal;

/** Time that passes only when everything waits for it: hours take milliseconds. */
export function virtualTime(): VirtualTime {
  let nowMs = 0;
  const sleepers = new Set<Sleeper>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abort = (): void => {
        sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const wake = (): void => {
        sleepers.delete(sleeper);
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { atMs: nowMs + ms, wake };
      sleepers.add(sleeper);
      signal.addEventListener('abort', abort, { once: true });
    });
  /** False when nothing happens until then. */
  const step = async (untilMs: number): Promise<boolean> => {
    await settle();
    const next = [...sleepers].reduce<Sleeper | undefined>(
      (first, it) => (first === undefined || it.atMs < first.atMs ? it : first),
      undefined,
    );
    if (next === undefined || next.atMs > untilMs) return false;
    nowMs = next.atMs;
    next.wake();
    return true;
  };
  return {
    nowMs: () => nowMs,
    sleep,
    async setTimeout(ms, value, { signal = NEVER } = {}) {
      await sleep(ms, signal);
      return value;
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      while (await step(untilMs));
      nowMs = untilMs;
    },
    async until(body) {
      const untilMs = nowMs + DAY_MS;
      let over = false;
      const ending = body.finally(() => {
        over = true;
      });
      ending.catch(() => {});
      await settle();
      while (!over && (await step(untilMs))) await settle();
      if (!over) throw new Error('it has not come to an end within a day, or waits for nothing');
      return await ending;
    },
  };
}
