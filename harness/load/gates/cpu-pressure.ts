import { percent } from '../../core/percent.ts';
import type { LoadGate } from '../gate-evidence.ts';
import { generatorsAmong, worstMachine } from '../worst-machine.ts';

const MOST = 0.5;
const LIMIT = percent(MOST, 0);

export const cpuPressure: LoadGate = {
  id: 'cpu-pressure',
  limit: LIMIT,
  hint: 'something else ran, or the load is more than the machine can do without queues',
  judge: ({ machines }) =>
    worstMachine({
      machines: generatorsAmong(machines),
      measure: ({ before, after }) => {
        if (before.cpuPressureUs === null || after.cpuPressureUs === null) return null;
        return (after.cpuPressureUs - before.cpuPressureUs) / ((after.atNs - before.atNs) / 1000);
      },
      most: MOST,
      words: (value) => `somebody waited for a processor for ${percent(value)} of the time (limit ${LIMIT})`,
      unknown: 'the kernel has no PSI',
    }),
};
