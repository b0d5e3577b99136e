import { binomialCdf } from './binomial.ts';
import { type LocationEstimate, signedRankEstimate } from './hodges-lehmann.ts';
import { meanEstimate } from './mean.ts';
import { normalQuantile } from './normal.ts';
import { ascending, median } from './quantile.ts';

export interface RatioEstimate {
  readonly ratio: number;
  /** Null when there is too little data for a 95 % interval. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly method: 'paired-ranks' | 'paired-t' | 'price-bonett';
}

/** Values of the same block (one machine, one deployment), once with either variant. */
export interface BlockPair {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

/**
 * Ratio of two medians with a confidence interval. The unit is the block, so what differs between machines and
 * deployments cancels; a block that lacks one side entirely says nothing and is left out.
 *
 * - 6 blocks or more: Hodges–Lehmann over the log ratios of each block's two medians, with the interval of Wilcoxon's
 *   signed-rank test, which does not exist below.
 * - 3 to 5: mean of the same log ratios with Student's interval (Jain, "The Art of Computer Systems Performance
 *   Analysis" (1991), §13.4.1), which takes them to be roughly normal.
 * - 1 or 2, or where a block's median is "never": {@link ratioOfMedians} of the pooled samples, which knows nothing of
 *   the differences between blocks.
 *
 * Null when either side has no finite positive median.
 */
export function ratioAcrossBlocks(blocks: readonly BlockPair[], confidence = 0.95): RatioEstimate | null {
  const whole = blocks.filter((block) => block.numerator.length > 0 && block.denominator.length > 0);
  const logRatios = whole.map(logRatioOfBlock).filter((value) => value !== null);
  if (logRatios.length === whole.length) {
    const ranked = signedRankEstimate(logRatios, confidence);
    if (ranked !== null && ranked.lower !== null) return exponential(ranked, 'paired-ranks');
    const mean = meanEstimate(logRatios, confidence);
    if (logRatios.length >= 3 && mean !== null) return exponential(mean, 'paired-t');
  }
  return ratioOfMedians(
    blocks.flatMap((block) => block.numerator),
    blocks.flatMap((block) => block.denominator),
    confidence,
  );
}

function exponential(estimate: LocationEstimate, method: RatioEstimate['method']): RatioEstimate {
  const { lower, upper } = estimate;
  return {
    ratio: Math.exp(estimate.estimate),
    lower: lower === null ? null : Math.exp(lower),
    upper: upper === null ? null : Math.exp(upper),
    method,
  };
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
