import type { QueueGate } from '../gate-evidence.ts';

const LIMIT = '0';

/** Of refused requests beyond those that are kept nobody knows the numbers, so that their callbacks could hide losses. */
export const refusalsKnown: QueueGate = {
  id: 'refusals-known',
  limit: LIMIT,
  hint: 'Which callbacks belong to accepted requests cannot be told: ask for a lower --rate.',
  judge: ({ failedNotKept }) => ({
    ok: failedNotKept === 0,
    measured: `${failedNotKept} refused requests are counted and not known one by one (limit ${LIMIT})`,
  }),
};
