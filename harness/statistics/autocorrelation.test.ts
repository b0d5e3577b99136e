import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { autocorrelation, effectiveSampleSize } from './autocorrelation.ts';
import { normalQuantile } from './normal.ts';

describe('the autocorrelation', () => {
  test.each([
    // statsmodels.tsa.stattools.acf of statsmodels 0.15.0.
    [1, 0.59779736],
    [2, 0.45844347],
    [3, 0.12966226],
    [4, -0.12276065],
  ])('at lag %i is that of statsmodels, %f', (lag, expected) => {
    expect(autocorrelation([1, 3, 2, 5, 4, 6, 8, 7, 9, 8], lag)?.r).toBeCloseTo(expected, 8);
  });

  test('of alternating values is −(n − 1)/n', () => {
    const values = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    expect(autocorrelation(values)?.r).toBeCloseTo(-49 / 50, 12);
    expect(autocorrelation(values, 2)?.r).toBeCloseTo(48 / 50, 12);
  });

  test('of 1…n at lag 1 is 1 − 3/n', () => {
    // Σ(i − m)(i + 1 − m) / Σ(i − m)²; R’s acf(1:10) prints 0.700.
    expect(
      autocorrelation(
        Array.from({ length: 10 }, (_, i) => i),
        1,
      )?.r,
    ).toBeCloseTo(0.7, 12);
  });

  test('does not exist for equal values nor for fewer than two', () => {
    expect(autocorrelation([0.1, 0.1, 0.1])).toBeNull();
    expect(autocorrelation([])).toBeNull();
    expect(autocorrelation([1])).toBeNull();
    expect(autocorrelation([1, 2], 2)).toBeNull();
    expect(() => autocorrelation([1, 2], 0)).toThrow(RangeError);
  });

  test('of white noise stays inside its bound in 95 % of simulated series', () => {
    const random = seededRandom(8);
    const repeats = 2000;
    let inside = 0;
    for (let i = 0; i < repeats; i++) {
      const found = autocorrelation(Array.from({ length: 120 }, () => normalQuantile(Math.max(random(), 1e-12))));
      if (found !== null && Math.abs(found.r) <= found.bound) inside += 1;
    }
    expect(Math.abs(inside / repeats - 0.95)).toBeLessThan(0.015);
  });
});

describe('the effective sample size', () => {
  test('is a third at r = 0.5, nothing at 1, and n without positive correlation', () => {
    expect(effectiveSampleSize(300, 0.5)).toBe(100);
    expect(effectiveSampleSize(300, 1)).toBe(0);
    expect([0, -0.2, -1].map((r) => effectiveSampleSize(300, r))).toEqual([300, 300, 300]);
    expect(() => effectiveSampleSize(300, 1.1)).toThrow(RangeError);
  });

  test('tells the variance of a mean of an autoregressive series', () => {
    const random = seededRandom(12);
    const [n, rho] = [400, 0.6];
    const squares = Array.from({ length: 1000 }, () => {
      let x = normalQuantile(Math.max(random(), 1e-12));
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += x;
        x = rho * x + Math.sqrt(1 - rho ** 2) * normalQuantile(Math.max(random(), 1e-12));
      }
      return (sum / n) ** 2;
    });
    const variance = squares.reduce((sum, square) => sum + square, 0) / squares.length;
    expect(Math.abs(1 / variance / effectiveSampleSize(n, rho) - 1)).toBeLessThan(0.15);
  });
});
