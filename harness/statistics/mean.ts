import type { LocationEstimate } from './hodges-lehmann.ts';
import { studentQuantile, studentSurvival } from './regression.ts';

/**
 * Mean with Student's two-sided confidence interval (Student, Biometrika 6(1), 1908); bounds from two values on, null
 * without any. Assumes roughly normal values.
 *
 * @param leastDeviation standard deviation of a value that is there even where all of them agree, such as rounding
 */
export function meanEstimate(
  values: readonly number[],
  confidence = 0.95,
  leastDeviation = 0,
): LocationEstimate | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = meanOf(values);
  if (n === 1) return { estimate: mean, lower: null, upper: null };
  const half = studentQuantile(1 - (1 - confidence) / 2, n - 1) * standardError(values, leastDeviation);
  return { estimate: mean, lower: mean - half, upper: mean + half };
}

/**
 * The smallest p that so many paired differences can have: 2 · 4⁻ⁿ. So often are those of equals all the same and none is
 * 0 where each side is one of two values by the toss of a coin, a world in which few differences say nothing of their
 * spread, and Student's test, which takes them to be normal, would give any p however small.
 */
export function smallestP(n: number): number {
  return 2 * 4 ** -n;
}

/**
 * Two-sided p of Student's test that the mean is 0, or {@link smallestP} where that is more; null for fewer than two
 * values. It belongs to {@link meanEstimate}.
 */
export function meanP(values: readonly number[], leastDeviation = 0): number | null {
  if (values.length < 2) return null;
  const mean = meanOf(values);
  if (mean === 0) return 1;
  const p = 2 * studentSurvival(Math.abs(mean) / standardError(values, leastDeviation), values.length - 1);
  return Math.max(p, smallestP(values.length));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[], leastDeviation: number): number {
  const n = values.length;
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return Math.max(Math.sqrt(variance), leastDeviation) / Math.sqrt(n);
}
