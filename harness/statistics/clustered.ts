import { type Bounds, middleInterval } from './middle.ts';
import { type Interval, wilsonInterval } from './proportion.ts';
import { ascending, median, quantile } from './quantile.ts';
import { studentQuantile } from './regression.ts';

/** Values that were measured together: a machine, a deployment. Infinity stands for "never". */
type Cluster = readonly number[];

/**
 * Interval for the median of all that could be measured, from the medians of at least three clusters ({@link middleInterval}:
 * Student's of their logarithms, from nine on order statistics), widened where the median of all values lies outside. By
 * simulation it holds the truth in 92 to 97 % however much clusters differ, also where every fifth is three times as slow
 * (docs/method.md); the binomial interval of all values together falls to 56 %. Below nine clusters of which a median is not
 * finite, that of {@link clusteredQuantileInterval}. Null for fewer than three clusters.
 */
export function clusteredMedianInterval(clusters: readonly Cluster[], confidence = 0.95): Bounds | null {
  const whole = clusters.filter((cluster) => cluster.length > 0);
  const middle = median(whole.flat());
  if (whole.length < 3 || middle === null) return null;
  const medians = whole.map((cluster) => median(cluster) ?? Number.NaN);
  const { lower, upper } = middleInterval(medians, 'positive', confidence);
  if (lower === null || upper === null) return clusteredQuantileInterval(whole, 0.5, confidence);
  return { lower: Math.min(middle, lower), upper: Math.max(middle, upper) };
}

/**
 * Interval for any quantile from values in at least three clusters: those order statistics between which the share of
 * values lies that the quantile can have, whose variance is taken between clusters, and never smaller than between
 * independent values. With few clusters there is often no bound. Null for fewer than three clusters.
 * Method: Woodruff, "Confidence intervals for medians and other position measures", JASA 47(260), 1952; the variance of a
 * share in clusters: Cochran, "Sampling Techniques", 3rd ed. (1977), §3.12; Student's quantile for few clusters.
 */
export function clusteredQuantileInterval(clusters: readonly Cluster[], p: number, confidence = 0.95): Bounds | null {
  const whole = clusters.filter((cluster) => cluster.length > 0);
  const sorted = ascending(whole.flat());
  const n = sorted.length;
  const value = quantile(sorted, p);
  if (whole.length < 3 || value === null) return null;
  const below = whole.map((cluster) => ({ n: cluster.length, successes: cluster.filter((it) => it <= value).length }));
  const variance = Math.max(clusteredVariance(below), (p * (1 - p)) / n);
  const half = studentQuantile(1 - (1 - confidence) / 2, whole.length - 1) * Math.sqrt(variance);
  const low = Math.floor((p - half) * n);
  const high = Math.ceil((p + half) * n) + 1;
  return { lower: sorted[low - 1] ?? null, upper: sorted[high - 1] ?? null };
}

/** How often something came true in one cluster. */
export interface Share {
  readonly successes: number;
  readonly n: number;
}

/**
 * Interval for a share from at least three clusters: Wilson's with as many independent observations as would vary as much
 * as these clusters do, and never more than there are.
 * Method: Korn & Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated
 * from survey data", Survey Methodology 24(2), 1998, with Wilson's interval. Null for fewer than three clusters.
 */
export function clusteredShareInterval(clusters: readonly Share[], confidence = 0.95): Interval | null {
  const whole = clusters.filter((cluster) => cluster.n > 0);
  const n = whole.reduce((sum, cluster) => sum + cluster.n, 0);
  if (whole.length < 3) return null;
  const share = whole.reduce((sum, cluster) => sum + cluster.successes, 0) / n;
  const excess = clusteredVariance(whole) / ((share * (1 - share)) / n);
  const tail = 1 - (1 - confidence) / 2;
  const fewClusters = (studentQuantile(tail, n - 1) / studentQuantile(tail, whole.length - 1)) ** 2;
  // Where all or none came true there is no variance, and nothing tells that clusters differ.
  const effective = (n / (Number.isFinite(excess) ? Math.max(1, excess) : 1)) * fewClusters;
  return wilsonInterval(share * effective, effective, confidence);
}

/** Of the share of all clusters together, from how far each is from it. */
function clusteredVariance(clusters: readonly Share[]): number {
  const k = clusters.length;
  const n = clusters.reduce((sum, cluster) => sum + cluster.n, 0);
  const share = clusters.reduce((sum, cluster) => sum + cluster.successes, 0) / n;
  const squares = clusters.reduce((sum, cluster) => sum + (cluster.successes - share * cluster.n) ** 2, 0);
  return ((k / (k - 1)) * squares) / n ** 2;
}
