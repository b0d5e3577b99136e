import type { LoadGate } from '../gate-evidence.ts';
import { ms } from '../ms.ts';

const MOST_NS = 200e6;
const LIMIT = `${MOST_NS / 1e6} ms`;

export const readerAwake: LoadGate = {
  id: 'reader-awake',
  limit: LIMIT,
  hint: 'whoever reads the samples must keep up, or the generator waits for it',
  bindsAtLimit: true,
  judge: ({ result: { eventLoopDelayNs } }) => ({
    ok: eventLoopDelayNs <= MOST_NS,
    measured: `p99 of the event loop's delay ${ms(eventLoopDelayNs)} (limit ${LIMIT})`,
  }),
};
