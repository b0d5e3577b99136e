import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { warmUp } from './mser.ts';
import { normalQuantile } from './normal.ts';

describe('the warm-up', () => {
  test('is what the formula gives by hand', () => {
    // 9, 1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2: with d left out, Σ(x − mean)² / (12 − d)² is 0.3814 for d = 0, 0.0225 for
    // d = 1, 0.0250 for d = 2 and more from there on.
    expect(warmUp([9, 1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2], 1)).toEqual({ cut: 1 });
  });

  test('ends exactly at a step', () => {
    const step = (length: number, at: number) => Array.from({ length }, (_, i) => (i < at ? 50 : 10) + (i % 2));
    expect(warmUp(step(60, 17))).toEqual({ cut: 17 });
    expect(warmUp(step(300, 35))).toEqual({ cut: 35 });
    // Batches of five end where they end.
    expect(warmUp(step(300, 37))).toEqual({ cut: 40 });
    expect(warmUp(step(60, 17), 5)).toEqual({ cut: 20 });
  });

  test('covers an exponential approach until that is about as small as the noise', () => {
    const random = seededRandom(4);
    const values = Array.from({ length: 600 }, (_, i) => 100 + 80 * Math.exp(-i / 20) + noise(random()));
    const { cut } = warmUp(values);
    expect(cut).toBeGreaterThanOrEqual(40);
    expect(cut).toBeLessThanOrEqual(150);
  });

  test('is nothing in a constant series, in a long one neither', () => {
    expect(warmUp(new Array<number>(10).fill(0.1))).toEqual({ cut: 0 });
    expect(warmUp(new Array<number>(20_000).fill(1 / 3))).toEqual({ cut: 0 });
  });

  test('has no end in a series that goes on rising, or that changes late', () => {
    const rising = Array.from({ length: 60 }, (_, i) => i);
    expect(warmUp(rising)).toEqual({ cut: null, reason: 'the mean still settles after 45 of 60 values' });
    expect(warmUp(rising, 5)).toEqual({ cut: null, reason: 'the mean still settles after 35 of 60 values' });
    const late = Array.from({ length: 100 }, (_, i) => (i < 60 ? 5 : 1) + (i % 2) / 10);
    expect(warmUp(late).cut).toBeNull();
    expect(warmUp(late.slice(11)).cut).toBeNull();
    expect(warmUp(late.slice(21)).cut).toBe(39);
  });

  test('is not told from fewer than ten batches', () => {
    expect(warmUp([1, 2, 3])).toEqual({ cut: null, reason: '3 values are too few, 10 are needed' });
    expect(warmUp(new Array<number>(49).fill(1), 5)).toEqual({
      cut: null,
      reason: '49 values are too few, 50 are needed',
    });
    expect(warmUp(new Array<number>(54).fill(1), 5)).toEqual({ cut: 0 });
  });

  test('needs finite values and whole batches', () => {
    expect(() => warmUp([1, Number.NaN])).toThrow(RangeError);
    for (const batch of [0, 1.5]) expect(() => warmUp([1, 2], batch)).toThrow(RangeError);
  });
});

test.each([
  ['60 single values', 60, 1, 0.02],
  ['24 batches of five', 120, 5, 0.14],
  ['60 batches of five', 300, 5, 0.02],
])('white noise in %s is rarely called unsteady, and little of it is cut', (_, length, batch, limit) => {
  const random = seededRandom(21);
  const repeats = 400;
  const cuts = Array.from(
    { length: repeats },
    () =>
      warmUp(
        Array.from({ length }, () => noise(random())),
        batch,
      ).cut,
  );
  const found = cuts.filter((cut) => cut !== null);
  expect(1 - found.length / repeats).toBeLessThan(limit);
  expect(found.reduce((sum, cut) => sum + cut, 0) / found.length / length).toBeLessThan(0.1);
});

function noise(uniform: number): number {
  return normalQuantile(Math.max(uniform, 1e-12));
}
