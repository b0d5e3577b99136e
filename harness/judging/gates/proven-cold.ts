import { percent } from '../../core/percent.ts';
import { hasColdStarts, type RunGate, worstOf } from '../run-evidence.ts';

const MOST = 0.05;
const LIMIT = percent(MOST, 0);

export const provenCold: RunGate = {
  id: 'proven-cold',
  limit: LIMIT,
  hint: 'samples without proof are left out of the numbers; many of them mean that the level does not work here',
  mustLook: true,
  applies: hasColdStarts,
  judge: ({ byCell }) => {
    const worst = worstOf(byCell, (own) => own.filter((it) => it.verdict === 'not-cold').length / own.length);
    if (worst === undefined) return { ok: null, measured: 'no sample' };
    return {
      ok: worst.value <= MOST,
      measured: `at most ${percent(worst.value)} not proven cold (limit ${LIMIT}; ${worst.name})`,
    };
  },
};
