import { emptyHistogram } from '../statistics/histogram.ts';
import type { LoadPlan, LoadResult } from './load.ts';
import { dueTimes, type OpenArrivals } from './schedule.ts';
import type { TruthEntry } from './truth.ts';

interface Callbacks {
  readonly calledBack: number;
  readonly lost: number;
  readonly repeated: number;
  readonly callbacksPerSecond: number;
  /** Time when the request should have been sent → its callback came; encoded. */
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
  result: Pick<LoadResult, 'startedRealtimeNs'>,
  entries: readonly TruthEntry[],
  accepted: number,
): Callbacks {
  const startedNs = BigInt(result.startedRealtimeNs);
  const dueNs = dueTimes(plan.arrivals);
  const first = new Map<number, bigint>();
  let repeated = 0;
  for (const { id, arrivedNs } of entries) {
    const number = numberOf(id, plan.id);
    if (number === undefined || dueNs(number) < plan.warmUpMs * 1e6) continue;
    if (first.has(number)) repeated += 1;
    else first.set(number, arrivedNs);
  }
  const latencies = emptyHistogram();
  for (const [number, arrivedNs] of first) {
    latencies.record(Math.max(0, Number(arrivedNs - startedNs) - dueNs(number)));
  }
  return {
    calledBack: first.size,
    lost: Math.max(0, accepted - first.size),
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
