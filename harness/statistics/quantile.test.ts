import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { ecdf, median, quantile, quantileInterval, quantileIntervalIndices, samplesNeeded } from './quantile.ts';

describe('quantile', () => {
  test('is the middle value, or the mean of the two middle ones', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNull();
  });

  test('follows definition 2 of Hyndman & Fan: averages only where n·p is whole', () => {
    const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    expect(quantile(ten, 0.9)).toBe(9.5);
    expect(quantile(ten, 0.91)).toBe(10);
    expect(quantile(ten, 0.25)).toBe(3);
    expect([quantile(ten, 0), quantile(ten, 1)]).toEqual([1, 10]);
  });

  test('is not led astray by 40 × 0.9 or 100 × 0.07 being inexact in floating point', () => {
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    expect(quantile(upTo(40), 0.9)).toBe(36.5);
    expect(quantile(upTo(100), 0.07)).toBe(7.5);
  });

  test('counts what never happened as later than everything, without making NaN of it', () => {
    const never = Number.POSITIVE_INFINITY;
    expect(quantile([1, 2, 3, never], 0.5)).toBe(2.5);
    expect(quantile([1, never, never], 0.5)).toBe(never);
    expect(quantile([1, 2, never, never], 0.75)).toBe(never);
  });

  test('refuses NaN and orders outside 0…1', () => {
    expect(() => median([1, Number.NaN])).toThrow(RangeError);
    expect(() => quantile([1], 1.1)).toThrow(RangeError);
  });
});

describe('order-statistic interval', () => {
  // Two-sided 5 % critical values of the sign test plus one (Dixon & Massey, "Introduction to Statistical Analysis",
  // table A-10a; Altman et al., "Statistics with Confidence", table 18.3, 95 %).
  test.each([
    [6, 1, 6],
    [10, 2, 9],
    [15, 4, 12],
    [20, 6, 15],
    [25, 8, 18],
    [30, 10, 21],
    [40, 14, 27],
    [50, 18, 33],
    [100, 40, 61],
  ])('of the median of %i values uses the published ranks %i and %i', (n, lower, upper) => {
    expect(quantileIntervalIndices(n, 0.5)).toEqual({ lower, upper });
  });

  test('of the median has no bounds below n = 6', () => {
    expect(quantileIntervalIndices(5, 0.5)).toEqual({ lower: null, upper: null });
    expect(samplesNeeded(0.5)).toBe(6);
  });

  test('of p99 has an upper bound from n = 368 on and not before', () => {
    expect(quantileIntervalIndices(367, 0.99).upper).toBeNull();
    expect(quantileIntervalIndices(368, 0.99).upper).toBe(368);
    expect(samplesNeeded(0.99)).toBe(368);
  });

  test('states its exact coverage', () => {
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    // 1 − 2·2⁻⁶ and 1 − 2·(1 + 10)·2⁻¹⁰.
    expect(quantileInterval(upTo(6), 0.5).coverage).toBeCloseTo(0.96875, 12);
    expect(quantileInterval(upTo(10), 0.5)).toEqual({
      lower: { value: 2, index: 2 },
      upper: { value: 9, index: 9 },
      coverage: expect.closeTo(0.978515625, 12),
    });
  });

  test('does not underflow at n = 200,000', () => {
    const { lower, upper } = quantileIntervalIndices(200_000, 0.5);
    // Normal approximation: 100,000 ± 1.96 · √50,000 = ± 438.3.
    expect(lower).toBeGreaterThan(99_560);
    expect(lower).toBeLessThan(99_564);
    expect((lower ?? 0) + (upper ?? 0)).toBe(200_001);
  });

  test.each([
    [0.5, 20],
    [0.5, 40],
    [0.9, 60],
  ])('covers the true p = %f quantile of a skewed distribution at n = %i as often as it says', (p, n) => {
    const random = seededRandom(2024);
    const truth = -Math.log(1 - p);
    const repeats = 4000;
    let covered = 0;
    let stated = 0;
    for (let i = 0; i < repeats; i++) {
      const values = Array.from({ length: n }, () => -Math.log(1 - random()));
      const { lower, upper, coverage } = quantileInterval(values, p);
      stated = coverage;
      if ((lower?.value ?? 0) <= truth && truth <= (upper?.value ?? Number.POSITIVE_INFINITY)) covered += 1;
    }
    expect(stated).toBeGreaterThanOrEqual(0.95);
    // Three standard errors of a simulated share.
    expect(Math.abs(covered / repeats - stated)).toBeLessThan(3 * Math.sqrt((0.95 * 0.05) / repeats));
  });
});

test('the empirical distribution steps once at each distinct value and ends at 1', () => {
  expect(ecdf([3, 1, 3, 2])).toEqual([
    { value: 1, share: 0.25 },
    { value: 2, share: 0.5 },
    { value: 3, share: 1 },
  ]);
  expect(ecdf([])).toEqual([]);
});
