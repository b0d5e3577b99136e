import { autocorrelation } from '../statistics/autocorrelation.ts';
import { decodeHistogram, emptyHistogram, type Histogram } from '../statistics/histogram.ts';
import { steadiness, unsettled } from '../statistics/steadiness.ts';
import type { LoadPlan, LoadResult, LoadSecond } from './load.ts';

/** A measurement: everything that was due after its warm-up, and what the warm-up was, apart. */
export interface Reduced {
  readonly steady: {
    /** The first second after the warm-up; null: not steady, for `reason`. The histograms are the same either way. */
    readonly fromSecond: number | null;
    readonly reason: string | null;
    /** Median of the last third of the seconds' medians beside that of the first, as a share: 0.1 is 10 % more. */
    readonly drift: number | null;
    /** About the smallest growth from beginning to end that would have been seen in 95 of 100 cases, as a share. */
    readonly smallestDrift: number | null;
    readonly autocorrelation: number | null;
  };
  readonly warmUp: WarmUp;
  /** Of requests that were due after the warm-up. */
  readonly counts: Pick<LoadResult, 'planned' | 'sent' | 'ok' | 'failed' | 'dropped'>;
  /** All of them after the warm-up, in order. */
  readonly seconds: readonly LoadSecond[];
  readonly intended: Histogram;
  readonly service: Histogram;
  readonly lag: Histogram;
  /** Right answers that came in each second of the plan after the warm-up, those without any among them; no more than were due. */
  readonly throughputPerSecond: number;
}

/** What was sent before the measurement, at the same rate: no result, but looked at. */
interface WarmUp {
  readonly durationMs: number;
  readonly sent: number;
  readonly failed: number;
  readonly dropped: number;
  /** Intended latency; in a closed loop service latency. */
  readonly latency: Histogram;
  /** Null: nobody asks, as there was none or the load changes. */
  readonly ended: boolean | null;
  readonly words: string;
}

/**
 * Sets the warm-up apart, which was announced before: nothing is left out because of how it looks.
 *
 * Of seconds by the end of their requests one that got no answer has no median and is passed over; that it had none is in
 * its requests' latencies, whenever they come.
 */
export function reducedOf(result: LoadResult, plan: Pick<LoadPlan, 'arrivals' | 'warmUpMs'>): Reduced {
  const { arrivals, warmUpMs } = plan;
  const begin = Math.floor(warmUpMs / 1000);
  const end = Math.floor((warmUpMs + arrivals.durationMs) / 1000);
  const measured = result.seconds.filter((it) => !it.warmUp);
  // What ended after the plan's last second are stragglers: in the figures, but no second of their own.
  const whole = measured.filter((it) => it.second < end);
  const series = whole.flatMap((it) => it.p50Ns ?? []);
  // By when they came, whenever they were due: the warm-up's last answers stand for those that come after the end. No more
  // than were due, or a stall in the warm-up would raise it.
  const came = result.seconds.filter((it) => it.second >= begin && it.second < end);
  const counts = countsAfterWarmUp(result);
  const answers = Math.min(
    counts.ok,
    came.reduce((sum, it) => sum + it.ok, 0),
  );
  return {
    steady: neverAtAnEnd(result.seconds, begin, end) ?? steadyOf(series, warmUpMs / 1000),
    warmUp: warmUpOf(result, plan, series),
    counts,
    ...histogramsOf(measured),
    seconds: measured,
    throughputPerSecond: (answers * 1000) / arrivals.durationMs,
  };
}

/** A stall may last as long. */
const STALL_SECONDS = 3;

/**
 * Seconds of which half or more failed, or in which nothing came for longer than a stall, have a median of never: passed
 * over one by one, but no end may consist of them.
 *
 * @param begin first second of the measurement
 * @param end the one after its last
 */
function neverAtAnEnd(seconds: readonly LoadSecond[], begin: number, end: number): Reduced['steady'] | null {
  const third = Math.ceil((end - begin) / 3);
  const answered = new Set(seconds.map((it) => it.second));
  const neverFrom = (from: number) => {
    const part = seconds.filter((it) => !it.warmUp && it.second >= from && it.second < from + third);
    const failing = part.filter((it) => it.p50Ns === null && it.failed > 0).length;
    const silent = Array.from({ length: third }, (_, i) => from + i).filter((it) => !answered.has(it)).length;
    return failing + (silent > STALL_SECONDS ? silent : 0);
  };
  const counts = [begin, end - third].map(neverFrom);
  if (third === 0 || counts.every((never) => never * 2 < third)) return null;
  const [first, last] = counts;
  const reason = `no steady state: half of the requests or more failed, or none was answered, in ${first} of the first ${third} seconds and in ${last} of the last`;
  return { fromSecond: null, reason, drift: null, smallestDrift: null, autocorrelation: null };
}

function countsAfterWarmUp({ planned, sent, ok, failed, dropped, warmUp }: LoadResult): Reduced['counts'] {
  return {
    planned: planned === null ? null : planned - warmUp.planned,
    sent: sent - warmUp.ok - warmUp.failed,
    ok: ok - warmUp.ok,
    failed: failed - warmUp.failed,
    dropped: dropped - warmUp.dropped,
  };
}

function steadyOf(series: readonly number[], fromSecond: number): Reduced['steady'] {
  const { steady, reason, drift = null, smallestDrift = null } = steadiness(series);
  const seen = { drift, smallestDrift: smallestDrift === Number.POSITIVE_INFINITY ? null : smallestDrift };
  return {
    ...(steady ? { fromSecond, reason: null } : { fromSecond: null, reason: `no steady state: ${inSeconds(reason)}` }),
    ...seen,
    autocorrelation: autocorrelation(series)?.r ?? null,
  };
}

/** A value is a second here. */
function inSeconds(reason: string): string {
  return reason
    .replace(' values so unlike each other', ' seconds with medians so unlike each other')
    .replace(' values are too few', ' whole seconds with answers are too few');
}

/** Connections that are opened later than in the warm-up may be so many of the requests. */
const CONNECTING_SHARE = 0.01;

function warmUpOf(
  result: LoadResult,
  { arrivals, warmUpMs }: Pick<LoadPlan, 'arrivals' | 'warmUpMs'>,
  series: readonly number[],
): WarmUp {
  const { warmUp, connections } = result;
  const seconds = result.seconds.filter((it) => it.warmUp);
  const { intended, service } = histogramsOf(seconds);
  const shown = {
    durationMs: warmUpMs,
    sent: warmUp.ok + warmUp.failed,
    failed: warmUp.failed,
    dropped: warmUp.dropped,
    latency: arrivals.kind === 'closed' ? service : intended,
  };
  if (arrivals.kind !== 'constant') return { ...shown, ended: null, words: 'not asked of a load of this kind' };
  const length = warmUpMs === 0 ? 'there was no warm-up' : `warm-up of ${warmUpMs / 1000} s`;
  const later = Math.min(connections, result.expectedConnections ?? connections) - warmUp.connections;
  const measured = result.sent - shown.sent;
  if (later > Math.max(1, CONNECTING_SHARE * measured)) {
    return {
      ...shown,
      ended: false,
      words: `${length}: ${later} of ${measured} requests after it opened a connection`,
    };
  }
  const apart = unsettled(series);
  if (apart === null) return { ...shown, ended: warmUpMs === 0 ? null : true, words: length };
  const share = `${Math.abs(100 * apart).toFixed(0)} % ${apart > 0 ? 'above' : 'below'}`;
  return { ...shown, ended: false, words: `${length} had not ended: the 5 s after it lie ${share} the last third` };
}

/** Of all that these seconds hold. */
export function histogramsOf(seconds: readonly LoadSecond[]): Pick<Reduced, 'intended' | 'service' | 'lag'> {
  return {
    intended: merged(seconds.map((it) => it.intended)),
    service: merged(seconds.map((it) => it.service)),
    lag: merged(seconds.map((it) => it.lag)),
  };
}

function merged(histograms: readonly string[]): Histogram {
  const all = emptyHistogram();
  for (const text of histograms) all.add(decodeHistogram(text));
  return all;
}
