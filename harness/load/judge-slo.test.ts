import { describe, expect, test } from 'vitest';
import { emptyHistogram } from '../statistics/histogram.ts';
import { type JudgedSecond, judgeSlo, missedIn } from './judge-slo.ts';
import { parseSlo } from './slo.ts';

/** `ok` requests of `ms` each, and failed ones that were refused at once. */
function second(ms: number, ok: number, { failed = 0, dropped = 0, late = 0 } = {}): JudgedSecond {
  const histogram = emptyHistogram();
  if (ok > 0) histogram.record(ms * 1e6, ok);
  if (late > 0) histogram.record(900e6, late);
  if (failed > 0) histogram.record(0.1e6, failed);
  const intended = histogram.encode();
  return { ok: ok + late, failed, dropped, intended, service: intended };
}

const seconds = (count: number, of: (i: number) => JudgedSecond): JudgedSecond[] =>
  Array.from({ length: count }, (_, i) => of(i));
const verdictOf = (slo: string, all: readonly JudgedSecond[]) => judgeSlo(parseSlo(slo), all).verdict;

describe('an objective', () => {
  test('is kept where the interval of the share that misses it lies below what it allows, and says what was measured', () => {
    const found = judgeSlo(
      parseSlo('p99<50ms,errors<1%'),
      seconds(15, () => second(2, 100)),
    );
    expect(found).toMatchObject({ text: 'p99<50ms,errors<1%', verdict: 'kept' });
    expect(found.why).toBe(
      'p99 2.00 ms (p99<50ms; 0 of 1500 later, wrong or never, 95 % interval 0 to 0.25 %), ' +
        'errors 0 % (errors<1%; 0 of 1500, 95 % interval 0 to 0.25 %)',
    );
    expect(found.limits).toMatchObject([
      { text: 'p99<50ms', verdict: 'kept', n: 1500, missed: 0 },
      { text: 'errors<1%', verdict: 'kept' },
    ]);
  });

  test('counts a failed request once, whether it was recorded as never or as soon as it failed', () => {
    const latencies = emptyHistogram();
    latencies.record(2e6, 98);
    latencies.record(Number.POSITIVE_INFINITY, 2);
    const intended = latencies.encode();
    const one = { ok: 98, failed: 2, dropped: 0, intended, service: intended };
    const found = judgeSlo(
      parseSlo('p99.5<50ms'),
      seconds(15, () => one),
    );
    expect(found.limits[0]).toMatchObject({ n: 1500, missed: 30 });
    expect(found.why).toContain('p99.5 never');
  });

  test('is not decided by the quantile alone: p99.9 of twelve requests, 1 % late of 1500', () => {
    const few = judgeSlo(
      parseSlo('p99.9<1s'),
      seconds(12, () => second(2, 1)),
    );
    expect(few).toMatchObject({ verdict: 'undecided', limits: [{ n: 12, missed: 0, needed: 3688 }] });
    expect(few.why).toContain('not decided, about 3688 requests would decide it');
    expect(
      verdictOf(
        'p99<50ms',
        seconds(15, () => second(2, 99, { late: 1 })),
      ),
    ).toBe('undecided');
  });

  test('is broken where too many are late, and at its limit', () => {
    expect(
      verdictOf(
        'p99<50ms',
        seconds(15, () => second(2, 95, { late: 5 })),
      ),
    ).toBe('broken');
    expect(
      verdictOf(
        'p50<2ms',
        seconds(15, () => second(2, 100)),
      ),
    ).toBe('broken');
  });

  test('is not decided where the same requests were late in one stop', () => {
    const stop = seconds(15, (i) => (i === 7 ? second(2, 25, { late: 75 }) : second(2, 100)));
    expect(verdictOf('p99<50ms', stop)).toBe('undecided');
  });

  test('takes a wrong answer, and one that was never sent, for later than any other', () => {
    expect(
      verdictOf(
        'p99<50ms',
        seconds(15, () => second(2, 0, { failed: 100 })),
      ),
    ).toBe('broken');
    expect(
      verdictOf(
        'p99<50ms',
        seconds(15, () => second(2, 90, { dropped: 10 })),
      ),
    ).toBe('broken');
    expect(
      verdictOf(
        'errors<1%',
        seconds(15, () => second(2, 90, { dropped: 10 })),
      ),
    ).toBe('broken');
    expect(
      verdictOf(
        'errors<1%',
        seconds(15, () => second(2, 90, { failed: 10 })),
      ),
    ).toBe('broken');
  });

  test('is broken when one limit is, and not kept when one is open', () => {
    const errors = seconds(15, () => second(2, 90, { failed: 10 }));
    expect(verdictOf('p50<50ms,errors<1%', errors)).toBe('broken');
    expect(
      verdictOf(
        'p50<50ms,p99.9<1s',
        seconds(15, () => second(2, 100)),
      ),
    ).toBe('undecided');
  });

  test('is not decided where nothing was sent', () => {
    const found = judgeSlo(parseSlo('p99<1s'), []);
    expect(found).toMatchObject({ verdict: 'undecided', limits: [{ n: 0, needed: null }] });
    expect(found.why).toContain('too little was sent to tell');
  });

  test('has its misses counted by the second, of each limit', () => {
    const slo = parseSlo('p99<50ms,errors<1%');
    expect(missedIn(slo, second(2, 96, { late: 2, failed: 1, dropped: 1 }))).toEqual([
      { n: 100, missed: 4, allowed: expect.closeTo(0.01, 9) },
      { n: 100, missed: 2, allowed: 0.01 },
    ]);
  });
});
