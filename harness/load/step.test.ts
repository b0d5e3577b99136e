import { describe, expect, test } from 'vitest';
import type { Objective } from '../runs/schema.ts';
import { emptyHistogram } from '../statistics/histogram.ts';
import { type JudgedSecond, judgeSlo } from './judge-slo.ts';
import { parseSlo } from './slo.ts';
import { extensionMs, isHopeless, STEP_CONFIDENCE } from './step.ts';

function second(ms: number): JudgedSecond {
  const histogram = emptyHistogram();
  histogram.record(ms * 1e6, 100);
  const encoded = histogram.encode();
  return { ok: 100, failed: 0, dropped: 0, intended: encoded, service: encoded };
}

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
    const late = Array.from({ length: 5 }, () => second(300));
    const judged = judgeSlo(parseSlo('p99<100ms,errors<0.1%'), late, STEP_CONFIDENCE);
    expect(judged.limits.map((it) => it.verdict)).toEqual(['broken', 'undecided']);
    expect(isHopeless(judged)).toBe(false);
  });
});
