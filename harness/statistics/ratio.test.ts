import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../core/random.ts';
import { normalQuantile } from './normal.ts';
import { type BlockPair, ratioAcrossBlocks } from './ratio.ts';

describe('ratio across blocks', () => {
  test('cancels what differs between machines', () => {
    const random = seededRandom(3);
    const blocks = Array.from({ length: 8 }, (_, i) => {
      const machine = 100 * (1 + i);
      return {
        numerator: logNormal(random, 15, 0.02, 1.1 * machine),
        denominator: logNormal(random, 15, 0.02, machine),
      };
    });
    const result = ratioAcrossBlocks(blocks);
    expect(result?.ratio).toBeCloseTo(1.1, 1);
    expect((result?.upper ?? 9) - (result?.lower ?? 0)).toBeLessThan(0.05);
  });

  test('uses Student’s interval and p of the per-block log ratios from three blocks on', () => {
    const result = ratioAcrossBlocks(pairs([1.1, 1.2, 1.3]));
    // Logs 0.0953, 0.1823, 0.2624: mean 0.18000, deviation 0.08355; t = 4.303, so ± 0.20756.
    expect(result).toMatchObject({ method: 'paired-t', blocks: 3 });
    expect(result?.ratio).toBeCloseTo(Math.exp(0.18), 4);
    expect(result?.lower).toBeCloseTo(Math.exp(0.18 - 0.20756), 3);
    expect(result?.upper).toBeCloseTo(Math.exp(0.18 + 0.20756), 3);
    // t = 0.18000/0.04824 = 3.7315; with two degrees of freedom p = 1 − t/√(2 + t²) = 0.06491.
    expect(result?.p).toBeCloseTo(0.06491, 4);
  });

  test('uses ranks from twelve blocks on', () => {
    const result = ratioAcrossBlocks(pairs(Array.from({ length: 12 }, (_, i) => 1.1 + i / 100)));
    expect(result).toMatchObject({ method: 'paired-ranks', p: 2 / 2 ** 12 });
    expect(result?.ratio).toBeCloseTo(1.154, 2);
  });

  test.each([1, 2])('has no interval and no p from %i blocks, however many samples are in them', (n) => {
    const block = {
      numerator: Array.from({ length: 500 }, () => 2),
      denominator: Array.from({ length: 500 }, () => 1),
    };
    expect(ratioAcrossBlocks(Array.from({ length: n }, () => block))).toEqual({
      ratio: 2,
      lower: null,
      upper: null,
      p: null,
      blocks: n,
      method: 'too-few',
    });
  });

  test('leaves out a block that lacks one side, as a killed run has it', () => {
    const lacking = [
      { numerator: [9], denominator: [] },
      { numerator: [], denominator: [9] },
    ];
    expect(ratioAcrossBlocks([...pairs([2, 2, 2]), ...lacking])).toMatchObject({ blocks: 3, method: 'paired-t' });
    expect(ratioAcrossBlocks(lacking)).toBeNull();
  });

  test('takes “never” for slower than anything, by ranks', () => {
    const result = ratioAcrossBlocks(pairs([1.1, 1.2, 1.1, 1.3, NEVER, NEVER]));
    expect(result).toMatchObject({ method: 'paired-ranks', upper: null, blocks: 6, p: 2 / 64 });
    expect(result?.lower).toBeCloseTo(1.1, 9);
    const all = ratioAcrossBlocks(pairs([NEVER, NEVER, NEVER, NEVER, NEVER, NEVER]));
    expect(all).toMatchObject({ ratio: null, lower: null, upper: null, p: 2 / 64 });
    const other = ratioAcrossBlocks(pairs([1, 1, 1, 1, 1, 1]).map((it) => ({ ...it, denominator: [NEVER] })));
    expect(other).toMatchObject({ ratio: 0, lower: 0, upper: 0, p: 2 / 64 });
  });

  test('concludes nothing where “never” contradicts itself, and nothing from fewer than six blocks with it', () => {
    const both = [NEVER, NEVER, NEVER].map((never, i) => ({ numerator: [never], denominator: [i === 0 ? never : 1] }));
    const opposite = both.map(({ numerator, denominator }) => ({ numerator: denominator, denominator: numerator }));
    expect(ratioAcrossBlocks([...both, ...opposite])?.p).toBe(1);
    expect(ratioAcrossBlocks(pairs([1.1, 1.1, 1.1, 1.1, NEVER]))).toMatchObject({ p: null, method: 'too-few' });
  });

  test('is not certain because a few blocks agree to the last digit', () => {
    const result = ratioAcrossBlocks(pairs([1.001, 1.001, 1.001]));
    expect(result?.p).toBeGreaterThan(0.1);
  });
});

const NEVER = Number.POSITIVE_INFINITY;

function pairs(ratios: readonly number[]): BlockPair[] {
  return ratios.map((ratio) => ({ numerator: [ratio], denominator: [1] }));
}

function logNormal(random: Random, n: number, sigma: number, middle: number): number[] {
  return Array.from({ length: n }, () => middle * Math.exp(sigma * normalQuantile(Math.max(random(), 1e-12))));
}
