import { decodeHistogram, emptyHistogram } from '../statistics/histogram.ts';
import { mergeFailures } from './failures.ts';
import type { LoadResult, LoadSecond, OnSecond, RequestRecord } from './load.ts';
import { SLOWEST_KEPT } from './reduce.ts';

/** Merges seconds of several generators as they come. */
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
    for (const second of [...waiting.keys()].filter((it) => it <= limit).sort((a, b) => a - b)) {
      const whole = mergeSeconds(second, waiting.get(second) ?? []);
      waiting.delete(second);
      merged.push(whole);
      onSecond(whole);
    }
  };
  const reach = (generator: number, second: number): void => {
    reached[generator] = second;
    release(Math.min(...reached));
  };
  return {
    from: (generator) => (second) => {
      const others = waiting.get(second.second) ?? [];
      waiting.set(second.second, [...others, second]);
      reach(generator, second.second);
    },
    ended: (generator) => reach(generator, Number.POSITIVE_INFINITY),
    finish() {
      release(Number.POSITIVE_INFINITY);
      return merged;
    },
  };
}

/** Exact: as if all requests had been recorded in one place. */
function mergeSeconds(second: number, parts: readonly LoadSecond[]): LoadSecond {
  const all = (which: 'intended' | 'service' | 'lag') => {
    const sum = emptyHistogram();
    for (const part of parts) sum.add(decodeHistogram(part[which]));
    return sum;
  };
  const [intended, service, lag] = [all('intended'), all('service'), all('lag')];
  const shown = intended.count > 0 ? intended : service;
  return {
    second,
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
    connections: sumOf(results, (it) => it.connections),
    failedNotKept: sumOf(results, (it) => it.failedNotKept),
    failures: mergeFailures(results.map((it) => it.failures)),
    durationNs: Math.max(...results.map((it) => it.durationNs)),
    requests: [...requests.filter((it) => !it.ok), ...slowest(requests).filter((it) => it.ok)],
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
