import { percent } from '../../core/percent.ts';
import { DRIFT_LIMIT } from '../../statistics/steadiness.ts';
import type { LoadEvidence, LoadGate } from '../gate-evidence.ts';
import type { Reduced } from '../steady.ts';

export const steady: LoadGate = {
  id: 'steady',
  limit: DRIFT_LIMIT,
  hint: 'a figure for something that keeps changing depends on when one looks; measure longer, or find out why',
  notCalibrated: 'brief',
  judge: (evidence) => {
    const isAsked = evidence.result.planned !== null && evidence.isRamp !== true;
    return { ok: isAsked ? evidence.reduced.steady.fromSecond !== null : null, measured: wordsFor(evidence) };
  },
};

function wordsFor({ isRamp = false, reduced: { steady: it } }: LoadEvidence): string {
  if (isRamp) return 'the rate changes on purpose';
  if (it.fromSecond === null) return `${it.reason ?? 'no steady state'}${unseen(it)}`;
  return `its last third is ${change(it.drift ?? 0)} the first (limit ${DRIFT_LIMIT})${unseen(it)}`;
}

function change(drift: number): string {
  return drift === 0 ? 'as' : `${percent(Math.abs(drift))} ${drift > 0 ? 'above' : 'below'}`;
}

/** What could not have been told from chance. */
function unseen({ smallestDrift }: Reduced['steady']): string {
  if (smallestDrift === null) return '';
  return `; less than about ${percent(smallestDrift)} more or less from beginning to end might not have been seen`;
}
