import { speaksAgainst } from '../../harness/judging/gates.ts';
import type { Verdict } from '../../harness/runs/schema.ts';
import { adjustedForMany } from '../../harness/statistics/benjamini-hochberg.ts';
import { FEWEST_BLOCKS, FEWEST_RANKED, type RatioEstimate } from '../../harness/statistics/ratio.ts';
import type { RunState } from './standing.ts';

/** How one row of a table of comparisons stands among all of them. */
export interface Standing {
  /** The estimate's p as one of all rows that have one (Benjamini–Hochberg); a verdict needs 0.05 or less. Or null. */
  readonly adjustedP: number | null;
  /** How many rows that are. */
  readonly comparedWith: number;
  /** Why there is no result, or null. */
  readonly note: string | null;
}

/** What is concluded from one row of a table of ratios. */
export interface Conclusion extends Standing {
  /**
   * `inconclusive` where the difference is not more than chance gives. `no result` where nothing can be concluded, for
   * `note`.
   */
  readonly verdict: 'faster' | 'slower' | 'inconclusive' | 'no result';
}

interface Row {
  readonly estimate: RatioEstimate | null;
  /** Why nothing is concluded from it whatever the estimate says, or null. */
  readonly note: string | null;
}

/** Of the verdicts of one table at most this share is expected to be false. */
export const LEVEL = 0.05;

/** Adds to each row of one table what is concluded from it. */
export function concluded<T extends Row>(rows: readonly T[]): (T & Conclusion)[] {
  const noted = rows.map((row) => ({ ...row, note: row.note ?? whyNoEstimate(row.estimate) }));
  return judgedTogether(noted).map((row) => ({ ...row, verdict: verdictOf(row) }));
}

/** Adjusts the p of all rows that nothing speaks against for being so many. */
export function judgedTogether<
  T extends { readonly estimate: { readonly p: number | null } | null; readonly note: string | null },
>(rows: readonly T[]): (T & Standing)[] {
  const adjusted = adjustedForMany(rows.map(({ estimate, note }) => (note === null ? (estimate?.p ?? null) : null)));
  const comparedWith = adjusted.filter((p) => p !== null).length;
  return rows.map((row, i) => ({ ...row, adjustedP: adjusted[i] ?? null, comparedWith }));
}

function verdictOf({ estimate, adjustedP, note }: Row & Standing): Conclusion['verdict'] {
  if (note !== null) return 'no result';
  if (estimate === null || adjustedP === null || adjustedP > LEVEL) return 'inconclusive';
  return estimate.ratio !== null && estimate.ratio < 1 ? 'faster' : 'slower';
}

function whyNoEstimate(estimate: RatioEstimate | null): string | null {
  if (estimate === null) return NOT_TOGETHER;
  if (estimate.method !== 'too-few') return null;
  if (estimate.blocks < FEWEST_BLOCKS) return tooFewWords(estimate.blocks);
  return `${deployments(estimate.blocks)} of each, with no answer in half of the tries of one; that needs ${FEWEST_RANKED}`;
}

export const NOT_TOGETHER = 'no deployment of one was measured next to one of the other';

export function tooFewWords(blocks: number): string {
  return `${deployments(blocks)} of each; how much they differ by themselves is known from ${FEWEST_BLOCKS} on`;
}

/** Why nothing at all is concluded from a run, or null: verdicts come from what was judged and passed. */
export function whyNothing(state: RunState, verdict: Verdict | null, isComparable: boolean): string | null {
  if (isComparable) return null;
  const against = (verdict?.gates ?? []).filter(speaksAgainst).map((gate) => gate.id);
  switch (state) {
    case 'unfinished':
      return 'the run was killed or still goes on, and was never judged';
    case 'incomplete':
      return 'the records of this run are not those that were judged';
    case 'interrupted':
      return 'the run was interrupted, and was never judged as a whole';
    case 'failed':
      return 'the run ended by a failure';
    case 'valid':
    case 'invalid':
      return `the run is not valid${against.length === 0 ? '' : `: ${against.join(', ')}`}`;
  }
}

function deployments(n: number): string {
  return n === 1 ? 'one deployment' : `${n} deployments`;
}
