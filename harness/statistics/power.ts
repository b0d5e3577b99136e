import { FEWEST_BLOCKS, smallestRatioP } from './ratio.ts';
import { studentQuantile } from './regression.ts';

interface Comparisons {
  /** Blocks of either side. */
  readonly blocks: number;
  /** How many are judged as one table. */
  readonly comparisons: number;
  /** Standard deviation of the logarithm of the ratio from block to block. */
  readonly deviation: number;
}

/**
 * The smallest ratio, above 1, that a paired comparison over blocks finds in four of five cases when it is the only one
 * of its table that differs, which is the hardest case after Benjamini & Hochberg's adjustment; null where there can be no
 * verdict.
 * Method: power of Student's test, with the central instead of the non-central distribution (Jain 1991, §13.9).
 */
export function detectableRatio({ blocks, comparisons, deviation }: Comparisons, level = 0.05): number | null {
  if (comparisons < 1 || blocks < fewestBlocks(comparisons, level)) return null;
  const found = studentQuantile(1 - level / (2 * comparisons), blocks - 1) + studentQuantile(0.8, blocks - 1);
  return Math.exp((deviation * found) / Math.sqrt(blocks));
}

/** From how many blocks on a lone difference of a table of so many comparisons can have a verdict. */
export function fewestBlocks(comparisons: number, level = 0.05): number {
  let blocks = FEWEST_BLOCKS;
  while (smallestRatioP(blocks) * comparisons > level) blocks += 1;
  return blocks;
}
