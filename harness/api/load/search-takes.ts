import { MOST_RAMPS } from '../../load/ramp.ts';
import { MOST_STEPS } from '../../load/search.ts';
import { LONGEST_STEP } from '../../load/step.ts';
import { loadMs, type Span, TYPICAL_MS } from '../duration.ts';
import type { LoadWishes } from './wishes.ts';

/** In the mean, as simulated over many platforms (`npm run bench:statistics -- --only search`). */
const TYPICAL_RAMPS = { withCeiling: 1, without: 2.2 } as const;
const TYPICAL_STEPS = 4.2;
/** A step's length over its least. */
const TYPICAL_LONGER = 1.3;

/**
 * How long one search for what is sustained takes: at least a ramp and two steps, at most as many ramps and steps as there
 * may be, each as long as it may go on.
 */
export function searchTakes(load: LoadWishes, withCeiling: boolean): Span {
  const step = loadMs(load);
  const ramp = load.durationMs + TYPICAL_MS.load;
  const ramps = withCeiling ? TYPICAL_RAMPS.withCeiling : TYPICAL_RAMPS.without;
  // A step that goes on has a second warm-up.
  const longestStep = 2 * (load.warmUpMs + TYPICAL_MS.load) + LONGEST_STEP * load.durationMs;
  return {
    leastMs: ramp + 2 * step,
    typicalMs: ramps * ramp + TYPICAL_STEPS * TYPICAL_LONGER * step,
    mostMs: MOST_RAMPS * ramp + MOST_STEPS * longestStep,
  };
}
