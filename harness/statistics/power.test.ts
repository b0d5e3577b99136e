import { expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { normalQuantile } from './normal.ts';
import { detectableRatio, fewestBlocks } from './power.ts';
import { ratioAcrossBlocks } from './ratio.ts';

test('the smallest ratio that can be told needs more blocks or fewer comparisons to become smaller', () => {
  const at = (blocks: number, comparisons: number) => detectableRatio({ blocks, comparisons, deviation: 0.05 });
  // t(0.975; 3) = 3.1824 and t(0.8; 3) = 0.9785, so 0.05 × 4.1609 / 2 = 0.10402.
  expect(at(4, 1)).toBeCloseTo(Math.exp(0.10402), 4);
  expect(at(4, 6)).toBeGreaterThan(at(4, 1) ?? 9);
  expect(at(8, 8)).toBeLessThan(at(5, 8) ?? 0);
  // With four the smallest p, 2 · 4⁻⁴, becomes 0.0625 as the only one of eight.
  expect([at(2, 1), at(4, 8), at(8, 0)]).toEqual([null, null, null]);
  expect([fewestBlocks(1), fewestBlocks(8), fewestBlocks(25), fewestBlocks(102)]).toEqual([3, 5, 5, 6]);
});

test.each([5, 8])('a ratio that is just so large is found in about four of five cases with %i blocks', (blocks) => {
  const random = seededRandom(3);
  const ratio = detectableRatio({ blocks, comparisons: 8, deviation: 0.05 }) ?? Number.NaN;
  const repeats = 1500;
  let found = 0;
  for (let i = 0; i < repeats; i++) {
    const pairs = Array.from({ length: blocks }, () => ({
      numerator: [ratio * Math.exp(0.05 * normalQuantile(random() + 2 ** -33))],
      denominator: [1],
    }));
    if ((ratioAcrossBlocks(pairs)?.p ?? 1) <= 0.05 / 8) found += 1;
  }
  expect(found / repeats).toBeGreaterThan(0.72);
  expect(found / repeats).toBeLessThan(0.9);
});
