import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { kolmogorovSmirnov, kolmogorovSmirnovTwoSample, kolmogorovSurvival } from './kolmogorov-smirnov.ts';

test.each([
  // scipy.stats.kstwobign.sf of scipy 1.17.1; 1.36 and 1.63 are the 5 % and 1 % points of Smirnov’s table (1948).
  [0.1, 1],
  [0.3, 0.9999906941986655],
  [0.5, 0.9639452436648751],
  [1, 0.26999967167735456],
  [1.2, 0.11224966667072497],
  [1.36, 0.049485876755377876],
  [1.63, 0.009846364888486529],
  [2, 0.0006709252557796953],
])('the Kolmogorov distribution exceeds %f with probability %f', (x, expected) => {
  expect(kolmogorovSurvival(x)).toBeCloseTo(expected, 13);
});

test('the Kolmogorov distribution is positive', () => {
  expect([0, -1].map(kolmogorovSurvival)).toEqual([1, 1]);
});

describe('one sample against a distribution', () => {
  test.each([
    // Critical values for 5 % of Miller, J. American Statistical Association 51 (1956), to as many digits.
    [5, 0.563, 0.05],
    [10, 0.409, 0.05],
    [20, 0.294, 0.05],
    [100, 0.134, 0.05],
  ])('of %i values has the published critical distance %f', (n, distance, expected) => {
    expect(atDistance(n, distance)?.p).toBeCloseTo(expected, 3);
  });

  test.each([
    // scipy.stats.kstwo.sf of scipy 1.17.1.
    [5, 0.563, 0.05018570009748404],
    [10, 0.2, 0.74871904],
    [10, 0.409, 0.05022340810547454],
    [50, 0.1, 0.6623112704658186],
    [100, 0.134, 0.05007626057597746],
  ])('of %i at a distance of %f has exactly scipy’s p, %f', (n, distance, expected) => {
    expect(atDistance(n, distance)?.p).toBeCloseTo(expected, 10);
  });

  test.each([
    // scipy.stats.kstwo.sf of scipy 1.17.1, which is exact.
    [150, 0.1, 0.09292132232164585],
    [1000, 0.03, 0.3226902143914636],
    [10_000, 0.0136, 0.04903580807632146],
  ])('of %i at a distance of %f is within a hundredth of the exact p, %f', (n, distance, expected) => {
    expect(Math.abs((atDistance(n, distance)?.p ?? 0) / expected - 1)).toBeLessThan(0.01);
  });

  test('finds distance and p as scipy does, ties and all', () => {
    const values = [
      0.61, 0.29, 0.06, 0.59, -1.73, -0.74, 0.51, -0.56, 0.39, 1.64, 0.05, -0.06, 0.64, -0.82, 0.37, 1.77, 1.09, -1.28,
      2.36, 1.31, 1.05, -0.32, -0.4, 1.06, -2.47,
    ].map((value) => Math.abs(value) / 2.5);
    // scipy.stats.kstest(values, 'uniform') of scipy 1.17.1.
    const result = kolmogorovSmirnov(values, (x) => x);
    expect(result?.statistic).toBeCloseTo(0.284, 12);
    expect(result?.p).toBeCloseTo(0.028128035866359702, 10);
  });

  test('of one value is twice the smaller side', () => {
    expect(kolmogorovSmirnov([0.2], (x) => x)).toEqual({ statistic: 0.8, p: expect.closeTo(0.4, 12) });
    expect(kolmogorovSmirnov([0.5], (x) => x)?.p).toBe(1);
  });

  test('takes a great many values, and gives nothing for none', () => {
    const random = seededRandom(2);
    const values = Array.from({ length: 200_000 }, () => -Math.log(1 - random()));
    const exponential = (rate: number) => (x: number) => -Math.expm1(-rate * x);
    expect(kolmogorovSmirnov(values, exponential(1))?.p).toBeGreaterThan(0.05);
    expect(kolmogorovSmirnov(values, exponential(1.02))?.p).toBeLessThan(0.001);
    expect(kolmogorovSmirnov([], (x) => x)).toBeNull();
    expect(() => kolmogorovSmirnov([1], () => 1.5)).toThrow(RangeError);
  });

  test.each([20, 150])('of %i values rejects the true distribution in one of twenty simulated experiments', (n) => {
    const random = seededRandom(6);
    const repeats = 1500;
    let rejected = 0;
    for (let i = 0; i < repeats; i++) {
      const values = Array.from({ length: n }, random);
      if ((kolmogorovSmirnov(values, (x) => x)?.p ?? 1) <= 0.05) rejected += 1;
    }
    expect(Math.abs(rejected / repeats - 0.05)).toBeLessThan(3 * Math.sqrt((0.05 * 0.95) / repeats));
  });
});

describe('two samples', () => {
  test('give scipy’s exact p for the membrane example in Hollander & Wolfe (4.1)', () => {
    const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    // scipy.stats.ks_2samp(method='exact') of scipy 1.17.1.
    const result = kolmogorovSmirnovTwoSample(term, early);
    expect(result?.statistic).toBeCloseTo(0.6, 12);
    expect(result?.p).toBeCloseTo(0.16583416583416583, 12);
    expect(kolmogorovSmirnovTwoSample(early, term)).toEqual({ ...result, p: expect.closeTo(result?.p ?? 0, 12) });
  });

  test.each([
    // scipy.stats.ks_2samp(method='exact') of scipy 1.17.1. Up to 10,000 pairs p is exact, above it is approximate.
    [100, 80, 0.125, 0.45570461991783856, 1e-10],
    [150, 120, 0.12166666666666667, 0.2566114583522481, 0.02],
  ])('of %i and %i values give scipy’s p', (m, n, statistic, expected, tolerance) => {
    const first = Array.from({ length: m }, (_, i) => ((i * 37) % 101) / 101);
    const second = Array.from({ length: n }, (_, i) => (((i * 53) % 97) / 97) ** 1.3);
    const result = kolmogorovSmirnovTwoSample(first, second);
    expect(result?.statistic).toBeCloseTo(statistic, 12);
    expect(Math.abs((result?.p ?? 0) / expected - 1)).toBeLessThan(tolerance);
  });

  test('with ties give the share of all orders that are as far apart or farther', () => {
    // Counted one by one: 296 of 792, and 26 of 126.
    const result = kolmogorovSmirnovTwoSample([1, 2, 2, 3, 5], [2, 3, 3, 4, 5, 6, 6]);
    expect(result).toEqual({ statistic: expect.closeTo(16 / 35, 12), p: expect.closeTo(296 / 792, 12) });
    expect(kolmogorovSmirnovTwoSample([1, 1, 1, 2], [1, 2, 2, 3, 3])?.p).toBeCloseTo(26 / 126, 12);
  });

  test('are the same when equal, as far apart as can be when separate, and nothing when one is empty', () => {
    expect(kolmogorovSmirnovTwoSample([1, 2, 3], [3, 1, 2])).toEqual({ statistic: 0, p: 1 });
    // Two of the 70 orders of four and four.
    expect(kolmogorovSmirnovTwoSample([1, 2, 3, 4], [5, 6, 7, 8])).toEqual({
      statistic: 1,
      p: expect.closeTo(2 / 70, 12),
    });
    expect(kolmogorovSmirnovTwoSample([], [1])).toBeNull();
    expect(kolmogorovSmirnovTwoSample([1], [])).toBeNull();
  });
});

/** Values i/n against a uniform distribution that lags behind them by just this distance. */
function atDistance(n: number, distance: number) {
  const values = Array.from({ length: n }, (_, i) => (i + 1) / n);
  return kolmogorovSmirnov(values, (x) => Math.min(1, Math.max(0, x - distance)));
}
