import { percent } from '../../core/percent.ts';
import type { LoadGate } from '../gate-evidence.ts';
import { ms } from '../ms.ts';

const LAG_SHARE = 0.05;
/** k6 waits in whole milliseconds (Go's timers do), so that on an idle machine its p99 is 1.0…1.2 ms. */
const LAG_FLOOR_NS = 2e6;
const LIMIT = `${LAG_FLOOR_NS / 1e6} ms or ${percent(LAG_SHARE, 0)} of the median`;

export const onTime: LoadGate = {
  id: 'on-time',
  limit: LIMIT,
  hint: 'requests were sent late: the generator was short of processor time, so latencies are partly its own',
  // Whoever cannot see it does not know what load was put on.
  mustLook: true,
  judge: ({ result, reduced }) => {
    const lag = reduced.lag.quantile(0.99);
    const typical = reduced.service.quantile(0.5);
    const limitNs = Math.max(LAG_FLOOR_NS, LAG_SHARE * (typical ?? 0));
    if (result.planned === null || lag === null) return { ok: null, measured: 'closed loop' };
    return { ok: lag <= limitNs, measured: `p99 of the lag ${ms(lag)} (limit ${ms(limitNs)}: ${LIMIT})` };
  },
};
