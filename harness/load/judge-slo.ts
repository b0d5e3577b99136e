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
  const verdicts = limits.map((it) => it.verdict);
  const verdict = verdicts.includes('broken') ? 'broken' : verdicts.includes('undecided') ? 'undecided' : 'kept';
  return { text: slo.text, verdict, why: limits.map((it) => it.why).join(', '), limits };
}

/** Whether so few requests as those of one second miss a limit, whatever chance has to do with it: a guess. */
export function seemsBroken(slo: Slo, second: JudgedSecond): boolean {
  const latencies = latenciesOf(second);
  return slo.limits.some((limit) => {
    const { n, most } = missing(limit, { second, latencies });
    return n === 0 || most / n >= allowedShare(limit);
  });
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
function missing(limit: Limit, { second, latencies }: Judged): { n: number; least: number; most: number } {
  const { ok, failed, dropped } = second;
  const n = ok + failed + dropped;
  if (limit.kind === 'errors') return { n, least: failed + dropped, most: failed + dropped };
  const open = Math.max(0, failed - latencies.never);
  const late = latencies.buckets().reduce((sum, [edgeNs, times]) => sum + (edgeNs >= limit.belowNs ? times : 0), 0);
  return { n, least: Math.max(late, failed) + dropped, most: Math.min(ok + failed, late + open) + dropped };
}

function judgeLimit(limit: Limit, judged: readonly Judged[], confidence: number): ObjectiveLimit {
  const counted = judged.map((it) => missing(limit, it));
  const tallies = (of: 'least' | 'most'): Tally[] => counted.map((it) => ({ n: it.n, hits: it[of] }));
  const [least, most] = [shareOverTime(tallies('least'), confidence), shareOverTime(tallies('most'), confidence)];
  const allowed = allowedShare(limit);
  const measured = measuredWords(limit, judged, most, confidence);
  if (least === null || most === null) {
    const why = `${measured}: not decided, too little was sent to tell`;
    return {
      text: limit.text,
      verdict: 'undecided',
      why,
      n: 0,
      missed: 0,
      lower: 0,
      upper: 1,
      effective: 0,
      needed: null,
    };
  }
  const verdict = most.upper < allowed ? 'kept' : least.lower >= allowed ? 'broken' : 'undecided';
  const needed = verdict === 'undecided' ? neededToDecide(most, allowed, confidence) : most.n;
  return {
    text: limit.text,
    verdict,
    why: `${measured}${verdict === 'undecided' ? `: not decided, ${neededWords(needed)}` : ''}`,
    n: most.n,
    missed: most.hits,
    lower: least.lower,
    upper: most.upper,
    effective: most.effective,
    needed,
  };
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
