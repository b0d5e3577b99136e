import { normalQuantile } from './normal.ts';

export interface Autocorrelation {
  readonly r: number;
  /** White noise stays between −bound and bound in 95 % of cases. */
  readonly bound: number;
}

/**
 * Correlation of a series with itself, `lag` steps later; null when there are no such pairs or all values are equal.
 * Method: Box, Jenkins & Reinsel, "Time Series Analysis", 3rd ed. (1994), §2.1.5 (sums divided by n, one common mean);
 * the bound ±1.96/√n is Bartlett's (J. Royal Statistical Society, Supplement 8(1), 1946).
 *
 * @throws RangeError for a lag that is no whole number from 1
 */
export function autocorrelation(values: readonly number[], lag = 1): Autocorrelation | null {
  if (!Number.isSafeInteger(lag) || lag < 1) throw new RangeError(`a lag is a whole number from 1, not ${lag}`);
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const deviations = values.map((value) => value - mean);
  const variance = deviations.reduce((sum, deviation) => sum + deviation ** 2, 0);
  // A constant series need not have an exact mean.
  if (n <= lag || values.every((value) => value === values[0])) return null;
  const covariance = deviations.slice(lag).reduce((sum, deviation, i) => sum + deviation * (deviations[i] ?? 0), 0);
  return { r: covariance / variance, bound: normalQuantile(0.975) / Math.sqrt(n) };
}

/**
 * How many independent values say as much about the mean as `n` values with this lag-1 correlation: n(1−r)/(1+r), for a
 * first-order autoregressive series. Never more than n: a small negative r is mostly chance.
 * Method: Bayley & Hammersley, "The 'effective' number of independent observations in an autocorrelated time series",
 * J. Royal Statistical Society, Supplement 8(2), 1946, for large n.
 *
 * @param r from −1 to 1
 */
export function effectiveSampleSize(n: number, r: number): number {
  if (!(r >= -1 && r <= 1)) throw new RangeError(`a correlation lies between -1 and 1, not ${r}`);
  return r <= 0 ? n : (n * (1 - r)) / (1 + r);
}
