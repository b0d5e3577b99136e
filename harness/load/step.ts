import type { Objective } from '../runs/schema.ts';

/**
 * Of the intervals by which a step is decided: it is looked at twice, and whoever looks twice errs more often. By Bonferroni
 * both looks together are wrong in at most 2.5 % on either side.
 */
export const STEP_CONFIDENCE = 0.975;
/** A step goes on until it is decided, up to this many times the length of one measurement. */
export const LONGEST_STEP = 4;
/** Shorter ones are mostly their own beginning. */
const SHORTEST_MS = 5_000;

type Judged = Pick<Objective, 'verdict'> & {
  readonly limits: readonly Pick<Objective['limits'][number], 'verdict' | 'needed' | 'n' | 'missed'>[];
};

/**
 * For how long a step that was measured once has to go on until its objective is decided: 0 where it is, and where four
 * times as many requests cannot decide it.
 */
export function extensionMs({ verdict, limits }: Judged, ratePerSecond: number, durationMs: number): number {
  if (verdict !== 'undecided' || isHopeless({ verdict, limits })) return 0;
  const open = limits.filter((limit) => limit.verdict === 'undecided');
  const most = (LONGEST_STEP - 1) * durationMs;
  const wanted = open.map(({ needed, n }) => (needed === null ? most : (1000 * (1.2 * needed - n)) / ratePerSecond));
  const seconds = Math.ceil(Math.max(SHORTEST_MS, ...wanted) / 1000);
  return Math.min(most, seconds * 1000);
}

/**
 * Whether even four times as many requests, all of them in time, would be too few to tell. Fewer a second are, too. Where
 * another limit is broken the objective is decided, and lower rates are still to be tried.
 */
export function isHopeless({ verdict: whole, limits }: Judged): boolean {
  if (whole !== 'undecided') return false;
  return limits.some(
    ({ verdict, missed, needed, n }) => verdict === 'undecided' && missed === 0 && (needed ?? 0) > LONGEST_STEP * n,
  );
}
