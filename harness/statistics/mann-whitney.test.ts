import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { mannWhitney } from './mann-whitney.ts';

const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const early = [1.15, 0.88, 0.9, 0.74, 1.21];

describe('Mann–Whitney’s test', () => {
  test('has u and p of the membrane example in Hollander & Wolfe (4.1)', () => {
    // R’s help page of wilcox.test: W = 35, one-sided p = 0.1272.
    expect(mannWhitney(term, early)).toEqual({ u: 35, p: expect.closeTo(2 * 0.1272, 4) });
    expect(mannWhitney(early, term)).toEqual({ u: 15, p: expect.closeTo(2 * 0.1272, 4) });
  });

  test.each([
    // scipy.stats.mannwhitneyu(alternative='two-sided') of scipy 1.17.1, method 'exact' where there are no ties and at
    // most 20 values, 'asymptotic' otherwise.
    ['exact', term, early, 35, 0.2544122544122544],
    ['exact, from scipy’s documentation', [19, 22, 16, 29, 24], [20, 11, 17, 12], 17, 0.1111111111111111],
    ['with ties', [1, 2, 2, 3, 3, 3, 4, 5, 6, 7], [3, 4, 4, 5, 5, 6, 7, 8, 8, 9, 9, 10], 19.5, 0.007935137177450358],
    [
      'of larger samples',
      Array.from({ length: 30 }, (_, i) => ((i * 7) % 31) + 0.5 * (i % 3)),
      Array.from({ length: 25 }, (_, i) => ((i * 11) % 37) + 4),
      246.5,
      0.030462484143741746,
    ],
    [
      'exact at its largest',
      Array.from({ length: 20 }, (_, i) => 0.1 + 1.1 * i),
      Array.from({ length: 20 }, (_, i) => 3.05 + 1.3 * i),
      128.0,
      0.05239952187284972,
    ],
    [
      'far out',
      Array.from({ length: 60 }, (_, i) => i),
      Array.from({ length: 50 }, (_, i) => i + 45.5),
      105.0,
      5.704088067937e-17,
    ],
  ])('%s agrees with scipy', (_, first, second, u, p) => {
    const result = mannWhitney(first, second);
    expect(result?.u).toBe(u);
    expect((result?.p ?? 0) / p).toBeCloseTo(1, 10);
  });

  test('is certain of nothing where all values are equal, or the samples are', () => {
    expect(mannWhitney([1, 1, 1], [1, 1])).toEqual({ u: 3, p: 1 });
    expect(mannWhitney([1, 4], [2, 3])).toEqual({ u: 2, p: 1 });
  });

  test('ranks what never happened last, and refuses NaN and empty samples', () => {
    const never = Number.POSITIVE_INFINITY;
    expect(mannWhitney([never, never, 3], [1, 2])?.u).toBe(6);
    expect(() => mannWhitney([1, Number.NaN], [2])).toThrow(RangeError);
    expect(mannWhitney([], [1])).toBeNull();
    expect(mannWhitney([1], [])).toBeNull();
  });

  test.each([
    ['exact', 12, 15, 1e9],
    ['approximate', 40, 30, 1e9],
    ['tied', 25, 25, 6],
  ])('%s finds a difference between equal distributions in one of twenty simulated experiments', (_, m, n, levels) => {
    const random = seededRandom(77);
    const draw = (count: number) => Array.from({ length: count }, () => Math.floor(random() * levels));
    const repeats = 2000;
    let found = 0;
    for (let i = 0; i < repeats; i++) if ((mannWhitney(draw(m), draw(n))?.p ?? 1) <= 0.05) found += 1;
    expect(Math.abs(found / repeats - 0.05)).toBeLessThan(0.015);
  });
});
