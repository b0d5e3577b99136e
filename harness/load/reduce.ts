import { type Blame, failureCounter } from './failures.ts';
import type { LoadResult, OnSecond, RequestRecord } from './load.ts';
import { secondsOf } from './seconds.ts';

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
  /** What was due before this is the warm-up. */
  readonly warmUpNs: number;
  /** How long the plan takes at its highest rate: by this the worst lag is weighed. */
  readonly planDurationNs: number;
  readonly onSecond: OnSecond;
}

const NEVER = Number.POSITIVE_INFINITY;
/** Failed requests are kept one by one, but a target that answers nothing must not fill the memory. */
const FAILED_KEPT = 1_000;
/** Slowest requests that are kept one by one, failed ones among them. */
export const SLOWEST_KEPT = 20;
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
  const seconds = secondsOf(options.onSecond);
  const kept = keptOneByOne();
  const total = { sent: 0, ok: 0, failed: 0, dropped: 0, connections: 0 };
  const warm = { planned: 0, ok: 0, failed: 0, dropped: 0, connections: 0 };
  const worst: Worst = { endNs: 0, lagNs: 0, earlyNs: 0 };
  return {
    add(request) {
      const times = timesOf(request, options);
      const outcome = request.ok ? 'ok' : 'failed';
      const second = seconds.at(request.endNs, times.warmUp);
      recordTimes(second, request, times);
      second[outcome] += 1;
      widen(worst, request, times);
      total.sent += 1;
      for (const counts of times.warmUp ? [total, warm] : [total]) {
        counts[outcome] += 1;
        counts.connections += request.newConnection ? 1 : 0;
      }
      kept.add(recordOf(request, times));
    },
    drop(count, atNs) {
      const warmUp = atNs < options.warmUpNs;
      seconds.at(atNs, warmUp).dropped += count;
      total.dropped += count;
      if (warmUp) warm.dropped += count;
    },
    finish() {
      return {
        ...total,
        warmUp: warm,
        ...kept.list(),
        durationNs: worst.endNs,
        seconds: seconds.finish(),
        ...againstPlan(worst, options),
      };
    },
  };
}

/** When a request was due and sent, by the plan and by its end. */
interface Times {
  readonly warmUp: boolean;
  readonly sentNs: number;
  /** Both null in a closed loop. */
  readonly plannedNs: number | null;
  readonly intendedNs: number | null;
}

function timesOf({ request, endNs, serviceNs }: FinishedRequest, { dueNs, warmUpNs }: ReduceOptions): Times {
  const sentNs = endNs - serviceNs;
  const plannedNs = dueNs === null ? null : dueNs(request);
  // The start is known to within the least lag of the first second: an answer may seem to come before it was due.
  const intendedNs = plannedNs === null ? null : Math.max(0, endNs - plannedNs);
  return { warmUp: (plannedNs ?? sentNs) < warmUpNs, sentNs, plannedNs, intendedNs };
}

/** What got no right answer is late for ever, however soon it was told so. */
function recordTimes(
  second: ReturnType<ReturnType<typeof secondsOf>['at']>,
  { ok, serviceNs }: FinishedRequest,
  { sentNs, plannedNs, intendedNs }: Times,
): void {
  second.service.record(ok ? Math.max(0, serviceNs) : NEVER);
  if (plannedNs === null || intendedNs === null) return;
  second.intended.record(ok ? intendedNs : NEVER);
  second.lag.record(Math.max(0, sentNs - plannedNs));
}

/** The furthest that any request was from its place in the plan. */
interface Worst {
  endNs: number;
  lagNs: number;
  earlyNs: number;
}

function widen(worst: Worst, request: FinishedRequest, { warmUp, sentNs, plannedNs }: Times): void {
  worst.endNs = Math.max(worst.endNs, request.endNs);
  if (plannedNs === null) return;
  if (!warmUp) worst.lagNs = Math.max(worst.lagNs, Math.abs(sentNs - plannedNs));
  // When a request was sent that got no answer, or opened a connection, is not known well: of the former k6 tells how
  // long all took that it did for it, of the latter it counts from connected to handed over twice.
  if (request.status !== 0 && !request.newConnection) worst.earlyNs = Math.max(worst.earlyNs, plannedNs - sentNs);
}

function againstPlan(worst: Worst, options: ReduceOptions): Pick<Reduction, 'earlyNs' | 'arrivalsD'> {
  if (options.dueNs === null) return { earlyNs: null, arrivalsD: null };
  return { earlyNs: worst.earlyNs, arrivalsD: Math.min(1, worst.lagNs / options.planDurationNs) };
}

function recordOf(finished: FinishedRequest, { warmUp, sentNs, intendedNs }: Times): RequestRecord {
  const { request, serviceNs, status, error, blame, ok } = finished;
  const said = { status, error, origin: blame?.origin ?? null, words: blame?.words ?? null, ok };
  return { request, warmUp, sentNs, serviceNs, intendedNs, ...said };
}

type OneByOne = Pick<Reduction, 'requests' | 'failures' | 'failedNotKept'>;

/** Failed requests and the slowest ones, and how often the failed ones said what. */
function keptOneByOne(): { add(record: RequestRecord): void; list(): OneByOne } {
  const failures: RequestRecord[] = [];
  const counted = failureCounter();
  const slowest = slowestOf(SLOWEST_KEPT);
  let failedNotKept = 0;

  const fail = (record: RequestRecord): void => {
    const { status, origin, words } = record;
    if (!record.warmUp) counted.count({ status, origin: origin ?? 'harness', words, n: 1 });
    if (failures.length < FAILED_KEPT) failures.push(record);
    else failedNotKept += 1;
  };
  return {
    add(record) {
      if (!record.ok) fail(record);
      if (!record.warmUp) slowest.offer(record);
    },
    list() {
      const kept = new Set(failures.map((it) => it.request));
      const requests = [...failures, ...slowest.list().filter((it) => !kept.has(it.request))];
      return { requests, failures: counted.list(), failedNotKept };
    },
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
