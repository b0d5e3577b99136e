import { emptyHistogram, type Histogram } from '../statistics/histogram.ts';
import { type Blame, failureCounter } from './failures.ts';
import type { LoadResult, LoadSecond, OnSecond, RequestRecord } from './load.ts';

/** A request as its generator tells of it. Times are nanoseconds after the scenario's start. */
export interface FinishedRequest {
  readonly request: number;
  readonly endNs: number;
  readonly serviceNs: number;
  readonly status: number;
  readonly error: string | null;
  /** Why it failed; null when it did not. */
  readonly blame: Blame | null;
  readonly ok: boolean;
  readonly newConnection: boolean;
}

interface ReduceOptions {
  /** When each request of the plan is due; null in a closed loop. */
  readonly dueNs: ((request: number) => number) | null;
  /** How long the plan takes at its highest rate: by this the worst lag is weighed. */
  readonly planDurationNs: number;
  readonly onSecond: OnSecond;
}

/** Failed requests are kept one by one, but a target that answers nothing must not fill the memory. */
const FAILED_KEPT = 1_000;
/** Slowest requests that are kept one by one, failed ones among them. */
export const SLOWEST_KEPT = 20;
/** A generator hands over what it has about once a second: a second is closed when the one after the next has begun. */
const OPEN_SECONDS = 2;

interface OpenSecond {
  ok: number;
  failed: number;
  dropped: number;
  readonly intended: Histogram;
  readonly service: Histogram;
  readonly lag: Histogram;
}

/** What the requests by themselves say; the rest is known to whoever runs the generator. */
type Reduction = Omit<
  LoadResult,
  'generator' | 'startedRealtimeNs' | 'planned' | 'expectedConnections' | 'generatorCpuNs' | 'eventLoopDelayNs'
>;

export interface Reducer {
  add(request: FinishedRequest): void;
  drop(count: number, atNs: number): void;
  finish(): Reduction;
}

/** Reduces requests as they come to histograms per second; what it holds does not grow with their number. */
export function reducer(options: ReduceOptions): Reducer {
  const { dueNs } = options;
  const open = new Map<number, OpenSecond>();
  /** Its histograms are larger than all else, and used again. */
  const spare: OpenSecond[] = [];
  const closed: LoadSecond[] = [];
  const failures: RequestRecord[] = [];
  const counted = failureCounter();
  const slowest = slowestOf(SLOWEST_KEPT);
  const total = {
    sent: 0,
    ok: 0,
    failed: 0,
    dropped: 0,
    connections: 0,
    endNs: 0,
    worstLagNs: 0,
    earlyNs: 0,
    failedNotKept: 0,
  };

  const secondOf = (atNs: number): OpenSecond => {
    const newest = closed.at(-1)?.second ?? -1;
    // What comes later than its second was closed counts in the next one: nothing is lost, and no second is written twice.
    const number = Math.max(Math.floor(atNs / 1e9), newest + 1);
    const known = open.get(number);
    if (known !== undefined) return known;
    closeBefore(number - OPEN_SECONDS + 1);
    const second = spare.pop() ?? newSecond();
    open.set(number, second);
    return second;
  };
  const closeBefore = (limit: number): void => {
    for (const number of [...open.keys()].filter((it) => it < limit).sort((a, b) => a - b)) {
      const second = open.get(number);
      if (second === undefined) continue;
      open.delete(number);
      const record = written(number, second);
      closed.push(record);
      options.onSecond(record);
      spare.push(emptied(second));
    }
  };
  const fail = (record: RequestRecord): void => {
    const { status, origin, words } = record;
    counted.count({ status, origin: origin ?? 'harness', words, n: 1 });
    if (failures.length < FAILED_KEPT) failures.push(record);
    else total.failedNotKept += 1;
  };

  return {
    add(request) {
      const { endNs, serviceNs, ok } = request;
      const sentNs = endNs - serviceNs;
      const plannedNs = dueNs === null ? null : dueNs(request.request);
      // The start is known to within the least lag of the first second: an answer may seem to come before it was due.
      const intendedNs = plannedNs === null ? null : Math.max(0, endNs - plannedNs);
      const second = secondOf(endNs);
      second.service.record(Math.max(0, serviceNs));
      if (plannedNs !== null && intendedNs !== null) {
        second.intended.record(intendedNs);
        second.lag.record(Math.max(0, sentNs - plannedNs));
        total.worstLagNs = Math.max(total.worstLagNs, Math.abs(sentNs - plannedNs));
        // When a request was sent that got no answer is not known well: k6 tells how long all took that it did for it.
        if (request.status !== 0) total.earlyNs = Math.max(total.earlyNs, plannedNs - sentNs);
      }
      second[ok ? 'ok' : 'failed'] += 1;
      total[ok ? 'ok' : 'failed'] += 1;
      total.sent += 1;
      total.connections += request.newConnection ? 1 : 0;
      total.endNs = Math.max(total.endNs, endNs);
      const { status, error, blame } = request;
      const said = { status, error, origin: blame?.origin ?? null, words: blame?.words ?? null, ok };
      const record: RequestRecord = { request: request.request, sentNs, serviceNs, intendedNs, ...said };
      if (!ok) fail(record);
      slowest.offer(record);
    },
    drop(count, atNs) {
      secondOf(atNs).dropped += count;
      total.dropped += count;
    },
    finish() {
      closeBefore(Number.POSITIVE_INFINITY);
      const { sent, ok, failed, dropped, connections, failedNotKept } = total;
      const kept = new Set(failures.map((it) => it.request));
      return {
        sent,
        ok,
        failed,
        dropped,
        connections,
        failedNotKept,
        failures: counted.list(),
        durationNs: total.endNs,
        seconds: closed,
        requests: [...failures, ...slowest.list().filter((it) => !kept.has(it.request))],
        earlyNs: dueNs === null ? null : total.earlyNs,
        arrivalsD: dueNs === null ? null : Math.min(1, total.worstLagNs / options.planDurationNs),
      };
    },
  };
}

function newSecond(): OpenSecond {
  return {
    ok: 0,
    failed: 0,
    dropped: 0,
    intended: emptyHistogram(),
    service: emptyHistogram(),
    lag: emptyHistogram(),
  };
}

function emptied(second: OpenSecond): OpenSecond {
  for (const histogram of [second.intended, second.service, second.lag]) histogram.clear();
  return Object.assign(second, { ok: 0, failed: 0, dropped: 0 });
}

function written(number: number, { ok, failed, dropped, intended, service, lag }: OpenSecond): LoadSecond {
  const shown = intended.count > 0 ? intended : service;
  return {
    second: number,
    ok,
    failed,
    dropped,
    intended: intended.encode(),
    service: service.encode(),
    lag: lag.encode(),
    p50Ns: shown.quantile(0.5),
    p99Ns: shown.quantile(0.99),
  };
}

/** The slowest of many, by intended latency where there is one. */
function slowestOf(count: number): { offer(record: RequestRecord): void; list(): readonly RequestRecord[] } {
  const kept: RequestRecord[] = [];
  const latency = (record: RequestRecord): number => record.intendedNs ?? record.serviceNs;
  return {
    offer(record) {
      const last = kept.at(-1);
      if (kept.length >= count && last !== undefined && latency(record) <= latency(last)) return;
      const place = kept.findIndex((it) => latency(it) < latency(record));
      kept.splice(place === -1 ? kept.length : place, 0, record);
      kept.length = Math.min(kept.length, count);
    },
    list: () => kept,
  };
}
