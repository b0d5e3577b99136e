import { meanP } from './mean.ts';
import { FEWEST_BLOCKS } from './ratio.ts';
import type { ScalingPoint } from './usl.ts';

/**
 * Does throughput fall between the width nearest to where a law says it is largest and the widest that was tried? The law
 * alone cannot tell: a curve that only flattens out, such as one with a hard limit, is fitted best by one that turns.
 * Compared within each block, so that what differs between blocks cancels; never from fewer than three of them. In one
 * direction at 2.5 % (Student's t of the log ratios, as in {@link ratioAcrossBlocks}).
 *
 * @param blocks measured points of each block; one that lacks either width says nothing
 * @param peak at which concurrency the law has its maximum
 */
export function fallsBeyond(blocks: readonly (readonly ScalingPoint[])[], peak: number): boolean {
  const widths = [...new Set(blocks.flat().map((point) => point.concurrency))];
  const widest = Math.max(...widths);
  const away = (width: number) => Math.abs(Math.log(width) - Math.log(peak));
  const top = widths.reduce((nearest, width) => (away(width) < away(nearest) ? width : nearest), widest);
  if (top === widest) return false;
  const falls = blocks.flatMap((points) => {
    const at = (width: number) => points.find((point) => point.concurrency === width)?.throughput ?? 0;
    return at(top) > 0 && at(widest) > 0 ? [Math.log(at(widest) / at(top))] : [];
  });
  const sum = falls.reduce((total, fall) => total + fall, 0);
  const p = falls.length < FEWEST_BLOCKS ? null : meanP(falls);
  return sum < 0 && p !== null && p <= 0.05;
}
