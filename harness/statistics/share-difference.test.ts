import { describe, expect, test } from 'vitest';
import { shareDifference } from './share-difference.ts';

function pairs(of: readonly (readonly [number, number])[], n = 5) {
  return of.map(([first, second]) => ({ first: { successes: first, n }, second: { successes: second, n } }));
}

describe('the difference of two shares over blocks', () => {
  test('is Student’s of the differences of the blocks', () => {
    // Differences 0.6, 0.2 and 1: mean 0.6, deviation 0.4, t = 2.598; p = 1 − t/√(2 + t²) = 0.12165.
    const result = shareDifference(
      pairs([
        [4, 1],
        [3, 2],
        [5, 0],
      ]),
    );
    expect(result).toMatchObject({ blocks: 3 });
    expect(result?.difference).toBeCloseTo(0.6, 12);
    expect(result?.p).toBeCloseTo(0.1216, 3);
    expect(result?.lower).toBeCloseTo(0.6 - (4.3027 * 0.4) / Math.sqrt(3), 3);
    expect(result?.upper).toBe(1);
  });

  test('none against all is no chance from four blocks on, and never more certain than blocks by the toss of a coin', () => {
    const none = (n: number) => shareDifference(pairs(Array.from({ length: n }, () => [0, 5] as const)));
    expect(none(3)?.p).toBeCloseTo(2 / 64, 9);
    expect(none(4)?.p).toBeCloseTo(2 / 256, 9);
    expect(none(8)?.p).toBeLessThan(0.0001);
    expect(none(4)?.upper).toBeLessThan(-0.7);
  });

  test('has a p of 1 where nothing differs, and none from one or two blocks', () => {
    expect(
      shareDifference(
        pairs([
          [5, 5],
          [5, 5],
          [5, 5],
        ]),
      )?.p,
    ).toBe(1);
    expect(
      shareDifference(
        pairs([
          [0, 5],
          [0, 5],
        ]),
      ),
    ).toEqual({ difference: -1, lower: null, upper: null, p: null, blocks: 2 });
    expect(shareDifference([])).toBeNull();
  });
});
