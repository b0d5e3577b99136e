import { percent } from '../core/percent.ts';
import { type Gate, gate } from '../runs/schema.ts';
import { DRIFT_LIMIT } from '../statistics/steadiness.ts';
import type { GeneratorShare, LoadResult } from './load.ts';
import { machineGates, type Watched } from './machine-gates.ts';
import type { Reduced } from './steady.ts';

/** Everything that speaks for or against one measurement of load. Null: nobody could look. */
export interface LoadEvidence {
  readonly result: LoadResult;
  readonly reduced: Reduced;
  /** Requests that somebody else than the generator has counted. */
  readonly received: number | null;
  /** Every machine that generated load or took it. */
  readonly machines: readonly Watched[];
  /** Change of CLOCK_REALTIME − CLOCK_MONOTONIC meanwhile: k6 takes its times from the former. */
  readonly clockDriftNs: number | null;
  /** Leaked network state that slows down every request. */
  readonly contamination: { readonly before: number; readonly after: number } | null;
  /** Were the generator's figures right when it was last tried against known truth on this machine? */
  readonly calibrated: { readonly ok: boolean | null; readonly what: string } | null;
  /** Was the answer right that the generator held all others against? */
  readonly answer: { readonly ok: boolean; readonly what: string } | null;
  /** The load itself changes: then nobody asks whether the measurement is steady. */
  readonly isRamp?: boolean;
}

const LAG_SHARE = 0.05;
/** k6 waits in whole milliseconds (Go's timers do), so that on an idle machine its p99 is 1.0…1.2 ms. */
const LAG_FLOOR_NS = 2e6;

/**
 * Was the measurement itself sound? What the target does wrong is a result and no concern of these.
 * Thresholds: facts of measuring, each with its reason in the hint.
 */
export function judgeLoad(evidence: LoadEvidence): readonly Gate[] {
  return [
    counted(evidence),
    noneDropped(evidence.result),
    onTime(evidence),
    arrivals(evidence.result),
    notEarly(evidence.result),
    ...(evidence.result.shares === undefined ? [] : [together(evidence.result.shares)]),
    connections(evidence.result),
    ...machineGates(evidence.result, evidence.machines),
    eventLoop(evidence.result),
    ports(evidence.result),
    clock(evidence),
    contamination(evidence),
    warmedUp(evidence.reduced),
    steady(evidence),
    calibration(evidence),
    answer(evidence),
  ];
}

function ms(ns: number): string {
  return `${(ns / 1e6).toFixed(2)} ms`;
}

function counted({ result, received }: LoadEvidence): Gate {
  const recorded = result.ok + result.failed;
  // A closed loop ends in the middle of its last requests.
  const underWay = result.planned === null ? result.connections : 0;
  const surplus = received === null ? 0 : received - result.sent;
  const right = recorded === result.sent && surplus >= 0 && surplus <= underWay;
  const seen = received === null ? 'nobody else counted' : `${received} seen on the other side`;
  // Requests without any answer may never have reached anybody, and a gateway counts only those that it forwards.
  const lost = received !== null && received < result.sent && result.sent - received <= notForwarded(result);
  return gate(
    'all-counted',
    received === null && right ? null : right || lost,
    `${result.sent} sent, ${seen}, ${recorded} recorded`,
    'a client that repeats requests by itself, or loses some, measures something else than it says',
  );
}

function notForwarded({ requests, failedNotKept }: LoadResult): number {
  return requests.filter((it) => !it.ok && (it.status === 0 || it.origin === 'gateway')).length + failedNotKept;
}

function noneDropped(result: LoadResult): Gate {
  const missing = result.planned === null ? 0 : Math.max(0, result.planned - result.sent - result.dropped);
  // k6 plans one request more or less at the very end.
  const ok = result.planned === null ? null : result.dropped === 0 && missing <= 1;
  return gate(
    'none-dropped',
    ok,
    `${result.dropped} of ${result.planned ?? result.sent} requests were not sent for want of a virtual user, ${missing} for other reasons`,
    'an open loop that leaves requests out hides the slowest moments: the rate is more than generator or target can do',
  );
}

function onTime({ result, reduced }: LoadEvidence): Gate {
  const lag = reduced.lag.quantile(0.99);
  const typical = reduced.service.quantile(0.5);
  const limit = Math.max(LAG_FLOOR_NS, LAG_SHARE * (typical ?? 0));
  const closed = result.planned === null || lag === null;
  return gate(
    'on-time',
    closed ? null : lag <= limit,
    closed ? 'closed loop' : `p99 of the lag ${ms(lag)} (limit ${ms(limit)}: 2 ms or 5 % of the median)`,
    'requests were sent late: the generator was short of processor time, so latencies are partly its own',
  );
}

function arrivals({ arrivalsD }: LoadResult): Gate {
  return gate(
    'arrivals',
    arrivalsD === null ? null : arrivalsD <= 0.02,
    arrivalsD === null
      ? 'closed loop'
      : `at most ${percent(arrivalsD)} from the plan by Kolmogorov and Smirnov (limit 2 %)`,
    'the generator stood still for a while: then it is not the planned load that was measured',
  );
}

/** The start is known to within a millisecond, and the wall clock may move by as much (`clock-steady`). */
const EARLY_NS = 1e6;

function notEarly({ earlyNs }: LoadResult): Gate {
  return gate(
    'not-early',
    earlyNs === null ? null : earlyNs <= EARLY_NS,
    earlyNs === null ? 'closed loop' : `at most ${ms(earlyNs)} before a request was due (limit ${ms(EARLY_NS)})`,
    'no generator sends before its time: that it seems so means that requests are due at other times than we think, so that latencies are wrong by as much; npm run calibrate tries the schedule of the k6 in use',
  );
}

/** A tenth of the seconds by which everything is kept: those of all generators are then the same ones. */
const TOGETHER_NS = 100e6;

function together(shares: readonly GeneratorShare[]): Gate {
  const spread = Math.max(...shares.map((it) => it.startedNs + it.boundNs));
  return gate(
    'together',
    spread <= TOGETHER_NS,
    `${shares.length} generators began within ${ms(spread)} of each other, clocks considered (limit ${ms(TOGETHER_NS)})`,
    'for a while only some of the load was put on; a generator may be short of processor time, or far away',
  );
}

/** Every virtual user opens one; more means that somebody closes them. */
function connections(result: LoadResult): Gate {
  const users = result.expectedConnections;
  const extra = users === null ? null : Math.max(0, result.connections - users);
  return gate(
    'connections-kept',
    extra === null ? null : extra <= Math.max(1, 0.01 * result.sent),
    extra === null
      ? 'not looked at'
      : `${result.connections} opened for ${users} connections at once (limit 1 % of requests more)`,
    'the server closes connections, so that latencies are partly those of connecting; repeated requests may hide behind it',
  );
}

function eventLoop({ eventLoopDelayNs }: LoadResult): Gate {
  return gate(
    'reader-awake',
    eventLoopDelayNs <= 200e6,
    `p99 of the event loop's delay ${ms(eventLoopDelayNs)} (limit 200 ms)`,
    'whoever reads the samples must keep up, or the generator waits for it',
  );
}

/** k6 error codes 1200…1299 are dial errors; 1212 and the like "cannot assign requested address". */
function ports(result: LoadResult): Gate {
  const dial = result.requests.filter((it) => it.error !== null && /k6 error 12(0|1)\d/.test(it.error)).length;
  return gate(
    'ports',
    dial === 0,
    `${dial} requests could not connect`,
    'the generator has run out of ports, or the target accepts no more: latencies of what did connect flatter it',
  );
}

function clock({ clockDriftNs }: LoadEvidence): Gate {
  return gate(
    'clock-steady',
    clockDriftNs === null ? null : Math.abs(clockDriftNs) <= 1e6,
    clockDriftNs === null ? 'not looked at' : `the wall clock moved by ${ms(Math.abs(clockDriftNs))} (limit 1 ms)`,
    'the generator takes its times from it: let time synchronisation settle before measuring',
  );
}

function contamination({ contamination: seen }: LoadEvidence): Gate {
  return gate(
    'uncontaminated',
    seen === null ? null : seen.after === seen.before,
    seen === null ? 'not looked at' : `${seen.before} leaked lease files before, ${seen.after} after`,
    'functions were restarted meanwhile: leaked network state slows down every later request',
  );
}

function warmedUp({ warmUp: { ended, words } }: Reduced): Gate {
  return gate(
    'warmed-up',
    ended,
    words,
    'figures are partly those of warming up: give it longer before, with --warm-up',
  );
}

function change(drift: number): string {
  return drift === 0 ? 'as' : `${percent(Math.abs(drift))} ${drift > 0 ? 'above' : 'below'}`;
}

/** What could not have been told from chance. */
function unseen({ smallestDrift }: Reduced['steady']): string {
  if (smallestDrift === null) return '';
  return `; less than about ${percent(smallestDrift)} more or less from beginning to end might not have been seen`;
}

function steady({ result, isRamp = false, reduced: { steady: it } }: LoadEvidence): Gate {
  return gate(
    'steady',
    result.planned === null || isRamp ? null : it.fromSecond !== null,
    isRamp
      ? 'the rate changes on purpose'
      : it.fromSecond === null
        ? `${it.reason ?? 'no steady state'}${unseen(it)}`
        : `its last third is ${change(it.drift ?? 0)} the first (limit ${DRIFT_LIMIT})${unseen(it)}`,
    'a figure for something that keeps changing depends on when one looks; measure longer, or find out why',
  );
}

function calibration({ calibrated }: LoadEvidence): Gate {
  return gate(
    'calibrated',
    calibrated?.ok ?? null,
    calibrated?.what ?? 'the generator was not tried against known truth here today: npm run calibrate',
    'a generator that is wrong where the truth is known is wrong elsewhere, too',
  );
}

function answer({ answer: proof }: LoadEvidence): Gate {
  return gate(
    'answer-right',
    proof?.ok ?? null,
    proof?.what ?? 'nobody can tell a right answer to what was sent from a wrong one',
    'a function that does not do its work is quick: npm run verify-functions says more',
  );
}
