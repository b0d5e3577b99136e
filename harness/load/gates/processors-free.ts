import { percent } from '../../core/percent.ts';
import type { LoadGate } from '../gate-evidence.ts';
import { generatorsAmong, worstMachine } from '../worst-machine.ts';

const MOST = 0.9;
const LIMIT = percent(MOST, 0);

export const processorsFree: LoadGate = {
  id: 'processors-free',
  limit: LIMIT,
  hint: 'generator and target waited for processors: this is what the machine can do, not what they need',
  // Whoever cannot see it does not know whether the generator was short of processors.
  mustLook: true,
  judge: ({ machines }) =>
    worstMachine({
      machines: generatorsAmong(machines),
      measure: ({ before, after }) => {
        const shares = after.cores.map((core, i) => {
          const total = core.total - (before.cores[i]?.total ?? 0);
          return total <= 0 ? 0 : (core.busy - (before.cores[i]?.busy ?? 0)) / total;
        });
        return shares.length === 0 ? null : Math.max(...shares);
      },
      most: MOST,
      words: (value) => `the busiest processor was busy for ${percent(value)} of the time (limit ${LIMIT})`,
    }),
};
