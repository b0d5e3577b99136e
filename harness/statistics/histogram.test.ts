import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { decodeHistogram, emptyHistogram, type Histogram } from './histogram.ts';
import { normalQuantile } from './normal.ts';
import { ascending, quantileInterval } from './quantile.ts';

const HOUR_NS = 3600e9;

/** What Python’s hdrhistogram 0.10.8 reads from the text that the same values give here, and writes itself. */
const golden = {
  records: [
    [1000, 3],
    [2_047_000, 1],
    [5_000_000, 2],
    [123_456_789, 1000],
    [HOUR_NS, 1],
  ],
  /** Of an hour, Infinity: it stands for never here, and for 3,600,809,983 µs there. */
  highestMicroseconds: [1, 2047, 5003, 123_519, Number.POSITIVE_INFINITY],
  ours: 'HISTFAAAADN4nJNpmSzMwMAgwMDAwMjAwMDMAAEgNsO1yUsY4Hy2n/JMh4VZTntd4L/8hpEJAK2jCRo=',
  pythons: 'HISTFAAAADB4nJNpmSzMwMAgwAABzFCaEURcm7yEwf4DVIDtpzzTYWGW014X+C+/YWQCAMjtCkg=',
} as const;

describe('a quantile', () => {
  test.each([0.4, 1.5])(
    'of 200,000 log-normal durations with σ = %f is right to half a thousandth and 1 µs',
    (sigma) => {
      const values = ascending(logNormal(7, 200_000, sigma));
      const histogram = of(values);
      expect(histogram.count).toBe(200_000);
      for (const p of [0, 0.0001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1]) {
        const exact = values[Math.max(1, Math.round(p * 200_000)) - 1] ?? Number.NaN;
        expect(Math.abs((histogram.quantile(p) ?? 0) - exact)).toBeLessThanOrEqual(0.0005 * exact + 1000);
      }
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect((histogram.mean ?? 0) / mean).toBeCloseTo(1, 4);
    },
  );

  test('is the value of rank ⌈p·n⌉', () => {
    const ten = of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((us) => us * 1000));
    expect([0, 0.1, 0.11, 0.5, 0.9, 0.91, 1].map((p) => ten.quantile(p))).toEqual(
      [1, 1, 2, 5, 9, 10, 10].map((us) => us * 1000),
    );
    // 40 × 0.9 is a little more than 36 in floating point.
    expect(of(Array.from({ length: 40 }, (_, i) => (i + 1) * 1000)).quantile(0.9)).toBe(36_000);
    expect(() => ten.quantile(1.01)).toThrow(RangeError);
    expect(() => ten.quantile(Number.NaN)).toThrow(RangeError);
  });

  test('does not exist without values, nor does any other figure', () => {
    const empty = emptyHistogram();
    expect([empty.count, empty.min, empty.max, empty.mean, empty.quantile(0.5)]).toEqual([0, null, null, null, null]);
    expect(empty.quantileInterval(0.5)).toEqual({ lower: null, upper: null });
    expect(empty.buckets()).toEqual([]);
  });
});

describe('the interval of a quantile', () => {
  test('surrounds the exact one of the values themselves, by no more than a bucket', () => {
    const values = logNormal(3, 2000, 0.5);
    for (const p of [0.5, 0.9, 0.99]) {
      const exact = quantileInterval(values, p);
      const { lower, upper } = of(values).quantileInterval(p);
      const [low, high] = [exact.lower?.value ?? Number.NaN, exact.upper?.value ?? Number.NaN];
      expect(lower).toBeLessThanOrEqual(low);
      expect(lower).toBeGreaterThanOrEqual(low * 0.999 - 1000);
      expect(upper).toBeGreaterThanOrEqual(high);
      expect(upper).toBeLessThanOrEqual(high * 1.001 + 1000);
    }
  });

  test('has no upper bound for p99 below 368 values, and none at all for a median of five', () => {
    expect(times(367).quantileInterval(0.99).upper).toBeNull();
    expect(times(368).quantileInterval(0.99).upper).not.toBeNull();
    expect(times(5).quantileInterval(0.5)).toEqual({ lower: null, upper: null });
    expect(times(5).quantileInterval(0.5, 0.9).lower).not.toBeNull();
  });
});

describe('recording', () => {
  test('counts what is shorter than 1 µs as 1 µs, and what takes an hour or longer as never', () => {
    expect(of([0, 1, 999]).buckets()).toEqual([[1500, 3]]);
    const never = of([HOUR_NS, HOUR_NS + 1e9, 1e18, Number.POSITIVE_INFINITY]);
    expect(never.buckets()).toEqual([[Number.POSITIVE_INFINITY, 4]]);
    expect(never).toMatchObject({ count: 4, never: 4, min: null, max: null, mean: null });
    expect(of([HOUR_NS - 10e9])).toMatchObject({ never: 0 });
  });

  test('of what never came makes quantiles larger, and survives merging and storing', () => {
    const sum = emptyHistogram();
    for (const part of [of([1e6, 2e6, Number.POSITIVE_INFINITY]), of([3e6])]) {
      sum.add(decodeHistogram(part.encode()));
    }
    expect(sum).toMatchObject({ count: 4, never: 1, min: 1e6 });
    expect(sum.quantile(0.75)).toBeCloseTo(3e6, -4);
    expect([sum.quantile(0.76), sum.isNever(0.76), sum.isNever(0.75)]).toEqual([null, true, false]);
    expect(emptyHistogram().isNever(0.5)).toBe(false);
    const six = of([1e6, 1e6, 1e6, 1e6, 1e6, Number.POSITIVE_INFINITY]).quantileInterval(0.5);
    expect([six.lower === null, six.upper]).toEqual([false, null]);
  });

  test('refuses negative durations, NaN and what is no number of times', () => {
    for (const ns of [-1, Number.NaN]) expect(() => emptyHistogram().record(ns)).toThrow(RangeError);
    for (const times of [-1, 0.5, Number.NaN]) expect(() => emptyHistogram().record(1, times)).toThrow(RangeError);
  });

  test('zero times changes nothing', () => {
    const histogram = of([1000, 2000]);
    histogram.record(HOUR_NS, 0);
    expect(histogram.encode()).toBe(of([1000, 2000]).encode());
    expect(histogram.max).toBe(2000);
  });

  test('that was cleared is one in which nothing has been recorded yet', () => {
    const histogram = of([1e6, 5e9]);
    histogram.clear();
    expect([histogram.count, histogram.max, histogram.buckets()]).toEqual([0, null, []]);
    histogram.record(2e6);
    expect(histogram.encode()).toBe(of([2e6]).encode());
  });

  test('of a million values takes no more memory than of one', () => {
    const random = seededRandom(5);
    const histogram = emptyHistogram();
    histogram.record(HOUR_NS);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1_000_000; i++) histogram.record(random() * 1e10);
    expect(histogram.count).toBe(1_000_001);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
    expect(histogram.encode().length).toBeLessThan(100_000);
  });
});

describe('adding', () => {
  test('gives exactly the histogram of the union', () => {
    const [first, second] = [logNormal(1, 5000, 2), logNormal(2, 3000, 0.1)];
    const merged = of(first);
    merged.add(of(second));
    const union = of([...first, ...second]);
    expect(merged.buckets()).toEqual(union.buckets());
    expect(merged.encode()).toBe(union.encode());
    expect([merged.count, merged.min, merged.max, merged.mean]).toEqual([
      union.count,
      union.min,
      union.max,
      union.mean,
    ]);
  });

  test('nothing changes nothing, and a histogram can be added to itself', () => {
    const histogram = of([1000, HOUR_NS]);
    const before = histogram.encode();
    histogram.add(emptyHistogram());
    expect(histogram.encode()).toBe(before);
    histogram.add(histogram);
    expect(histogram.buckets().map(([, count]) => count)).toEqual([2, 2]);
  });
});

describe('the text', () => {
  test.each([
    ['many values', () => of(logNormal(4, 20_000, 1))],
    ['one value', () => of([1])],
    ['no value', emptyHistogram],
    ['counts beyond 32 bits', () => times(5_000_000_000)],
  ])('of %s gives back exactly the same histogram', (_, make) => {
    const histogram = make();
    const decoded = decodeHistogram(histogram.encode());
    expect(decoded.buckets()).toEqual(histogram.buckets());
    expect(decoded.encode()).toBe(histogram.encode());
    expect([decoded.count, decoded.min, decoded.max]).toEqual([histogram.count, histogram.min, histogram.max]);
  });

  test('is what other HdrHistogram tools write and read', () => {
    const histogram = emptyHistogram();
    for (const [ns, count] of golden.records) histogram.record(ns, count);
    const buckets = golden.records.map(([, count], i) => [(golden.highestMicroseconds[i] ?? 0) * 1000 + 500, count]);
    for (const text of [histogram.encode(), golden.ours, golden.pythons]) {
      expect(decodeHistogram(text).buckets()).toEqual(buckets);
    }
  });

  test.each([
    ['nothing', ''],
    ['no base64', 'täglich!'],
    ['other base64', 'aGVsbG8gd29ybGQhISEh'],
    ['half of it', golden.ours.slice(0, 40)],
    ['a flipped letter', golden.ours.replace('yUsY', 'yUsZ')],
    // Written by Python’s hdrhistogram 0.10.8.
    ['two significant digits', 'HISTFAAAACF4nJNpmSzMwMDAxAABMJoRRFybvITB/gNEgJMJAFonBJM='],
  ])('is refused when it is %s', (_, text) => {
    expect(() => decodeHistogram(text)).toThrow(RangeError);
  });
});

function of(values: readonly number[]): Histogram {
  const histogram = emptyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function times(count: number): Histogram {
  const histogram = emptyHistogram();
  histogram.record(5_000_000, count);
  return histogram;
}

/** Nanoseconds around 20 ms. */
function logNormal(seed: number, n: number, sigma: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: n }, () => 2e7 * Math.exp(sigma * normalQuantile(Math.max(random(), 1e-12))));
}
