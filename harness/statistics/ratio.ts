import { type LocationEstimate, signedRankEstimate, signedRankP } from './hodges-lehmann.ts';
import { meanEstimate, meanP, smallestP } from './mean.ts';
import { median } from './quantile.ts';

export interface RatioEstimate {
  /** Null where it is infinite: the numerator never came in half of the blocks. */
  readonly ratio: number | null;
  /** 95 % interval; both null where there is none, `upper` alone where it is infinite. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Two-sided: how probable a ratio as far from 1 or farther is between equals; null where there is no interval. */
  readonly p: number | null;
  /** That have both sides. */
  readonly blocks: number;
  /** `too-few`: below three blocks, or below six of which in one either side never came. */
  readonly method: 'paired-ranks' | 'paired-t' | 'too-few';
}

/** Values of the same block (one machine, one deployment), once with either variant. Infinity stands for "never". */
export interface BlockPair {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

/** The fewest blocks from which anything is concluded: two have one difference, whose own spread nobody knows. */
export const FEWEST_BLOCKS = 3;
/** From here on the smallest p of ranks, 2⁻¹¹, leaves room for a hundred comparisons in one table. */
const RANKS_FROM = 12;
/** The least at which a test of ranks can come below 5 % at all. */
export const FEWEST_RANKED = 6;
/** Histograms are exact to 0.05 % on either side, so blocks that agree to less do not prove that there is no noise. */
const RESOLUTION = 0.001;

/**
 * Ratio of two medians with a confidence interval. The unit is the block, so what differs between machines and
 * deployments cancels or counts as noise; a block that lacks one side entirely says nothing and is left out. Where both
 * sides of a block never came, they do not differ there.
 *
 * - 12 blocks or more: Hodges–Lehmann over the log ratios of each block's two medians, with the interval and p of
 *   Wilcoxon's signed-rank test.
 * - 3 to 11: mean of the same log ratios with Student's (Jain, "The Art of Computer Systems Performance Analysis" (1991),
 *   §13.4.1), which takes them to be roughly normal; its p is never below {@link smallestP}.
 * - Where one side of a block never came, its log ratio is infinite: ranks from 6 blocks on, and below nothing.
 * - 1 or 2: the ratio alone. How much deployments differ is unknown, whatever the number of samples in them.
 *
 * Null when no block has both sides.
 *
 * @throws RangeError for NaN
 */
export function ratioAcrossBlocks(blocks: readonly BlockPair[], confidence = 0.95): RatioEstimate | null {
  const logRatios = blocks.flatMap(logRatioOf);
  const n = logRatios.length;
  if (n === 0) return null;
  const finite = logRatios.every(Number.isFinite);
  if (n >= RANKS_FROM || (!finite && n >= FEWEST_RANKED)) {
    return exponential(signedRankEstimate(logRatios, confidence), signedRankP(logRatios), n, 'paired-ranks');
  }
  if (!finite || n < FEWEST_BLOCKS) {
    const estimate = median(logRatios) ?? Number.NaN;
    return exponential({ estimate, lower: null, upper: null }, null, n, 'too-few');
  }
  return exponential(meanEstimate(logRatios, confidence, RESOLUTION), meanP(logRatios, RESOLUTION), n, 'paired-t');
}

/** The smallest p that {@link ratioAcrossBlocks} can give for so many blocks, none of which lacks an answer. */
export function smallestRatioP(blocks: number): number {
  return blocks >= RANKS_FROM ? 2 ** (1 - blocks) : smallestP(blocks);
}

function exponential(
  estimate: LocationEstimate | null,
  p: number | null,
  blocks: number,
  method: RatioEstimate['method'],
): RatioEstimate | null {
  if (estimate === null) return null;
  const { lower, upper } = estimate;
  return { ratio: finiteExp(estimate.estimate), lower: finiteExp(lower), upper: finiteExp(upper), p, blocks, method };
}

function finiteExp(value: number | null): number | null {
  const power = value === null ? Number.NaN : Math.exp(value);
  return Number.isFinite(power) ? power : null;
}

function logRatioOf(block: BlockPair): number[] {
  const top = median(block.numerator);
  const bottom = median(block.denominator);
  // What takes no time at all was not measured.
  if (top === null || bottom === null || top <= 0 || bottom <= 0) return [];
  return [top === bottom ? 0 : Math.log(top) - Math.log(bottom)];
}
