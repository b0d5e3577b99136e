import { normalQuantile } from './normal.ts';

/** A two-sided confidence interval. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Wilson's score interval for k successes out of n; null for n = 0.
 * Method: Wilson, JASA 22(158), 1927; recommended for small n by Brown, Cai & DasGupta, Statistical Science 16(2), 2001.
 */
export function wilsonInterval(successes: number, n: number, confidence = 0.95): Interval | null {
  if (n === 0) return null;
  if (successes < 0 || successes > n) throw new RangeError(`${successes} of ${n} is no proportion`);
  const z2 = normalQuantile(1 - (1 - confidence) / 2) ** 2;
  const p = successes / n;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Math.sqrt(z2) / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  // At 0 and n the bound is exactly 0 and 1; rounding must not leave 1e-17.
  return {
    lower: successes === 0 ? 0 : Math.max(0, centre - half),
    upper: successes === n ? 1 : Math.min(1, centre + half),
  };
}
