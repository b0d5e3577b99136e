import type { LoadGate } from '../gate-evidence.ts';
import { ms } from '../ms.ts';

/** A tenth of the seconds by which everything is kept: those of all generators are then the same ones. */
const TOGETHER_NS = 100e6;
const LIMIT = ms(TOGETHER_NS);

export const together: LoadGate = {
  id: 'together',
  limit: LIMIT,
  hint: 'for a while only some of the load was put on; a generator may be short of processor time, or far away',
  bindsAtLimit: true,
  applies: ({ result }) => result.shares !== undefined,
  judge: ({ result: { shares = [] } }) => {
    const spread = Math.max(...shares.map((it) => it.startedNs + it.boundNs));
    return {
      ok: spread <= TOGETHER_NS,
      measured: `${shares.length} generators began within ${ms(spread)} of each other, clocks considered (limit ${LIMIT})`,
    };
  },
};
