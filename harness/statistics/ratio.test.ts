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
    expect(result?.method).toBe('paired-ranks');
    expect(result?.ratio).toBeCloseTo(1.1, 1);
    expect((result?.upper ?? 9) - (result?.lower ?? 0)).toBeLessThan(0.05);
    const pooled = ratioOfMedians(
      blocks.flatMap((block) => block.numerator),
      blocks.flatMap((block) => block.denominator),
    );
    const width = (it: typeof pooled) => (it?.upper ?? Number.NaN) - (it?.lower ?? Number.NaN);
    expect(width(pooled)).toBeGreaterThan(5 * width(result));
  });

  test('uses Student’s interval of the per-block log ratios from three to five blocks', () => {
    const blocks = [1.1, 1.2, 1.3].map((ratio) => ({ numerator: [ratio], denominator: [1] }));
    const result = ratioAcrossBlocks(blocks);
    expect(result?.method).toBe('paired-t');
    // Logs 0.0953, 0.1823, 0.2624: mean 0.18000, deviation 0.08355; t = 4.303, so ± 0.20756.
    expect(result?.ratio).toBeCloseTo(Math.exp(0.18), 4);
    expect(result?.lower).toBeCloseTo(Math.exp(0.18 - 0.20756), 3);
    expect(result?.upper).toBeCloseTo(Math.exp(0.18 + 0.20756), 3);
  });

  test.each([4, 8])(
    'covers the true ratio in 95 %% of experiments when %i deployments differ; pooling does not',
    (n) => {
      const random = seededRandom(17);
      const repeats = 600;
      const covered = { blocks: 0, pooled: 0 };
      for (let i = 0; i < repeats; i++) {
        // Each side is deployed afresh in every block, and deployments differ by 10 %.
        const blocks = Array.from({ length: n }, () => ({
          numerator: logNormal(random, 10, 0.03, 1.2 * deployment(random)),
          denominator: logNormal(random, 10, 0.03, deployment(random)),
        }));
        const across = ratioAcrossBlocks(blocks);
        const pooled = ratioOfMedians(
          blocks.flatMap((block) => block.numerator),
          blocks.flatMap((block) => block.denominator),
        );
        if ((across?.lower ?? 9) <= 1.2 && 1.2 <= (across?.upper ?? 0)) covered.blocks += 1;
        if ((pooled?.lower ?? 9) <= 1.2 && 1.2 <= (pooled?.upper ?? 0)) covered.pooled += 1;
      }
      expect(covered.blocks / repeats).toBeGreaterThan(0.92);
      expect(covered.pooled / repeats).toBeLessThan(0.85);
    },
  );

  test('pools one or two blocks and says so', () => {
    const block = { numerator: [2, 2.1, 1.9], denominator: [1, 1.1, 0.9] };
    expect(ratioAcrossBlocks([block, block])?.method).toBe('price-bonett');
  });

  test('leaves out a block that lacks one side, as a killed run has it', () => {
    const block = { numerator: [2, 2.1, 1.9], denominator: [1, 1.1, 0.9] };
    const result = ratioAcrossBlocks([...Array.from({ length: 7 }, () => block), { numerator: [9], denominator: [] }]);
    expect(result?.method).toBe('paired-ranks');
    expect(result?.ratio).toBeCloseTo(2, 12);
  });

  test('does not leave out a block whose median never came', () => {
    const block = { numerator: [2, 2.1, 1.9], denominator: [1, 1.1, 0.9] };
    const never = { numerator: [Number.POSITIVE_INFINITY], denominator: [1] };
    expect(ratioAcrossBlocks([...Array.from({ length: 7 }, () => block), never])?.method).toBe('price-bonett');
    expect(ratioAcrossBlocks([block, block, never, never, never, never, never, never, never])).toBeNull();
  });
});

function deployment(random: Random): number {
  return 100 * Math.exp(0.1 * normalQuantile(Math.max(random(), 1e-12)));
}

function logNormal(random: Random, n: number, sigma: number, middle: number): number[] {
  return Array.from({ length: n }, () => middle * Math.exp(sigma * normalQuantile(Math.max(random(), 1e-12))));
}
