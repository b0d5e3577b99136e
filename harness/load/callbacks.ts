import { emptyHistogram } from '../statistics/histogram.ts';
import type { LoadPlan, LoadResult } from './load.ts';
import { dueTimes, type OpenArrivals } from './schedule.ts';
import type { TruthEntry } from './truth.ts';

interface Callbacks {
  /** Accepted ones whose callback came, and accepted ones whose callback did not. */
  readonly calledBack: number;
  readonly lost: number;
  /** Callbacks of requests that were not accepted: they make up for no loss. */
  readonly unaccepted: number;
  readonly repeated: number;
  readonly callbacksPerSecond: number;
  /** Of accepted ones, time when the request should have been sent → its callback came, a lost one never; encoded. */
  readonly callback: string;
}

/**
 * Sets callbacks beside the requests that they belong to, by name. Both clocks are the same: generator and receiver run on
 * one machine.
 *
 * @param accepted requests after the warm-up that were answered with 202
 */
export function joinCallbacks(
  plan: Pick<LoadPlan, 'id' | 'warmUpMs'> & { readonly arrivals: OpenArrivals },
  result: Pick<LoadResult, 'startedRealtimeNs' | 'requests'>,
  entries: readonly TruthEntry[],
  accepted: number,
): Callbacks {
  const startedNs = BigInt(result.startedRealtimeNs);
  const dueNs = dueTimes(plan.arrivals);
  const refused = new Set(result.requests.filter((it) => !it.ok).map((it) => it.request));
  const first = new Map<number, bigint>();
  let repeated = 0;
  for (const { id, arrivedNs } of entries) {
    const number = numberOf(id, plan.id);
    if (number === undefined || dueNs(number) < plan.warmUpMs * 1e6) continue;
    if (first.has(number)) repeated += 1;
    else first.set(number, arrivedNs);
  }
  const ours = [...first].filter(([number]) => !refused.has(number));
  const lost = Math.max(0, accepted - ours.length);
  const latencies = emptyHistogram();
  latencies.record(Number.POSITIVE_INFINITY, lost);
  for (const [number, arrivedNs] of ours) {
    latencies.record(Math.max(0, Number(arrivedNs - startedNs) - dueNs(number)));
  }
  return {
    calledBack: ours.length,
    lost,
    unaccepted: first.size - ours.length,
    repeated,
    callbacksPerSecond: rateOf([...first.values()]),
    callback: latencies.encode(),
  };
}

/** `<plan>-<number>`; undefined for what is not of this plan. */
function numberOf(id: string, plan: string): number | undefined {
  const number = id.startsWith(`${plan}-`) ? Number(id.slice(plan.length + 1)) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Between the first and the last of them. */
function rateOf(moments: readonly bigint[]): number {
  const sorted = moments.toSorted((a, b) => (a < b ? -1 : 1));
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined || last === first) return 0;
  return (sorted.length - 1) / (Number(last - first) / 1e9);
}
