import type { Share } from './clustered.ts';
import { meanEstimate, meanP } from './mean.ts';
import { FEWEST_BLOCKS } from './ratio.ts';

/** How often something came true in the same block (one machine, one deployment), with either variant. */
export interface SharePair {
  readonly first: Share;
  readonly second: Share;
}

export interface ShareDifference {
  /** Share of the first minus that of the second, −1…1. */
  readonly difference: number;
  /** 95 % interval; null below three blocks. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Two-sided; null below three blocks. */
  readonly p: number | null;
  /** That have both sides. */
  readonly blocks: number;
}

/**
 * Mean over blocks of the difference of two shares, with Student's interval and p. Blocks that agree have no spread to
 * test against, so a difference is taken to vary at least as much as shares of independent observations do (with one
 * success and one failure added to each side, after Agresti & Caffo, The American Statistician 54(4), 2000). And no p is
 * smaller than 2 · 4⁻ⁿ for n blocks: so often do blocks of equals that are all right or all wrong by the toss of a coin
 * come out entirely for one side. With none of 20 against 20 of 20 in four blocks that is 0.008.
 *
 * Null when no block has both sides.
 */
export function shareDifference(pairs: readonly SharePair[], confidence = 0.95): ShareDifference | null {
  const whole = pairs.filter(({ first, second }) => first.n > 0 && second.n > 0);
  const blocks = whole.length;
  const differences = whole.map(({ first, second }) => first.successes / first.n - second.successes / second.n);
  const least = Math.sqrt(sampling(whole.map((it) => it.first)) + sampling(whole.map((it) => it.second)));
  const mean = meanEstimate(differences, confidence, least);
  if (mean === null) return null;
  const p = meanP(differences, least);
  if (blocks < FEWEST_BLOCKS || p === null || mean.lower === null || mean.upper === null) {
    return { difference: mean.estimate, lower: null, upper: null, p: null, blocks };
  }
  return {
    difference: mean.estimate,
    lower: Math.max(-1, mean.lower),
    upper: Math.min(1, mean.upper),
    p: Math.min(1, p),
    blocks,
  };
}

/** Variance of one block's share, were its observations independent and all blocks alike. */
function sampling(shares: readonly Share[]): number {
  const n = shares.reduce((sum, share) => sum + share.n, 0);
  const share = (shares.reduce((sum, it) => sum + it.successes, 0) + 1) / (n + 2);
  return shares.reduce((sum, it) => sum + (share * (1 - share)) / it.n, 0) / Math.max(1, shares.length);
}
