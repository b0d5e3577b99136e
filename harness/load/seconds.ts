import { emptyHistogram, type Histogram } from '../statistics/histogram.ts';
import type { LoadSecond, OnSecond } from './load.ts';

/** A generator hands over what it has about once a second: a second is closed when the one after the next has begun. */
const OPEN_SECONDS = 2;

interface OpenSecond {
  readonly number: number;
  readonly warmUp: boolean;
  ok: number;
  failed: number;
  dropped: number;
  readonly intended: Histogram;
  readonly service: Histogram;
  readonly lag: Histogram;
}

type Histograms = Pick<OpenSecond, 'intended' | 'service' | 'lag'>;

/** Seconds as they come, those of the warm-up and those after it each by themselves. */
interface Seconds {
  /** Where something belongs that ended then. What comes later than its second was closed belongs to the next one. */
  at(atNs: number, warmUp: boolean): OpenSecond;
  /** Closes all, and returns them in the order in which they were handed over. */
  finish(): readonly LoadSecond[];
}

export function secondsOf(onSecond: OnSecond): Seconds {
  const open = new Map<string, OpenSecond>();
  /** Histograms are larger than all else, and used again. */
  const spare: Histograms[] = [];
  const closed: LoadSecond[] = [];
  const newest = { warmUp: -1, measured: -1 };

  const closeBefore = (limit: number): void => {
    const due = [...open].filter(([, it]) => it.number < limit);
    // Of one second the warm-up comes first.
    due.sort(([, a], [, b]) => a.number - b.number || Number(b.warmUp) - Number(a.warmUp));
    for (const [key, second] of due) {
      open.delete(key);
      const record = written(second);
      newest[second.warmUp ? 'warmUp' : 'measured'] = second.number;
      closed.push(record);
      onSecond(record);
      spare.push(emptied(second));
    }
  };
  return {
    at(atNs, warmUp) {
      const number = Math.max(Math.floor(atNs / 1e9), newest[warmUp ? 'warmUp' : 'measured'] + 1);
      const key = `${number} ${warmUp}`;
      const known = open.get(key);
      if (known !== undefined) return known;
      closeBefore(number - OPEN_SECONDS + 1);
      const counts = { number, warmUp, ok: 0, failed: 0, dropped: 0 };
      const second = { ...counts, ...(spare.pop() ?? newHistograms()) };
      open.set(key, second);
      return second;
    },
    finish() {
      closeBefore(Number.POSITIVE_INFINITY);
      return closed;
    },
  };
}

function newHistograms(): Histograms {
  return { intended: emptyHistogram(), service: emptyHistogram(), lag: emptyHistogram() };
}

function emptied({ intended, service, lag }: OpenSecond): Histograms {
  for (const histogram of [intended, service, lag]) histogram.clear();
  return { intended, service, lag };
}

function written({ number, warmUp, ok, failed, dropped, intended, service, lag }: OpenSecond): LoadSecond {
  const shown = intended.count > 0 ? intended : service;
  return {
    second: number,
    warmUp,
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
