import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../core/random.ts';
import { normalQuantile } from './normal.ts';
import { steadyPart } from './steadiness.ts';

describe('the steady part', () => {
  test('begins after the warm-up, and its drift is next to nothing', () => {
    const random = seededRandom(5);
    const series = Array.from({ length: 120 }, (_, i) => 20 + (i < 18 ? 30 - i : 0) + noise(random));
    const part = steadyPart(series);
    // The last step down is 13, the noise 1.
    if (part.from === null) throw new Error(part.reason);
    expect(part.from).toBeGreaterThanOrEqual(18);
    expect(part.from).toBeLessThan(24);
    expect(part.values).toEqual(series.slice(part.from));
    expect(part.drift.lower).toBeLessThan(part.drift.perStep);
    expect(part.drift.upper).toBeGreaterThan(part.drift.perStep);
    expect(Math.abs(part.drift.relative)).toBeLessThan(0.05);
  });

  test('may drift for certain, if by less than a tenth of the median in all', () => {
    const series = (total: number) => Array.from({ length: 100 }, (_, i) => 100 + (total * i) / 99 + (i % 2) * 30);
    const part = steadyPart(series(8));
    expect(part.from).toBe(0);
    expect(part.from === null ? null : part.drift.relative).toBeCloseTo(8 / 119, 2);
    expect(part.from === null ? null : part.drift.lower).toBeGreaterThan(0);
    expect(steadyPart(series(16)).from).toBeNull();
  });

  test('is all of a constant series, even of zeros', () => {
    for (const value of [7, 0]) {
      const drift = { perStep: 0, lower: 0, upper: 0, relative: 0 };
      const values = new Array<number>(30).fill(value);
      expect(steadyPart(values)).toEqual({ from: 0, values, drift });
    }
  });

  test('is looked for in batches of a size that may be chosen', () => {
    const step = Array.from({ length: 100 }, (_, i) => (i < 12 ? 50 : 10) + (i % 2) / 10);
    expect(steadyPart(step).from).toBe(12);
    expect(steadyPart(step, { batch: 5 }).from).toBe(15);
  });
});

describe('no steady state is said in plain words', () => {
  test('of a series that never settles', () => {
    const rising = Array.from({ length: 60 }, (_, i) => 100 + 5 * i);
    expect(steadyPart(rising)).toEqual({
      from: null,
      reason: 'no steady state: the mean still settles after 45 of 60 values',
    });
  });

  test('of one whose noise hides the drift from MSER', () => {
    const random = seededRandom(3);
    const series = Array.from({ length: 100 }, (_, i) => 100 + 0.3 * i + 15 * noise(random));
    expect(steadyPart(series).reason).toMatch(
      /^no steady state: from value \d+ to 100 it rises by \d\d % of the median \(0\.\d{3} a step, 95 % 0\.\d+ to 0\.\d+\)$/,
    );
    expect(steadyPart(series.toReversed()).reason).toMatch(/it falls by \d\d % of the median \(-0\./);
  });

  test('of one that is too short', () => {
    expect(steadyPart([1, 1, 1]).reason).toBe('no steady state: 3 values are too few, 10 are needed');
  });
});

test('nine in ten noisy but steady series are found steady, and hardly any that doubles', () => {
  const random = seededRandom(9);
  const repeats = 200;
  const share = (trend: number) => {
    const found = Array.from({ length: repeats }, () =>
      steadyPart(Array.from({ length: 60 }, (_, i) => 100 * (1 + (trend * i) / 60) + 15 * noise(random))),
    );
    return found.filter((part) => part.from !== null).length / repeats;
  };
  expect(share(0)).toBeGreaterThan(0.9);
  expect(share(1)).toBeLessThan(0.02);
});

function noise(random: Random): number {
  return normalQuantile(Math.max(random(), 1e-12));
}

test('short series of little noise are steady throughout, however late MSER would cut them', () => {
  const random = seededRandom(21);
  const repeats = 400;
  const found = Array.from({ length: repeats }, () => {
    return steadyPart(Array.from({ length: 12 }, () => 2 + 0.05 * noise(random))).from !== null;
  });
  expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(0.98 * repeats);
  // A warm-up that goes on to the end is none the less found in each.
  const settling = Array.from({ length: repeats }, () => {
    return steadyPart(Array.from({ length: 12 }, (_, i) => 2 + 2 / (1 + i) + 0.05 * noise(random))).from;
  });
  expect(settling.filter((from) => from === 0)).toEqual([]);
});
