import type { LoadGate } from '../gate-evidence.ts';
import type { LoadResult } from '../load.ts';

export const allCounted: LoadGate = {
  id: 'all-counted',
  limit: null,
  hint: 'a client that repeats requests by itself, or loses some, measures something else than it says',
  bindsAtLimit: true,
  judge: ({ result, received }) => {
    const recorded = result.ok + result.failed;
    // A closed loop ends in the middle of its last requests.
    const underWay = result.planned === null ? result.connections : 0;
    const surplus = received === null ? 0 : received - result.sent;
    const right = recorded === result.sent && surplus >= 0 && surplus <= underWay;
    const seen = received === null ? 'nobody else counted' : `${received} seen on the other side`;
    // Requests without any answer may never have reached anybody, and a gateway counts only those that it forwards.
    const lost = received !== null && received < result.sent && result.sent - received <= notForwarded(result);
    return {
      ok: received === null && right ? null : right || lost,
      measured: `${result.sent} sent, ${seen}, ${recorded} recorded`,
    };
  },
};

function notForwarded({ requests, failedNotKept }: LoadResult): number {
  return requests.filter((it) => !it.ok && (it.status === 0 || it.origin === 'gateway')).length + failedNotKept;
}
