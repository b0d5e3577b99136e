import { describe, expect, test } from 'vitest';
import { emptyHistogram } from '../statistics/histogram.ts';
import type { LoadSecond } from './load.ts';
import { type Bracket, breakingRate, HIGHEST_RATE, nextRate, stepsOfSearch } from './search.ts';
import { parseSlo } from './slo.ts';

const slo = parseSlo('p99<100ms,errors<1%');

/** All rates that are tried where everything up to `sustained` is kept. */
function rates(sustained: number, guess: number | undefined): { readonly tried: number[]; readonly found: Bracket } {
  const tried: number[] = [];
  let found: Bracket = { kept: undefined, broken: undefined };
  for (let rate = nextRate(found, guess); rate !== undefined; rate = nextRate(found, guess)) {
    tried.push(rate);
    found = rate <= sustained ? { ...found, kept: rate } : { ...found, broken: rate };
  }
  return { tried, found };
}

describe('the search for the highest sustained rate', () => {
  test('doubles without a guess, then halves the distance', () => {
    expect(rates(600, undefined).tried).toEqual([50, 100, 200, 400, 800, 566, 673, 617]);
  });

  test('starts at a guess and leaves it by steps that grow', () => {
    expect(rates(600, 580).tried).toEqual([580, 725, 648, 613]);
    expect(rates(600, 200).tried).toEqual([200, 250, 313, 490, 980, 693, 583, 636]);
    expect(rates(30, 200).tried).toEqual([200, 160, 128, 81, 32, 8, 16, 23, 27, 29, 30]);
  });

  test('finds the same as doubling, to within a tenth, whatever the guess', () => {
    for (const sustained of [1, 7, 49, 50, 333, 4_000, 19_999, 50_000]) {
      for (const guess of [undefined, 1, 10, 60, 700, 9_000, HIGHEST_RATE]) {
        const { found } = rates(sustained, guess);
        const name = `${sustained} from ${guess}`;
        expect([name, found.kept ?? 0]).toEqual([name, Math.min(found.kept ?? 0, sustained, HIGHEST_RATE)]);
        if (found.broken === undefined) expect([name, found.kept]).toEqual([name, HIGHEST_RATE]);
        else if (found.kept !== undefined && found.broken - found.kept > 1) {
          expect([name, found.broken / found.kept <= 1.1]).toEqual([name, true]);
        }
      }
    }
  });

  test('gives up where not even one request a second is sustained', () => {
    const { tried, found } = rates(0, 60);
    expect(found).toEqual({ kept: undefined, broken: 1 });
    expect(tried.length).toBeLessThan(12);
  });

  test('takes fewer steps from a guess that is near, the more so the higher the rate', () => {
    const saved = [300, 1_000, 5_000].map(
      (sustained) => stepsOfSearch(sustained, undefined) - stepsOfSearch(sustained, Math.round(sustained * 0.9)),
    );
    expect(saved).toEqual([3, 5, 7]);
  });
});

function second(number: number, ms: number, failed = 0): LoadSecond {
  const histogram = emptyHistogram();
  histogram.record(ms * 1e6, 100);
  const encoded = histogram.encode();
  const counts = { ok: 100 - failed, failed, dropped: 0 };
  return { second: number, ...counts, intended: encoded, service: encoded, lag: encoded, p50Ns: null, p99Ns: null };
}

describe('where a ramp breaks the objective', () => {
  const ramp = { kind: 'ramping', fromPerSecond: 100, toPerSecond: 1_100, durationMs: 10_000 } as const;
  const of = (...seconds: readonly LoadSecond[]) => breakingRate(ramp, seconds, slo);

  test('is the rate at the start of the first of two seconds that do', () => {
    expect(of(second(0, 5), second(1, 5), second(2, 300), second(3, 900), second(4, 900))).toBe(300);
    expect(of(second(0, 5), second(1, 5, 40), second(2, 5, 40))).toBe(200);
  });

  test('is not where one second alone was slow', () => {
    expect(of(second(0, 300), second(1, 5), second(2, 5), second(3, 5))).toBeUndefined();
  });

  test('may be its last second, and is nowhere after it, nor when it was kept', () => {
    expect(of(second(8, 5), second(9, 300))).toBe(1_000);
    expect(of(second(9, 5), second(10, 300), second(11, 300))).toBeUndefined();
    expect(of()).toBeUndefined();
  });
});
