import { describe, expect, test } from 'vitest';
import type { SearchStep } from '../runs/schema.ts';
import type { Clue } from './belief.ts';
import { HIGHEST_RATE } from './ramp.ts';
import {
  type Bracket,
  cluesOfStep,
  concluded,
  MOST_STEPS,
  nextByDoubling,
  nextRate,
  stepsByDoubling,
} from './search.ts';

const clue = (ratePerSecond: number, spread = 0.15): Clue => ({ ratePerSecond, spread });

/** All rates that are tried where everything up to `sustained` is kept and all is answered. */
function rates(sustained: number, clues: readonly Clue[]) {
  const next = (bracket: Bracket) => (clues.length === 0 ? nextByDoubling(bracket) : nextRate(bracket, clues));
  const tried: number[] = [];
  let found: Bracket = { kept: undefined, broken: undefined };
  for (let rate = next(found); rate !== undefined && tried.length < 100; rate = next(found)) {
    tried.push(rate);
    found = rate <= sustained ? { ...found, kept: rate } : { ...found, broken: rate };
  }
  return { tried, found };
}

describe('the search for the highest sustained rate', () => {
  test('begins a little below what a ramp points at, and closes in from both sides', () => {
    expect(rates(600, [clue(600)])).toEqual({ tried: [554, 707, 623, 587], found: { kept: 587, broken: 623 } });
  });

  test('takes no more than eight steps where the ramp is wrong by a factor of two', () => {
    const steps = [0.5, 0.6, 0.75, 1.3, 1.6, 2].map((wrong) => rates(1_000, [clue(1_000 * wrong)]).tried.length);
    expect(Math.max(...steps)).toBeLessThanOrEqual(8);
    expect(stepsByDoubling(1_000)).toBe(10);
  });

  test('comes within its precision of the limit, whatever a ramp points at, and in as many steps as it says', () => {
    let most = 0;
    for (const sustained of [0, 1, 2, 7, 49, 50, 51, 333, 4_000, 11_111, 19_999, 50_000]) {
      for (const ratePerSecond of [20, 40, 60, 150, 700, 2_000, 9_000, HIGHEST_RATE]) {
        for (const spread of [0.15, 0.3, 0.7, 3]) {
          const { tried, found } = rates(sustained, [clue(ratePerSecond, spread)]);
          most = Math.max(most, tried.length);
          const name = `${sustained} from ${ratePerSecond}`;
          expect([name, found.kept ?? 0]).toEqual([name, Math.min(found.kept ?? 0, sustained, HIGHEST_RATE)]);
          if (found.broken === undefined) expect([name, found.kept]).toEqual([name, HIGHEST_RATE]);
          else if (found.kept === undefined) expect([name, found.broken]).toEqual([name, 1]);
          else if (found.broken - found.kept > 1) {
            expect([name, found.broken / found.kept <= 1.08]).toEqual([name, true]);
          }
        }
      }
    }
    expect(most).toBeLessThanOrEqual(MOST_STEPS);
  });

  test('goes to what an overloaded platform has answered', () => {
    const clues = [clue(1_600), ...cluesOfStep({ ratePerSecond: 1_500, verdict: 'broken', answeredPerSecond: 600 })];
    const next = nextRate({ kept: undefined, broken: 1_500 }, clues) ?? 0;
    const without = nextRate({ kept: undefined, broken: 1_500 }, [clue(1_600)]) ?? 0;
    expect(next).toBeLessThan(1_000);
    expect(without).toBeGreaterThan(1_200);
  });

  test('is led by no step that was kept, nor by one that was broken with all answered', () => {
    expect(cluesOfStep({ ratePerSecond: 100, verdict: 'kept', answeredPerSecond: 50 })).toEqual([]);
    expect(cluesOfStep({ ratePerSecond: 100, verdict: 'broken', answeredPerSecond: 99 })).toEqual([]);
    expect(cluesOfStep({ ratePerSecond: 100, verdict: 'broken', answeredPerSecond: 0 })).toEqual([]);
    // The platform died.
    expect(cluesOfStep({ ratePerSecond: 100, verdict: 'broken', answeredPerSecond: null })).toEqual([]);
  });

  test('stays near a rate that could not be decided', () => {
    const near = cluesOfStep({ ratePerSecond: 500, verdict: 'undecided', answeredPerSecond: 500 });
    const bracket = { kept: undefined, broken: 500 };
    const led = nextRate(bracket, [clue(520, 0.3), ...near]) ?? 0;
    expect(led).toBeGreaterThan(1.05 * (nextRate(bracket, [clue(520, 0.3)]) ?? 0));
    expect(led).toBeLessThan(500);
  });
});

describe('plain doubling', () => {
  test('doubles from a low rate, then halves the distance', () => {
    expect(rates(600, []).tried).toEqual([50, 100, 200, 400, 800, 566, 673, 617, 591]);
    expect([stepsByDoubling(600), stepsByDoubling(0)]).toEqual([9, 4]);
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
