import { percent } from '../../core/percent.ts';
import type { LoadGate } from '../gate-evidence.ts';

const MOST = 0.02;
const LIMIT = percent(MOST, 0);

export const arrivals: LoadGate = {
  id: 'arrivals',
  limit: LIMIT,
  hint: 'the generator stood still for a while: then it is not the planned load that was measured',
  judge: ({ result: { arrivalsD } }) => {
    if (arrivalsD === null) return { ok: null, measured: 'closed loop' };
    const measured = `at most ${percent(arrivalsD)} from the plan by Kolmogorov and Smirnov (limit ${LIMIT})`;
    return { ok: arrivalsD <= MOST, measured };
  },
};
