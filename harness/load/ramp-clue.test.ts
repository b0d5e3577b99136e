import { describe, expect, test } from 'vitest';
import { emptyHistogram } from '../statistics/histogram.ts';
import type { LoadSecond } from './load.ts';
import { clueOfRamp, clueOfRamps, HIGHEST_RATE, MOST_RAMPS, nextRamp, type RampSeen, rampSeconds } from './ramp.ts';
import { parseSlo } from './slo.ts';

const slo = parseSlo('p99<100ms,errors<1%');
const ramp = { kind: 'ramping', fromPerSecond: 100, toPerSecond: 1_100, durationMs: 10_000 } as const;

function second(number: number, ms: number, failed = 0): LoadSecond {
  const histogram = emptyHistogram();
  histogram.record(ms * 1e6, 100);
  const encoded = histogram.encode();
  const counts = { ok: 100 - failed, failed, dropped: 0 };
  return {
    second: number,
    warmUp: false,
    ...counts,
    intended: encoded,
    service: encoded,
    lag: encoded,
    p50Ns: null,
    p99Ns: null,
  };
}

/** Where the objective breaks when the seconds of the ramp are as slow as this, in ms. */
function brokenFrom(...slow: readonly number[]): number | undefined {
  const seconds = slow.map((ms, at) => second(at, ms));
  return clueOfRamp(ramp, rampSeconds(slo, seconds))?.ratePerSecond;
}

describe('what a ramp points at', () => {
  test('is the rate at the start of the first second from which on the objective is broken', () => {
    expect(brokenFrom(5, 5, 300, 900, 900, 900, 900, 900, 900, 900)).toBe(300);
    const failing = [0, 1, 2, 3].map((at) => second(at, 5, at < 2 ? 0 : 40));
    expect(clueOfRamp(ramp, rampSeconds(slo, failing))?.ratePerSecond).toBe(300);
  });

  test('is not where the machine stood still for two seconds and then kept it', () => {
    expect(brokenFrom(5, 300, 300, 5, 5, 5, 5, 5, 5, 5)).toBeUndefined();
    expect(brokenFrom(5, 300, 300, 5, 5, 5, 5, 900, 900, 900)).toBe(800);
  });

  test('does not move for a second that seems in order where all others after it are broken', () => {
    expect(brokenFrom(5, 5, 5, 300, 300, 5, 900, 900, 900, 900)).toBe(400);
  });

  test('may be its last second, and is nowhere after it, nor when it was kept', () => {
    const of = (...seconds: readonly LoadSecond[]) => clueOfRamp(ramp, rampSeconds(slo, seconds))?.ratePerSecond;
    expect(of(second(8, 5), second(9, 300))).toBe(1_000);
    expect(of(second(9, 5), second(10, 300), second(11, 300))).toBeUndefined();
    expect(of()).toBeUndefined();
  });

  test('is as uncertain as the rate grows in one second', () => {
    const early = clueOfRamp(ramp, rampSeconds(slo, [second(0, 5), ...[1, 2, 3].map((at) => second(at, 300))]));
    expect(early).toEqual({ ratePerSecond: 200, spread: expect.closeTo(Math.log(300 / 200), 6) });
    const late = clueOfRamp(ramp, rampSeconds(slo, [second(8, 5), second(9, 300)]));
    expect(late?.spread).toBe(0.15);
  });
});

describe('ramps', () => {
  const kept = { clue: undefined };

  test('end above what closed loops have reached, and go on from there while nothing breaks', () => {
    expect(nextRamp([], 800)).toEqual({ fromPerSecond: 20, toPerSecond: 1_000 });
    const first = { fromPerSecond: 20, toPerSecond: 1_000 };
    expect(nextRamp([{ ...first, ...kept }], 800)).toEqual({ fromPerSecond: 1_000, toPerSecond: 8_000 });
    expect(nextRamp([{ ...first, clue: { ratePerSecond: 300, spread: 0.1 } }], 800)).toBeUndefined();
  });

  test('are no more than they are said to be, and point at their end where nothing broke', () => {
    const counts = [undefined, 1, 20, 100, 5_000].map((ceiling) => {
      const ramps: RampSeen[] = [];
      for (let next = nextRamp(ramps, ceiling); next !== undefined; next = nextRamp(ramps, ceiling)) {
        ramps.push({ ...next, ...kept });
      }
      expect(clueOfRamps(ramps)).toEqual({ ratePerSecond: HIGHEST_RATE, spread: 0.5 });
      return ramps.length;
    });
    expect(Math.max(...counts)).toBe(MOST_RAMPS);
  });
});
