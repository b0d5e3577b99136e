import type { Random } from '../../../core/random.ts';
import { normalQuantile } from '../../../statistics/normal.ts';

/** A standard normal number, by inversion. */
export function normal(random: Random): number {
  // Half a step away from 0, which has no quantile.
  return normalQuantile(random() + 2 ** -33);
}
