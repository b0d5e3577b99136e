import { binomialCdf } from './binomial.ts';
import { signedRankEstimate } from './hodges-lehmann.ts';
import { normalQuantile } from './normal.ts';
import { ascending, median } from './quantile.ts';

export interface RatioEstimate {
  readonly ratio: number;
  /** Null when there is too little data for a 95 % interval. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly method: 'paired-blocks' | 'price-bonett';
}

/** Values of the same block (one machine, one deployment), once with either variant. */
export interface BlockPair {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

/**
 * Ratio of two medians with a confidence interval.
 *
 * The unit is the block. From 6 blocks on: the log ratio of each block's two medians, reduced by Hodges–Lehmann with the
 * interval of Wilcoxon's signed-rank test, so that what differs between machines cancels. With fewer blocks no such
 * interval exists: samples are pooled and the interval is that of {@link ratioOfMedians}, which knows nothing of the
 * differences between blocks. Null when either side has no finite positive median.
 */
export function ratioAcrossBlocks(blocks: readonly BlockPair[], confidence = 0.95): RatioEstimate | null {
  const logRatios = blocks.map(logRatioOfBlock).filter((value) => value !== null);
  const paired = logRatios.length === blocks.length ? signedRankEstimate(logRatios, confidence) : null;
  if (paired !== null && paired.lower !== null && paired.upper !== null) {
    return {
      ratio: Math.exp(paired.estimate),
      lower: Math.exp(paired.lower),
      upper: Math.exp(paired.upper),
      method: 'paired-blocks',
    };
  }
  return ratioOfMedians(
    blocks.flatMap((block) => block.numerator),
    blocks.flatMap((block) => block.denominator),
    confidence,
  );
}

/**
 * Ratio of the medians of two independent samples, distribution-free: the variance of each log median is taken from two
 * order statistics around it.
 * Method: Price & Bonett, "Distribution-free confidence intervals for difference and ratio of medians",
 * J. Statistical Computation and Simulation 72(2), 2002. Needs 6 values on each side for an interval.
 */
export function ratioOfMedians(
  numerator: readonly number[],
  denominator: readonly number[],
  confidence = 0.95,
): RatioEstimate | null {
  const top = median(numerator);
  const bottom = median(denominator);
  if (top === null || bottom === null) return null;
  const ratio = top / bottom;
  if (!Number.isFinite(ratio) || ratio <= 0) return null;
  const variances = [logMedianVariance(numerator), logMedianVariance(denominator)];
  const [first, second] = variances;
  if (first === undefined || second === undefined || first === null || second === null) {
    return { ratio, lower: null, upper: null, method: 'price-bonett' };
  }
  const half = normalQuantile(1 - (1 - confidence) / 2) * Math.sqrt(first + second);
  return { ratio, lower: ratio * Math.exp(-half), upper: ratio * Math.exp(half), method: 'price-bonett' };
}

function logRatioOfBlock(block: BlockPair): number | null {
  const top = median(block.numerator);
  const bottom = median(block.denominator);
  if (top === null || bottom === null || top <= 0 || bottom <= 0) return null;
  const value = Math.log(top / bottom);
  return Number.isFinite(value) ? value : null;
}

/** Variance of the log of the median; null for fewer than 6 values or where "never" reaches into the middle. */
function logMedianVariance(values: readonly number[]): number | null {
  const sorted = ascending(values);
  const n = sorted.length;
  if (n < 6) return null;
  const c = Math.max(1, Math.round((n + 1) / 2 - Math.sqrt(n)));
  const low = sorted[c - 1];
  const high = sorted[n - c];
  if (low === undefined || high === undefined || low <= 0 || !Number.isFinite(high)) return null;
  const z = normalQuantile(1 - binomialCdf(c - 1, n, 0.5));
  return ((Math.log(high) - Math.log(low)) / (2 * z)) ** 2;
}
