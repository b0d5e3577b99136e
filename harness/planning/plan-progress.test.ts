import { describe, expect, test } from 'vitest';
import type { PlannedPart } from './duration.ts';
import { planProgress } from './plan-progress.ts';

const part = (name: string, seconds: number): PlannedPart => ({
  ...{ name, key: name, plannedMs: seconds * 1000 },
  ...{ leastMs: seconds * 1000, typicalMs: seconds * 1000, mostMs: seconds * 1000 },
});

/** A bar over a latency of 100 s and a search of 300 s, on a clock that is set by hand. */
function bar(lanes = 1) {
  const clock = { ms: 0 };
  const progress = planProgress([part('latency', 100), part('throughput', 300)], lanes, 0, () => clock.ms);
  const at = (seconds: number): string => {
    clock.ms = seconds * 1000;
    return progress.words();
  };
  return { progress, at, clock };
}

describe('the progress bar', () => {
  test('counts planned seconds over all scenarios, and what is left of them', () => {
    const { progress, at, clock } = bar();
    progress.begin(0, 0);
    expect(at(0)).toBe('[....................] 0 % · about 7 min left');
    clock.ms = 50_000;
    progress.step(0, 1, 2);
    expect(at(50)).toBe('[###.................] 12 % · about 6 min left');
    clock.ms = 100_000;
    progress.begin(0, 1);
    expect(at(100)).toBe('[#####...............] 25 % · about 5 min left');
  });

  test('moves while one long step goes on, but not beyond it', () => {
    const { progress, at, clock } = bar();
    progress.begin(0, 0);
    clock.ms = 100_000;
    progress.begin(0, 1);
    progress.step(0, 0, 2);
    const shares = [100, 150, 200, 240, 400, 900].map((s) => Number(/(\d+) %/.exec(at(s))?.[1]));
    expect(shares).toEqual([25, 37, 50, 60, 60, 60]);
    clock.ms = 910_000;
    progress.step(0, 1, 2);
    expect(at(910)).toContain(' 62 %');
  });

  test('does not let what is left grow when a step takes as long as planned', () => {
    const { progress, at } = bar();
    progress.begin(0, 1);
    progress.step(0, 0, 2);
    const left = [0, 30, 60, 90, 120, 140].map((s) => {
      const [, value, unit] = /about (\d+) (s|min) left/.exec(at(s)) ?? [];
      return Number(value) * (unit === 'min' ? 60 : 1);
    });
    expect(left.every((it, i) => i === 0 || it <= (left[i - 1] ?? 0))).toBe(true);
  });

  test('expects the rest to take longer where what is over did', () => {
    const { progress, at, clock } = bar();
    progress.begin(0, 0);
    clock.ms = 200_000;
    progress.begin(0, 1);
    // Twice the plan's pace over 100 s, less what a run has to show first.
    expect(at(200)).toBe('[#####...............] 25 % · about 8 min left');
  });

  test('is the mean of lanes that go on at the same time, and says how long each scenario took in the slowest', () => {
    const { progress, at, clock } = bar(2);
    progress.begin(0, 0);
    progress.begin(1, 0);
    clock.ms = 80_000;
    progress.begin(0, 1);
    clock.ms = 100_000;
    progress.begin(1, 1);
    expect(at(100)).toContain(' 27 %');
    clock.ms = 300_000;
    progress.begin(0, 2);
    clock.ms = 350_000;
    progress.begin(1, 2);
    expect(at(350)).toContain('100 %');
    expect(progress.took()).toEqual([100_000, 250_000]);
  });
});
