import type { LoadGate } from '../gate-evidence.ts';
import { ms } from '../ms.ts';

/** The start is known to within a millisecond, and the wall clock may move by as much (`clock-steady`). */
const EARLY_NS = 1e6;
const LIMIT = ms(EARLY_NS);

export const notEarly: LoadGate = {
  id: 'not-early',
  limit: LIMIT,
  hint: 'no generator sends before its time: that it seems so means that requests are due at other times than we think, so that latencies are wrong by as much; npm run calibrate tries the schedule of the k6 in use',
  bindsAtLimit: true,
  judge: ({ result: { earlyNs } }) => {
    if (earlyNs === null) return { ok: null, measured: 'closed loop' };
    return { ok: earlyNs <= EARLY_NS, measured: `at most ${ms(earlyNs)} before a request was due (limit ${LIMIT})` };
  },
};
