import { percent } from '../../core/percent.ts';
import type { LoadGate } from '../gate-evidence.ts';
import { generatorsAmong, worstMachine } from '../worst-machine.ts';

const MOST = 0.8;
const LIMIT = percent(MOST, 0);

export const generatorCpu: LoadGate = {
  id: 'generator-cpu',
  limit: LIMIT,
  hint: 'a busy generator measures itself: lower the rate, or give it more processors',
  judge: ({ result, machines }) => {
    const generators = generatorsAmong(machines);
    // Shares are in the order of their machines.
    const cpuOf = (index: number): number | null =>
      result.shares === undefined ? result.generatorCpuNs : (result.shares[index]?.cpuNs ?? null);
    const cores = generators[0]?.after.cores.length ?? 0;
    return worstMachine({
      machines: generators,
      measure: ({ after }, index) => {
        const cpuNs = cpuOf(index);
        return cpuNs === null ? null : cpuNs / result.durationNs / after.cores.length;
      },
      most: MOST,
      words: (value) => `the generator took ${percent(value)} of ${cores} processors (limit ${LIMIT})`,
    });
  },
};
