import { percent } from '../../core/percent.ts';
import { shareOfTime } from '../counters.ts';
import type { LoadGate } from '../gate-evidence.ts';
import { worstMachine } from '../worst-machine.ts';

/**
 * A request is late when its processor is away at the moment when it is due, and again when it is when the answer comes: from
 * half a percent on that is one request in a hundred, and p99 is made of those.
 */
const MOST = 0.005;
const LIMIT = percent(MOST);

export const steal: LoadGate = {
  id: 'steal',
  limit: LIMIT,
  hint: 'a busy hypervisor: run again at another time',
  bindsAtLimit: true,
  judge: ({ machines }) =>
    worstMachine({
      machines,
      measure: ({ before, after }) => shareOfTime(before, after, 'steal'),
      most: MOST,
      words: (value) => `${percent(value, 2)} of processor time (limit ${LIMIT})`,
    }),
};
