import { describe, expect, test } from 'vitest';
import type { Objective, SearchStep } from '../runs/schema.ts';
import { emptyHistogram } from '../statistics/histogram.ts';
import { judgeSlo } from './judge-slo.ts';
import type { LoadSecond } from './load.ts';
import {
  type Bracket,
  breakingRate,
  concluded,
  extensionMs,
  HIGHEST_RATE,
  isHopeless,
  nextRate,
  STEP_CONFIDENCE,
  stepsOfSearch,
} from './search.ts';
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

describe('a step of the search', () => {
  const limit = { text: 'p99<50ms', why: 'p99 9 ms', lower: 0, upper: 1, effective: 1 };
  const objective = (...limits: readonly Partial<Objective['limits'][number]>[]): Objective => {
    const all = limits.map((it) => ({
      ...limit,
      verdict: 'undecided' as const,
      n: 1500,
      missed: 3,
      needed: 3000,
      ...it,
    }));
    return { text: 'p99<50ms', verdict: all[0]?.verdict ?? 'kept', why: '', limits: all };
  };

  test('goes on for as long as it takes to decide, at most four times its length', () => {
    // 1.2 × 3000 − 1500 at 100 a second.
    expect(extensionMs(objective({}), 100, 15_000)).toBe(21_000);
    expect(extensionMs(objective({ needed: 20_000 }), 100, 15_000)).toBe(45_000);
    expect(extensionMs(objective({ needed: null }), 100, 15_000)).toBe(45_000);
    expect(extensionMs(objective({ needed: 1501 }), 100, 15_000)).toBe(5_000);
  });

  test('does not go on where it is decided, or where four times as many requests cannot decide it', () => {
    expect(extensionMs(objective({ verdict: 'kept' }), 100, 15_000)).toBe(0);
    const tooFew = objective({ n: 150, missed: 0, needed: 3688 });
    expect([isHopeless(tooFew), extensionMs(tooFew, 10, 15_000)]).toEqual([true, 0]);
    expect(isHopeless(objective({ n: 1000, missed: 0, needed: 3688 }))).toBe(false);
  });

  test('is not without hope where one limit is broken and only another could not be decided', () => {
    const tooFew = { n: 600, missed: 0, needed: 4380 };
    expect(isHopeless(objective({ verdict: 'broken', n: 600, missed: 200, needed: 600 }, tooFew))).toBe(false);
    expect(isHopeless(objective({ verdict: 'undecided', n: 600, missed: 8, needed: 900 }, tooFew))).toBe(true);
  });

  test('is not without hope as it is judged: all of 500 too late, which say little of 0.1 % of errors', () => {
    const late = Array.from({ length: 5 }, (_, it) => second(it, 300));
    const judged = judgeSlo(parseSlo('p99<100ms,errors<0.1%'), late, STEP_CONFIDENCE);
    expect(judged.limits.map((it) => it.verdict)).toEqual(['broken', 'undecided']);
    expect(isHopeless(judged)).toBe(false);
  });
});

describe('what a search has found', () => {
  const at = (ratePerSecond: number, verdict: SearchStep['verdict'], whyNot: string | null = null): SearchStep => ({
    ...{ ratePerSecond, verdict, whyNot, trials: [1], why: `p99 at ${ratePerSecond}/s`, counts: whyNot === null },
  });

  test('is the highest rate that was kept and the lowest that was not', () => {
    expect(concluded([at(200, 'kept'), at(400, 'broken'), at(282, 'broken'), at(237, 'kept')])).toEqual({
      ...{ counts: true, whyNot: null, sustainedPerSecond: 237, brokenPerSecond: 282 },
      ...{ brokenVerdict: 'broken', why: 'p99 at 282/s' },
    });
    expect(concluded([at(20_000, 'kept')])).toMatchObject({ counts: true, brokenPerSecond: null, brokenVerdict: null });
    expect(concluded([at(4, 'broken'), at(1, 'broken')])).toMatchObject({ counts: true, sustainedPerSecond: null });
  });

  test('is not that nothing is sustained, where lower rates than the broken one were never tried', () => {
    expect(concluded([at(40, 'broken')])).toMatchObject({
      ...{ counts: false, whyNot: 'nothing below 40/s was tried', sustainedPerSecond: null, brokenPerSecond: 40 },
    });
  });

  test('is marked where the upper end was not decided', () => {
    expect(concluded([at(200, 'kept'), at(220, 'undecided')])).toMatchObject({
      counts: true,
      brokenVerdict: 'undecided',
    });
  });

  test('does not count where a step does not that it rests on', () => {
    expect(concluded([at(200, 'kept', 'steal: 9 %'), at(220, 'broken')])).toMatchObject({
      ...{ counts: false, whyNot: 'the step at 200/s does not count: steal: 9 %' },
    });
    expect(concluded([at(100, 'kept', 'steal: 9 %'), at(200, 'kept'), at(220, 'broken')])).toMatchObject({
      counts: true,
    });
  });

  test('does not count where not even the lowest rate was decided, or nothing measured', () => {
    expect(concluded([at(50, 'broken'), at(8, 'undecided')])).toMatchObject({
      ...{ counts: false, whyNot: 'not even 8/s was decided', sustainedPerSecond: null },
    });
    expect(concluded([])).toMatchObject({ counts: false });
  });
});
