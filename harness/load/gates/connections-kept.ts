import { percent } from '../../core/percent.ts';
import type { LoadGate } from '../gate-evidence.ts';

const SHARE_OF_REQUESTS = 0.01;
const LIMIT = `${percent(SHARE_OF_REQUESTS, 0)} of requests more`;

/** Every virtual user opens one connection; more means that somebody closes them. */
export const connectionsKept: LoadGate = {
  id: 'connections-kept',
  limit: LIMIT,
  hint: 'the server closes connections, so that latencies are partly those of connecting; repeated requests may hide behind it',
  judge: ({ result }) => {
    const users = result.expectedConnections;
    if (users === null) return { ok: null, measured: 'not looked at' };
    const extra = Math.max(0, result.connections - users);
    return {
      ok: extra <= Math.max(1, SHARE_OF_REQUESTS * result.sent),
      measured: `${result.connections} opened for ${users} connections at once (limit ${LIMIT})`,
    };
  },
};
