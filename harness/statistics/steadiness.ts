import { median } from './quantile.ts';

/** How a series was at its end beside its beginning. Shares: 0.3 is 30 % more, −0.3 is 30 % less. */
export type Steadiness =
  | (Seen & { readonly steady: true; readonly reason: null })
  | (Partial<Seen> & { readonly steady: false; readonly reason: string });

interface Seen {
  /** Median of the last third beside that of the first. */
  readonly drift: number;
  /** The smallest even growth from beginning to end that would have been called a drift in 95 of 100 cases, about. */
  readonly smallestDrift: number;
}

/** A third of them are four, of which one may be any outlier. */
const FEWEST_VALUES = 12;
/** Last third by first third, either way. */
const DRIFT_FACTOR = 1.3;
/** In words: `30 % above, 23 % below`. */
export const DRIFT_LIMIT = `${percent(DRIFT_FACTOR - 1)}, ${percent(1 / DRIFT_FACTOR - 1)}`;
/** First values by last third: of a warm-up that had not ended. Only where they are less than a third. */
const SETTLING_FACTOR = 1.5;
const SETTLING_VALUES = 5;
/** Of the logarithm of that ratio. Beyond it not even growth to 3.3 times would be seen in 95 of 100 cases. */
const MOST_ERROR = 0.3;
/** One-sided 95 %. */
const Z = 1.645;

/**
 * Does a series stay as it is from beginning to end? Compared are the medians of its last and first third, which two bad
 * values among five do not move: a stall alone is no drift. The limit is fixed. Limits that go by the noise of the series
 * itself were tried: short series tell too little of their own correlation, so that 9 to 22 % of those of 15 with a
 * lag-1 correlation of 0.8 and 10 % of noise were refused. Both error rates, simulated: `docs/method.md`.
 *
 * @param series in order of time and equally spaced, such as one value per second; from 0
 * @returns not steady for `reason`, also where there are too few values or too much noise to tell
 */
export function steadiness(series: readonly number[]): Steadiness {
  const n = series.length;
  if (n < FEWEST_VALUES)
    return { steady: false, reason: `${n} values are too few to tell, ${FEWEST_VALUES} are needed` };
  const logs = logarithms(series);
  const size = Math.floor(n / 3);
  const change = middle(logs.slice(-size)) - middle(logs.slice(0, size));
  const error = standardError(logs, size);
  const drift = Math.expm1(change);
  const seen = { drift, smallestDrift: growthOf(Math.log(DRIFT_FACTOR) + Z * error) };
  if (error > MOST_ERROR) {
    const needed = Math.ceil((n * (error / MOST_ERROR) ** 2) / 5) * 5;
    return {
      ...seen,
      steady: false,
      reason: `${n} values so unlike each other are too few to tell, about ${needed} are needed`,
    };
  }
  if (Math.abs(change) > Math.log(DRIFT_FACTOR)) {
    return { ...seen, steady: false, reason: `its last third is ${percent(drift)} the first (limit ${DRIFT_LIMIT})` };
  }
  return { ...seen, steady: true, reason: null };
}

/**
 * Do the first values lie apart from the end, as while something still warms up? The share by which they do, or null: they
 * do not, or are as many as the third that {@link steadiness} compares, or too few.
 */
export function unsettled(series: readonly number[]): number | null {
  const size = Math.floor(series.length / 3);
  if (size <= SETTLING_VALUES) return null;
  const logs = logarithms(series);
  const change = middle(logs.slice(0, SETTLING_VALUES)) - middle(logs.slice(-size));
  return Math.abs(change) > Math.log(SETTLING_FACTOR) ? Math.expm1(change) : null;
}

function percent(share: number): string {
  return `${Math.abs(100 * share).toFixed(0)} % ${share > 0 ? 'above' : 'below'}`;
}

/** Of values from 0; a 0 counts as the smallest value above it. */
function logarithms(series: readonly number[]): readonly number[] {
  const least = series.reduce((one, other) => (other > 0 ? Math.min(one, other) : one), Number.POSITIVE_INFINITY);
  return series.map((value) => (Number.isFinite(least) ? Math.log(Math.max(value, least)) : 0));
}

function middle(values: readonly number[]): number {
  return median(values) ?? 0;
}

/**
 * Standard error of the difference of the medians of two thirds, for a first-order autoregressive series: variance of a
 * mean of `size` (Bayley & Hammersley, J. Royal Statistical Society, Supplement 8(2), 1946), times π/2 for a median of
 * independent values and 1 of strongly correlated ones. Spread and correlation are those of the distances to the median
 * of each third, drawn in to three times their median (1.4826 MAD), so that a stall is not taken for noise.
 */
function standardError(logs: readonly number[], size: number): number {
  const n = logs.length;
  const thirds = [logs.slice(0, size), logs.slice(size, n - size), logs.slice(n - size)];
  const distances = thirds.flatMap((part) => part.map((value) => value - middle(part)));
  const limit = 3 * 1.4826 * middle(distances.map(Math.abs));
  const drawnIn = distances.map((it) => Math.max(-limit, Math.min(limit, it)));
  const squares = drawnIn.reduce((sum, it) => sum + it ** 2, 0);
  if (squares === 0) return 0;
  const products = drawnIn.reduce((sum, it, i) => sum + it * (drawnIn[i - 1] ?? 0), 0);
  const raw = Math.max(0, products / squares);
  // Within a third the correlation of so few comes out too small: by about (1 + 4r) / size, of which half is made good.
  const r = Math.min(0.9, raw + (1 + 4 * raw) / (2 * size));
  let shareOfMean = 1;
  for (let lag = 1; lag < size; lag++) shareOfMean += 2 * (1 - lag / size) * r ** lag;
  shareOfMean /= size;
  const variance = squares / (n - 3) / Math.max(0.25, 1 - shareOfMean);
  return Math.sqrt(2 * variance * shareOfMean * (1 + (Math.PI / 2 - 1) * (1 - r)));
}

/** The even growth over a series, as a share of its beginning, of which the last third lies so far above the first. */
function growthOf(change: number): number {
  const ratio = Math.exp(change);
  // The thirds' middles are at 1/6 and 5/6: (1 + 5x/6) / (1 + x/6) is the ratio. From 5 on no growth is enough.
  return ratio >= 5 ? Number.POSITIVE_INFINITY : (ratio - 1) / (5 / 6 - ratio / 6);
}
