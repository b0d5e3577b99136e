import type { KernelCounters } from './counters.ts';

/** What the kernel of one machine has counted around a measurement. */
export interface Watched {
  /** For messages. */
  readonly machine: string;
  /** Load came from here. The machine under test does so, too, unless there are machines for it. */
  readonly generates: boolean;
  readonly before: KernelCounters;
  readonly after: KernelCounters;
}

/** What the kernel of one machine has counted by now. */
export type Reading = Pick<Watched, 'machine' | 'generates'> & { readonly counters: KernelCounters };

/** Pairs readings of the same machines. */
export function watched(before: readonly Reading[], after: readonly Reading[]): readonly Watched[] {
  return after.flatMap(({ machine, generates, counters }, index) => {
    const earlier = before[index];
    return earlier === undefined ? [] : [{ machine, generates, before: earlier.counters, after: counters }];
  });
}
