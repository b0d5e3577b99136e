import { binomialCdf, binomialLowerTail } from './binomial.ts';

/** A copy in ascending order. Infinity is allowed and stands for "never happened". */
export function ascending(values: readonly number[]): number[] {
  if (values.some(Number.isNaN)) throw new RangeError('NaN has no rank');
  return values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Sample quantile; null for an empty sample.
 *
 * Definition 2 of Hyndman & Fan ("Sample quantiles in statistical packages", The American Statistician 50(4), 1996):
 * the inverse of the empirical distribution function, averaged where it is flat. Always an order statistic or the middle
 * of two neighbours; for p = 0.5 the usual median. Nothing is interpolated, so no value is reported that lies between
 * two modes unless p falls exactly there.
 */
export function quantile(values: readonly number[], p: number): number | null {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile's order lies between 0 and 1, not ${p}`);
  const sorted = ascending(values);
  const n = sorted.length;
  // 40 × 0.9 is 36.000000000000004 in floating point; a rank is exact to far less than 1e-9.
  const rank = Math.round(n * p * 1e9) / 1e9;
  const low = sorted[Math.min(n, Math.max(1, Math.ceil(rank))) - 1];
  const high = sorted[Math.min(n, Math.max(1, Math.floor(rank) + 1)) - 1];
  if (low === undefined || high === undefined) return null;
  return low === high ? low : (low + high) / 2;
}

/** The usual median; null for an empty sample. */
export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

/** One end of an interval: the value and which order statistic it is, counted from 1. */
interface OrderStatistic {
  readonly value: number;
  readonly index: number;
}

export interface QuantileInterval {
  /** Null when the sample is too small for a bound at this confidence. */
  readonly lower: OrderStatistic | null;
  readonly upper: OrderStatistic | null;
  /** Exact probability that the interval covers a continuous distribution's quantile; at least what was asked for. */
  readonly coverage: number;
}

/**
 * Exact, distribution-free two-sided confidence interval for a quantile from order statistics, equal tails.
 * The number of observations at or below the quantile is Binomial(n, p) whatever the distribution; ties only widen it.
 * Method: David & Nagaraja, "Order Statistics", 3rd ed. (2003), §7.1; Hahn & Meeker, "Statistical Intervals" (1991), §5.2.
 */
export function quantileInterval(values: readonly number[], p: number, confidence = 0.95): QuantileInterval {
  const sorted = ascending(values);
  const n = sorted.length;
  const { lower, upper } = quantileIntervalIndices(n, p, confidence);
  const covered = binomialCdf((upper ?? n + 1) - 1, n, p) - binomialCdf((lower ?? 0) - 1, n, p);
  return { lower: orderStatistic(sorted, lower), upper: orderStatistic(sorted, upper), coverage: covered };
}

/** Which order statistics (from 1) bound the quantile; see {@link quantileInterval}. */
export function quantileIntervalIndices(
  n: number,
  p: number,
  confidence = 0.95,
): { lower: number | null; upper: number | null } {
  if (!(p > 0 && p < 1)) throw new RangeError(`an interval needs an order between 0 and 1, not ${p}`);
  const tail = (1 - confidence) / 2;
  const lower = binomialLowerTail(n, p, tail) + 1;
  const upper = n - binomialLowerTail(n, 1 - p, tail);
  return { lower: lower >= 1 ? lower : null, upper: upper <= n ? upper : null };
}

/** The smallest sample whose two-sided interval for this quantile has both bounds: 6 for p50, 368 for p99 at 95 %. */
export function samplesNeeded(p: number, confidence = 0.95): number {
  const tail = (1 - confidence) / 2;
  return Math.ceil(Math.log(tail) / Math.log(Math.max(p, 1 - p)) - 1e-12);
}

/** Empirical distribution function as its steps: after `value`, the share of observations ≤ it is `share`. */
export function ecdf(values: readonly number[]): { value: number; share: number }[] {
  const sorted = ascending(values);
  return sorted.flatMap((value, i) => (sorted[i + 1] === value ? [] : [{ value, share: (i + 1) / sorted.length }]));
}

function orderStatistic(sorted: readonly number[], index: number | null): OrderStatistic | null {
  const value = index === null ? undefined : sorted[index - 1];
  return index === null || value === undefined ? null : { value, index };
}
