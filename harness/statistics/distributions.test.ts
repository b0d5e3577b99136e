import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { binomialCdf } from './binomial.ts';
import { normalQuantile, normalSurvival } from './normal.ts';
import { wilsonInterval } from './proportion.ts';
import { linearSlope, studentQuantile } from './regression.ts';

test.each([
  // The test values of Wichura's paper, and the everyday one.
  [0.25, -0.6744897501960817],
  [0.001, -3.090232306167814],
  [1e-20, -9.26234008979841],
  [0.975, 1.959963984540054],
])('the normal quantile at %f is the published %f', (p, expected) => {
  expect(normalQuantile(p) / expected).toBeCloseTo(1, 14);
});

test.each([
  // scipy.stats.norm.sf of scipy 1.17.1.
  [-2, 0.9772498680518208],
  [0, 0.5],
  [0.5, 0.3085375387259869],
  [1.96, 0.024997895148220435],
  [2.999, 0.0013543365337271057],
  [3.001, 0.0013454728250849653],
  [5, 2.866515718791933e-7],
  [8, 6.22096057427174e-16],
  [20, 2.7536241186061556e-89],
  [37, 5.7255712225239266e-300],
])('a normal value exceeds %f with probability %f', (z, expected) => {
  expect(normalSurvival(z) / expected).toBeCloseTo(1, 12);
});

test.each([
  // NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2.
  [0.975, 1, 12.706],
  [0.975, 2, 4.303],
  [0.975, 5, 2.571],
  [0.975, 10, 2.228],
  [0.975, 30, 2.042],
  [0.975, 100, 1.984],
  [0.995, 10, 3.169],
  [0.9, 4, 1.533],
  [0.025, 10, -2.228],
])('Student’s t at %f with %i degrees of freedom is the published %f', (p, df, expected) => {
  expect(studentQuantile(p, df)).toBeCloseTo(expected, 3);
});

test.each([
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('Wilson’s interval of %i out of %i is the published %f to %f', (k, n, lower, upper) => {
  const interval = wilsonInterval(k, n);
  expect(interval?.lower).toBeCloseTo(lower, 4);
  expect(interval?.upper).toBeCloseTo(upper, 4);
});

test('Wilson’s interval ends exactly at 0 and 1, and needs at least one trial', () => {
  expect(wilsonInterval(0, 7)?.lower).toBe(0);
  expect(wilsonInterval(7, 7)?.upper).toBe(1);
  expect(wilsonInterval(0, 0)).toBeNull();
  expect(() => wilsonInterval(8, 7)).toThrow(RangeError);
});

test('the binomial distribution function agrees with counting coins', () => {
  expect(binomialCdf(1, 9, 0.5)).toBeCloseTo(10 / 512, 14);
  expect(binomialCdf(2, 4, 0.25)).toBeCloseTo((81 + 108 + 54) / 256, 14);
  expect([binomialCdf(-1, 4, 0.5), binomialCdf(4, 4, 0.5)]).toEqual([0, 1]);
});

describe('linear slope', () => {
  test('is that of Anscombe’s first data set, with R’s interval', () => {
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const fit = linearSlope(x.map((value, i) => ({ x: value, y: y[i] ?? 0 })));
    expect(fit?.slope).toBeCloseTo(0.5000909, 7);
    expect(fit?.intercept).toBeCloseTo(3.0000909, 7);
    expect(fit?.lower).toBeCloseTo(0.2333701, 6);
    expect(fit?.upper).toBeCloseTo(0.7668117, 6);
  });

  test('has no interval from two points and does not exist where all x are equal', () => {
    expect(
      linearSlope([
        { x: 0, y: 1 },
        { x: 2, y: 5 },
      ]),
    ).toEqual({ slope: 2, intercept: 1, lower: null, upper: null });
    expect(
      linearSlope([
        { x: 1, y: 1 },
        { x: 1, y: 2 },
      ]),
    ).toBeNull();
    expect(linearSlope([])).toBeNull();
  });

  test('covers a true slope of 0 in 95 % of simulated experiments', () => {
    const random = seededRandom(11);
    const repeats = 3000;
    let covered = 0;
    for (let i = 0; i < repeats; i++) {
      const points = Array.from({ length: 8 }, (_, x) => ({ x, y: normalQuantile(Math.max(random(), 1e-12)) }));
      const fit = linearSlope(points);
      if (fit?.lower != null && fit.upper != null && fit.lower <= 0 && fit.upper >= 0) covered += 1;
    }
    expect(Math.abs(covered / repeats - 0.95)).toBeLessThan(3 * Math.sqrt((0.95 * 0.05) / repeats));
  });
});
