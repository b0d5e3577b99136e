import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../core/random.ts';
import { normalQuantile } from './normal.ts';
import { ratioAcrossBlocks, ratioOfMedians } from './ratio.ts';

describe('ratio of medians', () => {
  test('is the ratio of the two medians, with bounds around it', () => {
    const result = ratioOfMedians([10, 20, 30, 40, 50, 60, 70], [1, 2, 3, 4, 5, 6, 7]);
    expect(result?.ratio).toBe(10);
    expect(result?.lower).toBeLessThan(10);
    expect(result?.upper).toBeGreaterThan(10);
  });

  test('follows Price & Bonett step by step for n = 9', () => {
    // c = round(5 − 3) = 2; P(B ≤ 1 | 9, ½) = 10/512; z = 2.0626 (normal table: Φ(2.06) = 0.98030).
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const deviation = (Math.log(8) - Math.log(2)) / (2 * 2.0626);
    const half = 1.959964 * Math.sqrt(2) * deviation;
    const result = ratioOfMedians(values, values);
    expect(result?.upper).toBeCloseTo(Math.exp(half), 2);
    expect(result?.lower).toBeCloseTo(Math.exp(-half), 3);
  });

  test('has no interval below six values on either side, nor a ratio without any', () => {
    expect(ratioOfMedians([2, 2, 2], [1, 1, 1])).toEqual({
      ratio: 2,
      lower: null,
      upper: null,
      method: 'price-bonett',
    });
    expect(ratioOfMedians([], [1])).toBeNull();
  });

  test('is not made up where the median itself never came', () => {
    const never = Number.POSITIVE_INFINITY;
    expect(ratioOfMedians([1, never, never], [1, 2, 3])).toBeNull();
  });

  test.each([10, 40, 200])('covers the true ratio of skewed samples of %i in 95 % of experiments', (n) => {
    const random = seededRandom(5);
    const repeats = 2000;
    let covered = 0;
    for (let i = 0; i < repeats; i++) {
      const result = ratioOfMedians(logNormal(random, n, 0.4, 130), logNormal(random, n, 0.1, 100));
      if (result?.lower != null && result.upper != null && result.lower <= 1.3 && 1.3 <= result.upper) covered += 1;
    }
    expect(covered / repeats).toBeGreaterThan(0.935);
    expect(covered / repeats).toBeLessThan(0.985);
  });
});

describe('ratio across blocks', () => {
  test('uses per-block ratios from six blocks on, so that differences between machines cancel', () => {
    const random = seededRandom(3);
    const blocks = Array.from({ length: 8 }, (_, i) => {
      const machine = 100 * (1 + i);
      return {
        numerator: logNormal(random, 15, 0.02, 1.1 * machine),
        denominator: logNormal(random, 15, 0.02, machine),
      };
    });
    const result = ratioAcrossBlocks(blocks);
    expect(result?.method).toBe('paired-blocks');
    expect(result?.ratio).toBeCloseTo(1.1, 1);
    expect((result?.upper ?? 9) - (result?.lower ?? 0)).toBeLessThan(0.05);
    const pooled = ratioOfMedians(
      blocks.flatMap((block) => block.numerator),
      blocks.flatMap((block) => block.denominator),
    );
    const width = (it: typeof pooled) => (it?.upper ?? Number.NaN) - (it?.lower ?? Number.NaN);
    expect(width(pooled)).toBeGreaterThan(5 * width(result));
  });

  test('pools below six blocks and says so', () => {
    const block = { numerator: [2, 2.1, 1.9], denominator: [1, 1.1, 0.9] };
    expect(ratioAcrossBlocks([block, block])?.method).toBe('price-bonett');
  });

  test('pools where a block lacks one side', () => {
    const block = { numerator: [2, 2.1, 1.9], denominator: [1, 1.1, 0.9] };
    const result = ratioAcrossBlocks([...Array.from({ length: 7 }, () => block), { numerator: [2], denominator: [] }]);
    expect(result?.method).toBe('price-bonett');
  });
});

function logNormal(random: Random, n: number, sigma: number, middle: number): number[] {
  return Array.from({ length: n }, () => middle * Math.exp(sigma * normalQuantile(Math.max(random(), 1e-12))));
}
