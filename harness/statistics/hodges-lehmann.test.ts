import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { rankSumCounts, shiftEstimate, signedRankCounts, signedRankEstimate } from './hodges-lehmann.ts';
import { normalQuantile } from './normal.ts';

/** The largest value whose lower tail is at most 2.5 %: what tables of critical values list for 5 % two-sided. */
function criticalValue(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  return (
    counts.findIndex((count) => {
      sum += count;
      return sum / total > 0.025;
    }) - 1
  );
}

describe('Wilcoxon signed-rank', () => {
  // Wilcoxon & Wilcox, "Some rapid approximate statistical procedures" (1964), 5 % two-sided.
  test.each([
    [6, 0],
    [7, 2],
    [8, 3],
    [9, 5],
    [10, 8],
    [12, 13],
    [15, 25],
    [20, 52],
    [25, 89],
  ])('has the published critical value at n = %i: %i', (n, expected) => {
    expect(criticalValue(signedRankCounts(n))).toBe(expected);
  });

  test('gives estimate and interval of the depression example in Hollander & Wolfe (3.1, 3.3, 3.4)', () => {
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const result = signedRankEstimate(after.map((value, i) => value - (before[i] ?? 0)));
    expect(result?.estimate).toBeCloseTo(-0.46, 10);
    expect(result?.lower).toBeCloseTo(-0.786, 10);
    expect(result?.upper).toBeCloseTo(-0.01, 10);
  });

  test('has no bounds below six values and no estimate without any', () => {
    expect(signedRankEstimate([1, 2, 3, 4, 5])).toEqual({ estimate: 3, lower: null, upper: null });
    expect(signedRankEstimate([1, 2, 3, 4, 5, 6])).toEqual({ estimate: 3.5, lower: 1, upper: 6 });
    expect(signedRankEstimate([])).toBeNull();
  });
});

describe('Mann–Whitney', () => {
  // Mann & Whitney (1947) and Auble (1953), 5 % two-sided.
  test.each([
    [4, 4, 0],
    [5, 5, 2],
    [6, 7, 6],
    [8, 8, 13],
    [10, 10, 23],
    [20, 20, 127],
  ])('has the published critical value for %i and %i: %i', (m, n, expected) => {
    expect(criticalValue(rankSumCounts(m, n))).toBe(expected);
  });

  test('gives estimate and interval of the membrane example in Hollander & Wolfe (4.1, 4.3, 4.4)', () => {
    const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    const result = shiftEstimate(term, early);
    expect(result?.estimate).toBeCloseTo(0.305, 10);
    expect(result?.lower).toBeCloseTo(-0.15, 10);
    expect(result?.upper).toBeCloseTo(0.76, 10);
  });
});

test.each([
  ['signed-rank, exact', 12, 0],
  ['signed-rank, approximate', 70, 0],
  ['rank-sum, exact', 15, 20],
  ['rank-sum, approximate', 70, 60],
])('the %s interval covers a true shift in 95 % of simulated experiments', (_, m, n) => {
  const random = seededRandom(99);
  const draw = (count: number, shift: number) => Array.from({ length: count }, () => shift + normal(random()));
  const repeats = 600;
  let covered = 0;
  for (let i = 0; i < repeats; i++) {
    const result = n === 0 ? signedRankEstimate(draw(m, 0.4)) : shiftEstimate(draw(m, 0.4), draw(n, 0));
    if (result?.lower != null && result.upper != null && result.lower <= 0.4 && 0.4 <= result.upper) covered += 1;
  }
  // Nominal 95 %, a little more by discreteness; four standard errors either way.
  expect(covered / repeats).toBeGreaterThan(0.915);
  expect(covered / repeats).toBeLessThan(0.99);
});

function normal(uniform: number): number {
  return normalQuantile(Math.min(Math.max(uniform, 1e-12), 1 - 1e-12));
}
