import {
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  Float64Histogram,
  JsHistogram,
} from 'hdr-histogram-js';
import { quantileIntervalIndices } from './quantile.ts';

/**
 * Durations, counted in buckets: whole microseconds up to 2 ms, above that 1024 buckets per doubling. A figure
 * is the middle of its bucket, so it is off by at most 0.05 % or 1 µs, whichever is more; that includes `min` and `max`,
 * so that merging and storing change nothing. From one hour on it is *never*: no request is waited for as long, and what
 * has not come must not make a quantile smaller. Takes 190 kB however much is recorded.
 * Method: HdrHistogram (Gil Tene, http://hdrhistogram.org), three significant digits.
 */
export interface Histogram {
  /** With what never came. */
  readonly count: number;
  /** How many never came. */
  readonly never: number;
  /** Nanoseconds; null when empty, and where it is never. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /**
   * Below 1 µs counts as 1 µs.
   *
   * @param ns nanoseconds; Infinity for what never came
   * @param times how many such values, a whole number
   * @throws RangeError for NaN, a negative duration or no whole number of times
   */
  record(ns: number, times?: number): void;
  /** Exact: as if all values of `other` had been recorded here. */
  add(other: Histogram): void;
  /** As if nothing had been recorded. */
  clear(): void;
  /**
   * Nanoseconds; null when empty, and where it is never (`isNever` tells which). The value of rank ⌈p·n⌉, at least 1: the
   * smallest that p of all values do not exceed.
   */
  quantile(p: number): number | null;
  /** Whether this quantile is one of those that never came. */
  isNever(p: number): boolean;
  /**
   * Exact two-sided interval from order statistics, as `quantileInterval` has it, in nanoseconds. The bounds are the
   * outer edges of their buckets, so that counting in buckets only widens it. A bound is null when there are too few
   * values for it, and where it is never.
   */
  quantileInterval(p: number, confidence?: number): { lower: number | null; upper: number | null };
  /** Whatever was recorded, ascending: upper edge of the bucket in nanoseconds (Infinity: never), and how many are in it. */
  buckets(): readonly (readonly [number, number])[];
  /** Compressed HdrHistogram V2 format in base64, unit 1 µs: other HdrHistogram tools read it. */
  encode(): string;
}

const NS_PER_US = 1000;
const HOUR_US = 3_600_000_000;
const DIGITS = 3;

/** Values that are counted together: whole microseconds from `low` to `high`, both included. */
interface Bucket {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

export function emptyHistogram(): Histogram {
  return around(new Float64Histogram(1, HOUR_US, DIGITS));
}

/**
 * @param text what `encode` made, or another HdrHistogram tool with unit 1 and three digits; a zero counts as 1 µs
 * @throws RangeError on what is no such text
 */
export function decodeHistogram(text: string): Histogram {
  const foreign = decodeForeign(text);
  if (foreign.numberOfSignificantValueDigits !== DIGITS || foreign.lowestDiscernibleValue !== 1) {
    throw new RangeError('a histogram must have three significant digits and count single microseconds');
  }
  const counts = new Float64Histogram(1, HOUR_US, DIGITS);
  for (const { low, count } of bucketsOf(foreign)) counts.recordValueWithCount(withinRange(low), count);
  return around(counts);
}

/** Every bucket with a count of its own is a quarter of this; what little text can be blown up to is bounded, too. */
const LONGEST_TEXT = 2 ** 18;

function decodeForeign(text: string): JsHistogram {
  if (text.length > LONGEST_TEXT) throw new RangeError(`no histogram of ours has ${text.length} characters`);
  try {
    const foreign = decodeFromCompressedBase64(text, 64);
    if (foreign instanceof JsHistogram) return foreign;
  } catch (cause) {
    throw new RangeError(`no HdrHistogram in compressed V2 format: ${JSON.stringify(text.slice(0, 40))}`, { cause });
  }
  throw new RangeError('no HdrHistogram that can be read here');
}

function around(counts: Float64Histogram): Histogram {
  const quantile = (p: number) => edgeAtRank(counts, rankOf(p, counts.totalCount), middleNs);
  return {
    get count() {
      return counts.totalCount;
    },
    get never() {
      return bucketsOf(counts).find(isLast)?.count ?? 0;
    },
    get min() {
      return quantile(0);
    },
    get max() {
      return quantile(1);
    },
    get mean() {
      return meanOf(counts);
    },
    record: (ns, times = 1) => record(counts, ns, times),
    add(other) {
      // Upper edges lie half a microsecond above the highest value of their bucket.
      for (const [edge, times] of other.buckets()) record(counts, edge - NS_PER_US / 2, times);
    },
    clear: () => counts.reset(),
    quantile,
    isNever: (p) => counts.totalCount > 0 && quantile(p) === null,
    quantileInterval(p, confidence) {
      const { lower, upper } = quantileIntervalIndices(counts.totalCount, p, confidence);
      return { lower: edgeAtRank(counts, lower, lowerEdgeNs), upper: edgeAtRank(counts, upper, upperEdgeNs) };
    },
    buckets: () => bucketsOf(counts).map((bucket) => [upperEdgeNs(bucket), bucket.count] as const),
    encode: () => encodeIntoCompressedBase64(counts),
  };
}

/** Null for no such rank, or where the value of that rank is never. */
function edgeAtRank(counts: Float64Histogram, rank: number | null, edge: (bucket: Bucket) => number): number | null {
  if (rank === null) return null;
  let seen = 0;
  const bucket = bucketsOf(counts).find(({ count }) => {
    seen += count;
    return seen >= rank;
  });
  return bucket === undefined || isLast(bucket) ? null : edge(bucket);
}

function meanOf(counts: Float64Histogram): number | null {
  const buckets = bucketsOf(counts);
  const sum = buckets.reduce((total, bucket) => total + bucket.count * middleNs(bucket), 0);
  return counts.totalCount === 0 || buckets.some(isLast) ? null : sum / counts.totalCount;
}

function record(counts: Float64Histogram, ns: number, times: number): void {
  if (!(ns >= 0)) throw new RangeError(`a duration is a number from 0, not ${ns}`);
  if (!Number.isSafeInteger(times) || times < 0) throw new RangeError(`a value is recorded n times, not ${times}`);
  // The library would take a value that never occurred for the maximum.
  if (times > 0) counts.recordValueWithCount(withinRange(Math.round(ns / NS_PER_US)), times);
}

function withinRange(us: number): number {
  return Math.min(HOUR_US, Math.max(1, us));
}

function rankOf(p: number, n: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile's order lies between 0 and 1, not ${p}`);
  // 40 × 0.9 is 36.000000000000004 in floating point: a product may be off by two roundings.
  return Math.max(1, Math.ceil(p * n * (1 - 2 * Number.EPSILON)));
}

function bucketsOf(counts: JsHistogram): Bucket[] {
  const found: Bucket[] = [];
  const last = counts.totalCount === 0 ? -1 : counts.countsArrayIndex(counts.maxValue);
  for (let index = 0; index <= last; index++) {
    const count = counts.getCountAtIndex(index);
    const low = counts.valueFromIndex(index);
    if (count > 0) found.push({ low, high: counts.highestEquivalentValue(low), count });
  }
  return found;
}

function middleNs(bucket: Bucket): number {
  return ((bucket.low + bucket.high) / 2) * NS_PER_US;
}

function isLast(bucket: Bucket): boolean {
  return bucket.high >= HOUR_US;
}

/** Recording rounds to the nearest microsecond, and anything shorter to 1 µs. */
function lowerEdgeNs(bucket: Bucket): number {
  return bucket.low <= 1 ? 0 : (bucket.low - 0.5) * NS_PER_US;
}

function upperEdgeNs(bucket: Bucket): number {
  return isLast(bucket) ? Number.POSITIVE_INFINITY : (bucket.high + 0.5) * NS_PER_US;
}
