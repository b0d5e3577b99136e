import { decodeHistogram, emptyHistogram } from '../statistics/histogram.ts';
import { mergeFailures } from './failures.ts';
import type { LoadResult, LoadSecond, OnSecond, RequestRecord } from './load.ts';
import { SLOWEST_KEPT } from './reduce.ts';

/** Merges seconds of several generators as they come, those of the warm-up by themselves. */
export interface SecondMerger {
  /** To be called with the seconds of one generator, in their order. */
  readonly from: (generator: number) => OnSecond;
  /** Nothing more comes from this one. */
  ended(generator: number): void;
  /** Hands over what is left, also of seconds that not all generators have come to, and returns all. */
  finish(): readonly LoadSecond[];
}

/** A second is handed over as soon as every generator has come to it, or beyond it. */
export function secondMerger(generators: number, onSecond: OnSecond): SecondMerger {
  const waiting = new Map<number, LoadSecond[]>();
  const merged: LoadSecond[] = [];
  const reached = Array.from({ length: generators }, () => -1);
  const release = (limit: number): void => {
    for (const place of [...waiting.keys()].filter((it) => it <= limit).sort((a, b) => a - b)) {
      const whole = mergeSeconds(waiting.get(place) ?? []);
      waiting.delete(place);
      merged.push(whole);
      onSecond(whole);
    }
  };
  const reach = (generator: number, place: number): void => {
    // The warm-up's last answers may come after the first ones of the measurement.
    reached[generator] = Math.max(place, reached[generator] ?? -1);
    release(Math.min(...reached));
  };
  return {
    from: (generator) => (second) => {
      const place = placeOf(second);
      waiting.set(place, [...(waiting.get(place) ?? []), second]);
      reach(generator, place);
    },
    ended: (generator) => reach(generator, Number.POSITIVE_INFINITY),
    finish() {
      release(Number.POSITIVE_INFINITY);
      return merged;
    },
  };
}

/** In the order in which one generator hands them over. */
function placeOf({ second, warmUp }: LoadSecond): number {
  return 2 * second + (warmUp ? 0 : 1);
}

/** Exact: as if all requests had been recorded in one place. */
function mergeSeconds(parts: readonly LoadSecond[]): LoadSecond {
  const all = (which: 'intended' | 'service' | 'lag') => {
    const sum = emptyHistogram();
    for (const part of parts) sum.add(decodeHistogram(part[which]));
    return sum;
  };
  const [intended, service, lag] = [all('intended'), all('service'), all('lag')];
  const shown = intended.count > 0 ? intended : service;
  return {
    second: parts[0]?.second ?? 0,
    warmUp: parts[0]?.warmUp ?? false,
    ok: sumOf(parts, (it) => it.ok),
    failed: sumOf(parts, (it) => it.failed),
    dropped: sumOf(parts, (it) => it.dropped),
    intended: intended.encode(),
    service: service.encode(),
    lag: lag.encode(),
    p50Ns: shown.quantile(0.5),
    p99Ns: shown.quantile(0.99),
  };
}

type Counts = Pick<
  LoadResult,
  | 'sent'
  | 'ok'
  | 'failed'
  | 'dropped'
  | 'warmUp'
  | 'connections'
  | 'failedNotKept'
  | 'failures'
  | 'durationNs'
  | 'requests'
  | 'arrivalsD'
  | 'earlyNs'
  | 'generatorCpuNs'
  | 'eventLoopDelayNs'
>;

/**
 * Everything but the seconds.
 *
 * @param spreadShare how far apart the generators began, as a share of the plan's duration: so much further than by
 *   itself each may be from the common plan
 */
export function mergeCounts(results: readonly LoadResult[], spreadShare: number): Counts {
  const own = results.map((it) => it.arrivalsD);
  const early = results.map((it) => it.earlyNs);
  const cpu = results.map((it) => it.generatorCpuNs);
  const requests = results.flatMap((it) => it.requests);
  return {
    sent: sumOf(results, (it) => it.sent),
    ok: sumOf(results, (it) => it.ok),
    failed: sumOf(results, (it) => it.failed),
    dropped: sumOf(results, (it) => it.dropped),
    warmUp: {
      // Of the whole plan; nobody knows it of a share.
      planned: 0,
      ok: sumOf(results, (it) => it.warmUp.ok),
      failed: sumOf(results, (it) => it.warmUp.failed),
      dropped: sumOf(results, (it) => it.warmUp.dropped),
      connections: sumOf(results, (it) => it.warmUp.connections),
    },
    connections: sumOf(results, (it) => it.connections),
    failedNotKept: sumOf(results, (it) => it.failedNotKept),
    failures: mergeFailures(results.map((it) => it.failures)),
    durationNs: Math.max(...results.map((it) => it.durationNs)),
    requests: [
      ...requests.filter((it) => !it.ok),
      ...slowest(requests.filter((it) => !it.warmUp)).filter((it) => it.ok),
    ],
    arrivalsD: own.some((it) => it === null) ? null : Math.min(1, Math.max(...own.map(Number)) + spreadShare),
    earlyNs: early.some((it) => it === null) ? null : Math.max(...early.map(Number)),
    generatorCpuNs: cpu.some((it) => it === null) ? null : sumOf(cpu, Number),
    eventLoopDelayNs: Math.max(...results.map((it) => it.eventLoopDelayNs)),
  };
}

/** Of the slowest of each, the slowest of all: none of them can be missing. */
function slowest(requests: readonly RequestRecord[]): readonly RequestRecord[] {
  const latency = ({ intendedNs, serviceNs }: RequestRecord): number => intendedNs ?? serviceNs;
  return requests.toSorted((a, b) => latency(b) - latency(a)).slice(0, SLOWEST_KEPT);
}

function sumOf<T>(all: readonly T[], value: (it: T) => number): number {
  return all.reduce((sum, it) => sum + value(it), 0);
}
