import { normalQuantile, normalSurvival } from './normal.ts';
import { ascending, median } from './quantile.ts';

export interface LocationEstimate {
  readonly estimate: number;
  /** Null when the sample is too small for a bound at this confidence. */
  readonly lower: number | null;
  readonly upper: number | null;
}

/** Above this many values the exact null distribution gives way to the normal approximation. */
const EXACT_SIGNED_RANK = 60;
const EXACT_RANK_SUM_PRODUCT = 3600;

/**
 * One sample (or paired differences): the median of all Walsh averages, with the interval that belongs to Wilcoxon's
 * signed-rank test. Null for an empty sample; bounds from n = 6 on at 95 %. Infinite values are farther out than any
 * other, and cancel each other.
 * Method: Hodges & Lehmann, Annals of Mathematical Statistics 34(2), 1963; Hollander, Wolfe & Chicken, "Nonparametric
 * Statistical Methods", 3rd ed. (2014), §3.2–3.3.
 */
export function signedRankEstimate(values: readonly number[], confidence = 0.95): LocationEstimate | null {
  const averages = ascending(walshAverages(values));
  const n = values.length;
  const mean = (n * (n + 1)) / 4;
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
  const tail = (1 - confidence) / 2;
  const critical =
    n <= EXACT_SIGNED_RANK ? lowerCritical(signedRankCounts(n), tail) : approximate(mean, deviation, tail);
  return bounded(averages, critical);
}

/**
 * Two-sided p of Wilcoxon's signed-rank test that the values lie evenly around 0; null for an empty sample. Exact up to
 * 60 values without ties; with ties and zeros, which count one half, it is a little too large.
 * Method: Wilcoxon, Biometrics Bulletin 1(6), 1945; T⁺ as the number of positive Walsh averages (Tukey 1949), as in
 * Hollander, Wolfe & Chicken (2014), §3.1, so that it belongs to the interval of {@link signedRankEstimate}.
 */
export function signedRankP(values: readonly number[]): number | null {
  const n = values.length;
  if (n === 0) return null;
  const averages = walshAverages(values);
  const positive = averages.reduce((sum, it) => sum + (it > 0 ? 1 : it === 0 ? 0.5 : 0), 0);
  const statistic = Math.min(positive, averages.length - positive);
  if (n > EXACT_SIGNED_RANK) {
    const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
    return Math.min(1, 2 * normalSurvival(Math.max(0, averages.length / 2 - statistic - 0.5) / deviation));
  }
  const tail = signedRankCounts(n).slice(0, Math.ceil(statistic) + 1);
  return Math.min(1, (2 * tail.reduce((sum, count) => sum + count, 0)) / 2 ** n);
}

/** Of each value with itself and with each later one. Two infinite ones that contradict each other say nothing: 0. */
function walshAverages(values: readonly number[]): number[] {
  return values.flatMap((a, i) => values.slice(i).map((b) => (a === -b ? 0 : (a + b) / 2)));
}

/**
 * Two independent samples: the median of all differences `first − second`, with the interval that belongs to the
 * Mann–Whitney test. Null when either is empty. On logarithms it estimates a ratio. With ties the interval is
 * conservative.
 * Method: Hodges & Lehmann 1963; Hollander, Wolfe & Chicken (2014), §4.2–4.3 (Moses' interval).
 */
export function shiftEstimate(
  first: readonly number[],
  second: readonly number[],
  confidence = 0.95,
): LocationEstimate | null {
  const differences = ascending(first.flatMap((a) => second.map((b) => a - b)));
  const [m, n] = [first.length, second.length];
  const tail = (1 - confidence) / 2;
  const critical =
    m * n <= EXACT_RANK_SUM_PRODUCT
      ? lowerCritical(rankSumCounts(m, n), tail)
      : approximate((m * n) / 2, Math.sqrt((m * n * (m + n + 1)) / 12), tail);
  return bounded(differences, critical);
}

/** How many sign patterns give each value of Wilcoxon's signed-rank statistic T⁺, 0…n(n+1)/2. Exact below 2⁵³. */
export function signedRankCounts(n: number): number[] {
  let counts = [1];
  for (let rank = 1; rank <= n; rank++) {
    const next = Array.from({ length: counts.length + rank }, (_, t) => (counts[t] ?? 0) + (counts[t - rank] ?? 0));
    counts = next;
  }
  return counts;
}

/**
 * How many arrangements give each value of the Mann–Whitney statistic U, 0…mn: coefficients of the Gaussian binomial
 * (Mann & Whitney, Annals of Mathematical Statistics 18(1), 1947).
 */
export function rankSumCounts(m: number, n: number): number[] {
  const size = m * n + 1;
  const counts = new Array<number>(size).fill(0);
  counts[0] = 1;
  for (let i = 1; i <= m; i++) {
    const factor = n + i;
    for (let u = size - 1; u >= factor; u--) counts[u] = (counts[u] ?? 0) - (counts[u - factor] ?? 0);
    for (let u = i; u < size; u++) counts[u] = (counts[u] ?? 0) + (counts[u - i] ?? 0);
  }
  return counts;
}

/** The largest t with P(T ≤ t) ≤ tail, or −1. */
function lowerCritical(counts: readonly number[], tail: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  let critical = -1;
  for (const [t, count] of counts.entries()) {
    sum += count;
    if (sum > tail * total) break;
    critical = t;
  }
  return critical;
}

function approximate(mean: number, deviation: number, tail: number): number {
  return Math.floor(mean - normalQuantile(1 - tail) * deviation - 0.5);
}

/** The interval drops `critical` values at each end of the sorted list. */
function bounded(sorted: readonly number[], critical: number): LocationEstimate | null {
  const estimate = median(sorted);
  if (estimate === null) return null;
  if (critical < 0) return { estimate, lower: null, upper: null };
  return { estimate, lower: sorted[critical] ?? null, upper: sorted[sorted.length - 1 - critical] ?? null };
}
