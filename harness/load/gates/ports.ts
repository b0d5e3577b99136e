import type { LoadGate } from '../gate-evidence.ts';

/** k6's error codes 1200…1299 are those of dialling; 1212 and the like "cannot assign requested address". */
const DIALLING = /k6 error 12(0|1)\d/;

export const ports: LoadGate = {
  id: 'ports',
  limit: null,
  hint: 'the generator has run out of ports, or the target accepts no more: latencies of what did connect flatter it',
  judge: ({ result }) => {
    const dial = result.requests.filter((it) => it.error !== null && DIALLING.test(it.error)).length;
    return { ok: dial === 0, measured: `${dial} requests could not connect` };
  },
};
