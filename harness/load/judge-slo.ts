import type { Objective, ObjectiveLimit } from '../runs/schema.ts';
import { decodeHistogram, emptyHistogram, type Histogram } from '../statistics/histogram.ts';
import { neededToDecide, type ShareEstimate, shareOverTime, type Tally } from '../statistics/share-over-time.ts';
import type { LoadSecond } from './load.ts';
import type { Limit, Slo } from './slo.ts';

/** What an objective is held against. */
export type JudgedSecond = Pick<LoadSecond, 'ok' | 'failed' | 'dropped' | 'intended' | 'service'>;

/**
 * Holds what was measured against each limit: kept or broken where the interval of the share of requests that miss it
 * lies on one side, and not decided otherwise. A latency limit is missed by a request that was answered later than that,
 * wrongly or never; a limit of errors by one that was answered wrongly or never. Requests that were never sent are among
 * both.
 *
 * @param seconds in order of time; of several measurements at the same rate one after the other
 */
export function judgeSlo(slo: Slo, seconds: readonly JudgedSecond[], confidence = 0.95): Objective {
  const judged = seconds.map((second) => ({ second, latencies: latenciesOf(second) }));
  const limits = slo.limits.map((limit) => judgeLimit(limit, judged, confidence));
  const verdict = verdictOfAll(limits.map((it) => it.verdict));
  return { text: slo.text, verdict, why: limits.map((it) => it.why).join(', '), limits };
}

/** How many requests of one second miss each limit, and which share it allows. */
export function missedIn(slo: Slo, second: JudgedSecond): readonly MissedLimit[] {
  const latencies = latenciesOf(second);
  return slo.limits.map((limit) => {
    const { n, most: missed } = missing(limit, { second, latencies });
    return { n, missed, allowed: allowedShare(limit) };
  });
}

export interface MissedLimit {
  readonly n: number;
  readonly missed: number;
  /** As a share. */
  readonly allowed: number;
}

/** Of one stretch of time: how many there were, and how many of them missed a limit. */
interface Missing {
  readonly n: number;
  readonly least: number;
  readonly most: number;
}

interface Judged {
  readonly second: JudgedSecond;
  readonly latencies: Histogram;
}

function latenciesOf({ intended, service }: JudgedSecond): Histogram {
  const planned = decodeHistogram(intended);
  return planned.count > 0 ? planned : decodeHistogram(service);
}

function allowedShare(limit: Limit): number {
  return limit.kind === 'errors' ? limit.belowShare : 1 - limit.p;
}

/**
 * How many requests miss the limit. Failed ones came never, and are among the late ones; where the generator has recorded
 * how soon they failed instead, some of the late ones may be other ones: at least as many as there are of either, at most
 * all of both.
 */
function missing(limit: Limit, { second, latencies }: Judged): Missing {
  const { ok, failed, dropped } = second;
  const n = ok + failed + dropped;
  if (limit.kind === 'errors') return { n, least: failed + dropped, most: failed + dropped };
  const open = Math.max(0, failed - latencies.never);
  const late = latencies.buckets().reduce((sum, [edgeNs, times]) => sum + (edgeNs >= limit.belowNs ? times : 0), 0);
  return { n, least: Math.max(late, failed) + dropped, most: Math.min(ok + failed, late + open) + dropped };
}

function judgeLimit(limit: Limit, judged: readonly Judged[], confidence: number): ObjectiveLimit {
  const { most, ...decision } = decide(
    judged.map((it) => missing(limit, it)),
    allowedShare(limit),
    confidence,
  );
  const measured = measuredWords(limit, judged, most, confidence);
  const open = most === null ? 'too little was sent to tell' : neededWords(decision.needed);
  return {
    text: limit.text,
    ...decision,
    why: `${measured}${decision.verdict === 'undecided' ? `: not decided, ${open}` : ''}`,
  };
}

interface Decision extends Omit<ObjectiveLimit, 'text' | 'why'> {
  /** Taking all for late that may be; null where too little was sent. */
  readonly most: ShareEstimate | null;
}

const NOTHING_SENT = { verdict: 'undecided', n: 0, missed: 0, lower: 0, upper: 1, effective: 0, needed: null } as const;

/**
 * Whether the share of requests that miss a limit lies below what it allows.
 *
 * @param counted in order of time, each of as long a time
 */
export function decide(counted: readonly Missing[], allowed: number, confidence: number): Decision {
  const tallies = (of: 'least' | 'most'): Tally[] => counted.map((it) => ({ n: it.n, hits: it[of] }));
  const [least, most] = [shareOverTime(tallies('least'), confidence), shareOverTime(tallies('most'), confidence)];
  if (least === null || most === null) return { ...NOTHING_SENT, most: null };
  const verdict = most.upper < allowed ? 'kept' : least.lower >= allowed ? 'broken' : 'undecided';
  const needed = verdict === 'undecided' ? neededToDecide(most, allowed, confidence) : most.n;
  const { n, hits: missed, upper, effective } = most;
  return { verdict, n, missed, lower: least.lower, upper, effective, needed, most };
}

/** What several limits together come to. */
export function verdictOfAll(verdicts: readonly Objective['verdict'][]): Objective['verdict'] {
  if (verdicts.includes('broken')) return 'broken';
  return verdicts.includes('undecided') ? 'undecided' : 'kept';
}

function neededWords(needed: number | null): string {
  return needed === null ? 'so close to its limit' : `about ${needed} requests would decide it`;
}

/** `p99 4.20 ms (p99<50ms; 3 of 1500 later, wrong or never, 95 % 0.04 to 0.6 %)`. */
function measuredWords(
  limit: Limit,
  judged: readonly Judged[],
  found: ShareEstimate | null,
  confidence: number,
): string {
  const interval =
    found === null
      ? ''
      : `, ${percentOf(confidence)} % interval ${percentWords(found.lower)} to ${percentWords(found.upper)} %`;
  const counted = `${found?.hits ?? 0} of ${found?.n ?? 0}`;
  if (limit.kind === 'errors') {
    return `errors ${percentWords(found?.share ?? 0)} % (${limit.text}; ${counted}${interval})`;
  }
  const name = limit.text.slice(0, limit.text.indexOf('<'));
  const all = emptyHistogram();
  for (const { latencies } of judged) all.add(latencies);
  const value = all.quantile(limit.p);
  const quantile =
    all.count === 0 ? 'no answer at all' : value === null ? `${name} never` : `${name} ${(value / 1e6).toFixed(2)} ms`;
  return `${quantile} (${limit.text}; ${counted} later, wrong or never${interval})`;
}

function percentOf(confidence: number): number {
  return Number((100 * confidence).toPrecision(4));
}

/** Two significant digits. */
function percentWords(share: number): string {
  const percent = share * 100;
  return percent >= 10 ? percent.toFixed(0) : String(Number(percent.toPrecision(2)));
}
