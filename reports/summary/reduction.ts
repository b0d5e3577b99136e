import { median } from '../../harness/statistics/quantile.ts';
import type { ReadMeasure } from '../measures.ts';

/**
 * Several readings as one, in the way of their measure. A median is of those that somebody could read; a mean needs all of
 * them, and its weights.
 *
 * @param readings null: nobody could read it
 */
export function reduced(
  { reduce }: ReadMeasure,
  readings: readonly (number | null)[],
  weights: readonly number[] = readings.map(() => 1),
): number | null {
  const known = readings.filter((value) => value !== null);
  if (reduce === 'median') return median(known);
  const weight = weights.reduce((sum, it) => sum + it, 0);
  if (known.length < readings.length || weight === 0) return null;
  return known.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0) / weight;
}
