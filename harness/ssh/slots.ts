/** Hands out a limited number of places, first come, first served. */
export interface Slots {
  /** Waits for a place and answers with the way to give it back. The signal's reason when aborted meanwhile. */
  take(signal: AbortSignal): Promise<() => void>;
}

export function newSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  /** Giving back twice would make a place out of nothing. */
  const place = (): (() => void) => {
    let taken = true;
    return () => {
      if (taken) release();
      taken = false;
    };
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return place();
      }
      return new Promise((resolve, reject) => {
        const next = (): void => {
          signal.removeEventListener('abort', onAbort);
          resolve(place());
        };
        const onAbort = (): void => {
          waiting.splice(waiting.indexOf(next), 1);
          reject(signal.reason);
        };
        waiting.push(next);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
