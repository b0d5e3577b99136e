import type { CalibrationFigure, CalibrationRow } from '../runs/schema.ts';
import type { Histogram } from '../statistics/histogram.ts';
import { quantileIntervalIndices } from '../statistics/quantile.ts';
import type { LoadPlan, LoadResult } from './load.ts';
import { dueTimes, type OpenArrivals } from './schedule.ts';
import { histogramsOf } from './steady.ts';
import type { TruthEntry, TruthLog } from './truth.ts';

/** A generator's result beside the server's own log of these very requests. */
export type Comparison = Pick<
  CalibrationRow,
  'received' | 'repeated' | 'missing' | 'cut' | 'recorded' | 'figures' | 'arrivalLagNs'
>;

const QUANTILES = [0.5, 0.9, 0.99];
const RELATIVE = 0.02;
const FLOOR_NS = 1e6;
const NEVER_NS = 3600e9;

/** Joins both views by the requests' ids; figures are of those that were due after the warm-up. */
export function compare(
  plan: Pick<LoadPlan, 'id' | 'warmUpMs'>,
  arrivals: OpenArrivals,
  result: LoadResult,
  log: TruthLog,
): Comparison {
  const requests = entriesByNumber(plan.id, log);
  const startNs = BigInt(result.startedRealtimeNs);
  const planned = dueTimes(arrivals);
  const sinceStart = (atNs: bigint): number => Number(atNs - startNs);
  const truth: number[] = [];
  const lags: number[] = [];
  for (const [number, entries] of requests) {
    if (planned(number) < plan.warmUpMs * 1e6) continue;
    const last = entries.at(-1);
    const first = entries[0];
    if (first !== undefined) lags.push(sinceStart(first.arrivedNs) - planned(number));
    if (last !== undefined && last.outcome !== 'waiting') truth.push(sinceStart(last.endedNs) - planned(number));
  }
  const { intended: measured } = histogramsOf(result.seconds.filter((it) => !it.warmUp));
  const sorted = Float64Array.from(truth).sort();
  const known = [...requests.values()];
  return {
    received: log.entries.length,
    repeated: known.filter((entries) => entries.length > 1).length,
    missing: Math.max(0, result.sent - requests.size),
    cut: log.entries.filter((it) => it.outcome === 'cut').length,
    recorded: histogramsOf(result.seconds).intended.count,
    figures: QUANTILES.flatMap((quantile) => figure(quantile, sorted, measured)),
    arrivalLagNs: atRank(Float64Array.from(lags).sort(), 0.99) ?? null,
  };
}

/** Of each request of this plan what the server saw, in the order of arrival. */
function entriesByNumber(id: string, log: TruthLog): ReadonlyMap<number, readonly TruthEntry[]> {
  return Map.groupBy(
    log.entries.filter((it) => it.id.startsWith(`${id}-`)),
    (it) => Number(it.id.slice(id.length + 1)),
  );
}

function figure(quantile: number, truth: Float64Array, measured: Histogram): CalibrationFigure[] {
  const truthNs = atRank(truth, quantile);
  // Far beyond every truth, so that it is never within.
  const measuredNs = measured.isNever(quantile) ? NEVER_NS : measured.quantile(quantile);
  if (truthNs === undefined || measuredNs === null) return [];
  const error = Math.abs(measuredNs - truthNs);
  // Fewer requests than give the quantile an interval with two ends (6, 29 and 368 of them) prove nothing about it.
  const { lower, upper } = quantileIntervalIndices(truth.length, quantile);
  const enough = lower !== null && upper !== null;
  return [{ quantile, truthNs, measuredNs, within: enough ? error <= Math.max(RELATIVE * truthNs, FLOOR_NS) : null }];
}

/** The value of rank ⌈p·n⌉, as the histograms have it. */
function atRank(sorted: Float64Array, p: number): number | undefined {
  return sorted[Math.max(1, Math.ceil(p * sorted.length * (1 - 2 * Number.EPSILON))) - 1];
}
