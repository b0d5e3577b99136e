import { percent } from '../../core/percent.ts';
import type { ColdStartSample } from '../../runs/schema.ts';
import { median } from '../../statistics/median.ts';
import { hasColdStarts, type RunGate, worstOf } from '../run-evidence.ts';

const MOST = 0.05;
const LIMIT = percent(MOST, 0);

export const explained: RunGate = {
  id: 'explained',
  limit: LIMIT,
  hint: 'phases do not explain the total: totals stand, the breakdown does not',
  applies: hasColdStarts,
  judge: ({ byCell }) => {
    const timed = new Map([...byCell].map(([name, own]) => [name, own.filter((it) => it.verdict === 'ok')]));
    const worst = worstOf(timed, (own) => median(own.map(unexplainedShare)));
    if (worst === undefined) return { ok: null, measured: 'no right answer' };
    return {
      ok: worst.value <= MOST,
      measured: `median residual at most ${percent(worst.value)} (limit ${LIMIT}; ${worst.name})`,
    };
  },
};

/** The residual as a share of the total. A sample whose residual nobody knows is explained by nothing. */
export function unexplainedShare({ residualNs, totalNs }: ColdStartSample): number {
  return residualNs === null || !totalNs ? 1 : residualNs / totalNs;
}
