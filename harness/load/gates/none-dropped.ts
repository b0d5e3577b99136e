import type { LoadGate } from '../gate-evidence.ts';

export const noneDropped: LoadGate = {
  id: 'none-dropped',
  limit: null,
  hint: 'an open loop that leaves requests out hides the slowest moments: the rate is more than generator or target can do',
  // Whoever cannot see it does not know what load was put on.
  mustLook: true,
  judge: ({ result }) => {
    const missing = result.planned === null ? 0 : Math.max(0, result.planned - result.sent - result.dropped);
    return {
      // k6 plans one request more or less at the very end.
      ok: result.planned === null ? null : result.dropped === 0 && missing <= 1,
      measured: `${result.dropped} of ${result.planned ?? result.sent} requests were not sent for want of a virtual user, ${missing} for other reasons`,
    };
  },
};
