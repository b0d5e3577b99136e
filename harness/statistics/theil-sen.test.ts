import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { normalQuantile } from './normal.ts';
import { theilSenSlope } from './theil-sen.ts';

describe('the Theil–Sen slope', () => {
  test('and its interval are those of Sen’s example', () => {
    // Sen (1968), section 6: 4, and 93 % between 26/7 and 35/8.
    const fit = theilSenSlope(points([1, 2, 3, 4, 10, 12, 18], [9, 15, 19, 20, 45, 55, 78]), 0.93);
    expect(fit).toEqual({ slope: 4, intercept: 4, lower: 26 / 7, upper: 35 / 8 });
  });

  test.each([
    // scipy.stats.theilslopes of scipy 1.17.1: slope, intercept, bounds.
    [
      'ties in y',
      Array.from({ length: 15 }, (_, i) => i),
      [3, 3, 4, 4, 4, 5, 7, 6, 6, 8, 7, 9, 9, 10, 8],
      [0.5, 2.5, 0.375, 0.6],
    ],
    ['ties in x', [1, 1, 2, 3, 3, 3, 4, 5, 5, 6], [3, 5, 4, 8, 9, 7, 12, 10, 11, 15], [2, 2.5, 1.25, 3]],
    [
      'Anscombe’s first data set',
      [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5],
      [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68],
      [0.5016666666666668, 3.065, 0.218, 0.8225],
    ],
    [
      '400 points',
      Array.from({ length: 400 }, (_, i) => i),
      Array.from({ length: 400 }, (_, i) => Math.sin(i * i) + i / 1e4),
      [0.00016836722148898682, 0.01773295558187564, -0.00022933075669762728, 0.0006716926118406248],
    ],
  ])('is scipy’s for %s', (_, x, y, expected) => {
    const fit = theilSenSlope(points(x, y));
    for (const [i, value] of [fit?.slope, fit?.intercept, fit?.lower, fit?.upper].entries()) {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 12);
    }
  });

  test('is not moved by a fifth of wild values', () => {
    const y = Array.from({ length: 50 }, (_, i) => (i % 5 === 3 ? 1e6 : 3 + 2 * i));
    expect(theilSenSlope(series(y))?.slope).toBe(2);
  });

  test('has no bounds below five points, and does not exist without two different x', () => {
    const fit = theilSenSlope(series([1, 2, 4, 3]));
    expect([fit?.lower, fit?.upper]).toEqual([null, null]);
    expect(theilSenSlope(series([1, 2, 4, 3, 5]))?.lower).not.toBeNull();
    expect(theilSenSlope(series([1, 2]))).toEqual({ slope: 1, intercept: 1, lower: null, upper: null });
    expect(theilSenSlope([])).toBeNull();
    expect(theilSenSlope(points([1, 1, 1], [1, 2, 3]))).toBeNull();
    expect(() => theilSenSlope(series([1, Number.NaN]))).toThrow(RangeError);
  });

  test('of equal values is 0 for certain', () => {
    expect(theilSenSlope(series(new Array<number>(10).fill(7)))).toEqual({
      slope: 0,
      intercept: 7,
      lower: 0,
      upper: 0,
    });
  });

  test('of more than 3000 points comes from averages of neighbours', () => {
    const exact = theilSenSlope(series(Array.from({ length: 7000 }, (_, i) => 5 - 3 * i)));
    expect(exact?.slope).toBeCloseTo(-3, 10);
    expect(exact?.intercept).toBeCloseTo(5, 6);
    const random = seededRandom(14);
    const noisy = theilSenSlope(series(Array.from({ length: 9000 }, (_, i) => i / 1000 + noise(random()))));
    expect(noisy?.lower).toBeLessThan(0.001);
    expect(noisy?.upper).toBeGreaterThan(0.001);
    expect((noisy?.upper ?? 1) - (noisy?.lower ?? 0)).toBeLessThan(0.00004);
  });

  test.each([8, 40])('of %i points covers the true one in nineteen of twenty simulated experiments', (n) => {
    const random = seededRandom(31);
    const repeats = 1500;
    let covered = 0;
    for (let i = 0; i < repeats; i++) {
      const fit = theilSenSlope(series(Array.from({ length: n }, (_, x) => 0.3 * x + noise(random()))));
      if (fit?.lower != null && fit.upper != null && fit.lower <= 0.3 && 0.3 <= fit.upper) covered += 1;
    }
    // Nominal 95 %, a little more by discreteness.
    expect(covered / repeats).toBeGreaterThan(0.933);
    expect(covered / repeats).toBeLessThan(0.98);
  });
});

function points(x: readonly number[], y: readonly number[]): { x: number; y: number }[] {
  return x.map((value, i) => ({ x: value, y: y[i] ?? Number.NaN }));
}

function series(y: readonly number[]): { x: number; y: number }[] {
  return y.map((value, x) => ({ x, y: value }));
}

function noise(uniform: number): number {
  return normalQuantile(Math.max(uniform, 1e-12));
}
