import { percent } from '../../core/percent.ts';
import type { ColdStartSample } from '../../runs/schema.ts';
import { hasColdStarts, type RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

const MOST = 0.05;
const LIMIT = `${percent(MOST, 0)} of each cell and platform, or one`;

/** One of a cell's samples may be lost whatever its size; of a platform's, and of a large cell's, 5 %. */
export const clockSteady: RunGate = {
  id: 'clock-steady',
  limit: LIMIT,
  hint: 'edges come from two clocks; let time synchronisation settle before measuring',
  mustLook: true,
  applies: hasColdStarts,
  judge: ({ coldStarts, byCell }) => {
    const groups = new Map([...Map.groupBy(coldStarts, (it) => it.platform), ...byCell]);
    const tooMany = [...groups].filter(([, own]) => lostOf(own) > Math.max(1, own.length * MOST));
    const where = tooMany.map(([name, own]) => `${name}: ${lostOf(own)} of ${own.length}`);
    const lost = `${lostOf(coldStarts)} of ${coldStarts.length} windows with a clock step above 100 µs (limit ${LIMIT})`;
    return {
      ok: coldStarts.length === 0 ? null : tooMany.length === 0,
      measured: `${lost}${where.length === 0 ? '' : `; ${some(where)}`}`,
    };
  },
};

function lostOf(own: readonly ColdStartSample[]): number {
  return own.filter((sample) => sample.verdict === 'invalid').length;
}
