import { expect, test } from 'vitest';
import { seededRandom, shuffled, splitMix64, xoshiro128StarStar } from './random.ts';

test('xoshiro128** gives the sequence of its authors’ C code from the state 1, 2, 3, 4', () => {
  const next = xoshiro128StarStar([1, 2, 3, 4]);
  const sequence = Array.from({ length: 8 }, next);
  expect(sequence).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849]);
});

test('SplitMix64 gives its well-known sequence from the seed 1234567', () => {
  const next = splitMix64(1234567n);
  const sequence = Array.from({ length: 5 }, next);
  expect(sequence).toEqual([
    6457827717110365317n,
    3203168211198807973n,
    9817491932198370423n,
    4593380528125082431n,
    16408922859458223821n,
  ]);
});

test('equal seeds give equal numbers, other seeds others, all in [0, 1)', () => {
  const draw = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(0).every((value) => value >= 0 && value < 1)).toBe(true);
});

test('a seed that is no whole number from 0 is refused', () => {
  for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => seededRandom(seed)).toThrow(RangeError);
});

test('shuffling keeps every item and gives all six orders of three items equally often', () => {
  const random = seededRandom(42);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffled(['a', 'b', 'c'], random).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  // χ² with 5 degrees of freedom: 20.5 is exceeded once in a thousand seeds.
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(chiSquare).toBeLessThan(20.5);
});

test('shuffling does not touch the list it is given', () => {
  const items = [1, 2, 3, 4];
  shuffled(items, seededRandom(1));
  expect(items).toEqual([1, 2, 3, 4]);
});
