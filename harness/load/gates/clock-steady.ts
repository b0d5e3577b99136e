import type { LoadGate } from '../gate-evidence.ts';
import { ms } from '../ms.ts';

const MOST_NS = 1e6;
const LIMIT = `${MOST_NS / 1e6} ms`;

/** In a verdict it must have looked, as that of cold starts, which has the same name. */
export const clockSteady: LoadGate = {
  id: 'clock-steady',
  limit: LIMIT,
  hint: 'the generator takes its times from it: let time synchronisation settle before measuring',
  bindsAtLimit: true,
  judge: ({ clockDriftNs }) => {
    if (clockDriftNs === null) return { ok: null, measured: 'not looked at' };
    const movedNs = Math.abs(clockDriftNs);
    return { ok: movedNs <= MOST_NS, measured: `the wall clock moved by ${ms(movedNs)} (limit ${LIMIT})` };
  },
};
