import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { steadiness, unsettled } from './steadiness.ts';
import { autoregressive, falseAlarms, type Noise, seenShare } from './steadiness-simulation.ts';

function steps(length: number, value: (i: number) => number): number[] {
  return Array.from({ length }, (_, i) => value(i) + (i % 2) / 10);
}

describe('a series is steady', () => {
  test('when its last third lies where its first does', () => {
    const { steady, drift } = steadiness(steps(30, () => 20));
    expect([steady, drift]).toEqual([true, 0]);
    expect(steadiness(steps(30, (i) => 20 + i / 10))).toMatchObject({ steady: true, reason: null });
    for (const value of [7, 0]) expect(steadiness(new Array<number>(15).fill(value)).steady).toBe(true);
  });

  test('although it stood still for a while, wherever that was', () => {
    // Nothing comes for three seconds, then all at once: 12 of 15 seconds have a median, and one or two are off by far.
    for (let at = 0; at < 12; at++) {
      for (const width of [1, 2]) {
        const series = steps(width === 1 ? 12 : 15, (i) => (i >= at && i < at + width ? 1_500 : 5));
        expect([at, width, steadiness(series).steady]).toEqual([at, width, true]);
      }
    }
  });
});

describe('a series is not steady', () => {
  test('when it doubles or halves, evenly or at any moment between its first and last fifth', () => {
    for (const length of [15, 30, 60]) {
      expect(steadiness(steps(length, (i) => 10 + (10 * i) / length)).reason).toMatch(
        /^its last third is (4\d|5\d) % above the first \(limit 30 % above, 23 % below\)$/,
      );
      for (const at of [0.2, 0.3, 0.5, 0.8]) {
        expect(steadiness(steps(length, (i) => (i < at * length ? 10 : 20))).steady).toBe(false);
        expect(steadiness(steps(length, (i) => (i < at * length ? 20 : 10))).reason).toContain('below the first');
      }
    }
  });

  test('when it is too short to tell, or so noisy that a longer one is needed, which is said', () => {
    expect(steadiness(steps(11, () => 5)).reason).toBe('11 values are too few to tell, 12 are needed');
    const random = seededRandom(3);
    const noisy = autoregressive(random, { n: 15, correlation: 0, share: 0.9 }).map((it) => Math.abs(it) + 0.01);
    expect(steadiness(noisy)).toMatchObject({
      steady: false,
      reason: expect.stringMatching(/^15 values so unlike each other are too few to tell, about \d+ are needed$/),
    });
  });
});

test('a warm-up that had not ended is seen in the first five values, one that had is not', () => {
  expect(unsettled(steps(30, (i) => 10 + 20 * Math.exp(-i / 4)))).toBeGreaterThan(0.5);
  expect(unsettled(steps(30, () => 10))).toBeNull();
  // Two of five may be anything.
  expect(unsettled(steps(30, (i) => (i === 1 || i === 2 ? 500 : 10)))).toBeNull();
  // Five are a third of fifteen, which is compared already.
  expect(unsettled(steps(15, (i) => (i < 5 ? 30 : 10)))).toBeNull();
});

/** What a machine with little else to do may show at worst. */
const NOISES: readonly Omit<Noise, 'n'>[] = [
  { correlation: 0, share: 0.02 },
  { correlation: 0, share: 0.1 },
  { correlation: 0.5, share: 0.1 },
  { correlation: 0.8, share: 0.05 },
  { correlation: 0.8, share: 0.1 },
];

describe.each([15, 30, 60])('of simulated series of %i seconds', (n) => {
  const repetitions = 400;

  test('at most 5 % without a drift are refused, of whatever noise and correlation up to 10 % and 0.8', () => {
    for (const noise of NOISES) {
      const share = falseAlarms(seededRandom(n), { ...noise, n }, repetitions);
      // Two standard errors of a share of 5 % of so many are 2.2 %.
      expect([noise, share <= 0.072]).toEqual([noise, true]);
    }
  });

  test('at least 95 % of those that double are refused', () => {
    for (const noise of NOISES) {
      const share = seenShare(seededRandom(n), { ...noise, n }, 1, repetitions);
      expect([noise, share >= 0.928]).toEqual([noise, true]);
    }
  });

  test('the drift that is said to be the smallest that can be seen is seen', () => {
    for (const noise of NOISES) {
      const random = seededRandom(n);
      const said = Array.from({ length: 100 }, () => {
        const { smallestDrift = Number.NaN } = steadiness(autoregressive(random, { ...noise, n }));
        return smallestDrift;
      }).sort((a, b) => a - b);
      expect(seenShare(random, { ...noise, n }, said[50] ?? Number.NaN, repetitions)).toBeGreaterThan(0.8);
    }
  });
});
