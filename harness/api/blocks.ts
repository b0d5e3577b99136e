import { shuffled } from '../core/random.ts';
import type { BaseSystem } from './system.ts';

/** One deployment on one machine: the unit of statistics. */
export interface Block<S extends BaseSystem> {
  readonly system: S;
  /** From 0, over all platforms. */
  readonly number: number;
  /** From 0; in each every platform has one block. */
  readonly repetition: number;
}

/** Blocks of all platforms alternate in random order, so that what changes over time meets all. */
export function alternatingBlocks<S extends BaseSystem>(
  { systems, random }: { readonly systems: readonly S[]; readonly random: () => number },
  repetitions: number,
): readonly Block<S>[] {
  return Array.from({ length: repetitions }, (_, repetition) =>
    shuffled(systems, random).map((system, index) => ({
      system,
      number: repetition * systems.length + index,
      repetition,
    })),
  ).flat();
}
