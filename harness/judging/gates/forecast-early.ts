import { percent } from '../../core/percent.ts';
import type { DensitySample, RunRecord } from '../../runs/schema.ts';
import { lastDensities } from '../places.ts';
import type { RunGate } from '../run-evidence.ts';

const MOST = 0.2;
const LIMIT = percent(MOST, 0);

/** The end of the story is known later; by then a forecast must long have been made. */
export const forecastEarly: RunGate = {
  id: 'forecast-early',
  limit: LIMIT,
  hint: 'a forecast that waits until the machine is nearly full shows nothing',
  scope: 'measurement',
  leavesOut: { kind: 'density', what: 'density' },
  applies: ({ records }) => filledIn(records).length > 0,
  judge: ({ records }) => {
    const latest = Math.max(...filledIn(records).map((it) => it.basedOn / Math.max(1, it.truth ?? 0)));
    return {
      ok: latest <= MOST,
      measured: `made when at most ${percent(latest)} of the functions were there (limit ${LIMIT})`,
    };
  },
};

/** An edition's limit says nothing about when the machine would have been full. */
function filledIn(records: readonly RunRecord[]): readonly DensitySample[] {
  return lastDensities(records).filter((record) => record.truth !== null && record.editionLimit === null);
}
