import { rankSumCounts } from './hodges-lehmann.ts';
import { normalSurvival } from './normal.ts';
import { ascending } from './quantile.ts';

export interface MannWhitney {
  /** In how many pairs the first sample's value is the larger one; a tie counts one half. Half of all pairs when alike. */
  readonly u: number;
  /** Two-sided: how probable a `u` as far from that or farther is, if the distributions are the same. */
  readonly p: number;
}

/** Up to this many values on either side, p is exact where there are no ties. */
const EXACT = 20;

/**
 * Is one of two independent samples larger than the other? Null when either is empty. Infinity is allowed and stands for
 * "never happened".
 * Method: Mann & Whitney, Annals of Mathematical Statistics 18(1), 1947; exact up to 20 and 20 values without ties,
 * otherwise the normal approximation with corrections for ties and continuity (Hollander, Wolfe & Chicken,
 * "Nonparametric Statistical Methods", 3rd ed. (2014), §4.1).
 *
 * @throws RangeError for NaN
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): MannWhitney | null {
  const [m, n] = [first.length, second.length];
  if (m === 0 || n === 0) return null;
  const ranks = midRanks([...first, ...second]);
  const rankSum = first.reduce((sum, value) => sum + (ranks.get(value)?.rank ?? 0), 0);
  const u = rankSum - (m * (m + 1)) / 2;
  const ties = [...ranks.values()].map((group) => group.count);
  const exact = m <= EXACT && n <= EXACT && ties.every((count) => count === 1);
  return { u, p: exact ? exactP(u, m, n) : approximateP(u, m, n, ties) };
}

/** The mean rank, from 1, of each value, and how often it occurs. */
function midRanks(values: readonly number[]): Map<number, { rank: number; count: number }> {
  const groups = new Map<number, { rank: number; count: number }>();
  for (const [i, value] of ascending(values).entries()) {
    const group = groups.get(value) ?? { rank: i + 0.5, count: 0 };
    groups.set(value, { rank: group.rank + 0.5, count: group.count + 1 });
  }
  return groups;
}

function exactP(u: number, m: number, n: number): number {
  const counts = rankSumCounts(m, n);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const tail = counts.slice(0, Math.min(u, m * n - u) + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * tail) / total);
}

function approximateP(u: number, m: number, n: number, ties: readonly number[]): number {
  const all = m + n;
  const tied = ties.reduce((sum, count) => sum + count ** 3 - count, 0) / (all * (all - 1));
  const variance = ((m * n) / 12) * (all + 1 - tied);
  const distance = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5);
  return variance > 0 ? Math.min(1, 2 * normalSurvival(distance / Math.sqrt(variance))) : 1;
}
