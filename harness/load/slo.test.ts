import { describe, expect, test } from 'vitest';
import { emptyHistogram } from '../statistics/histogram.ts';
import { loadResult } from './load.fixture.ts';
import { judgeSlo, parseSlo } from './slo.ts';

const steady = { fromSecond: 0, reason: null, drift: 0, autocorrelation: null };

function reducedWith(latenciesMs: readonly number[]) {
  const intended = emptyHistogram();
  for (const ms of latenciesMs) intended.record(ms * 1e6);
  return { steady, intended, service: emptyHistogram(), lag: emptyHistogram(), throughputPerSecond: 1 };
}

describe('an objective', () => {
  test('is read with all its limits, whatever the spaces', () => {
    expect(parseSlo('p99 < 50ms, errors<0.1%')).toEqual({
      text: 'p99<50ms,errors<0.1%',
      limits: [
        { kind: 'latency', text: 'p99<50ms', p: 0.99, belowNs: 50e6 },
        { kind: 'errors', text: 'errors<0.1%', belowShare: 0.001 },
      ],
    });
  });

  test.each([
    ['p99.9<1s', 0.999, 1e9],
    ['p50<250us', 0.5, 250e3],
  ])('knows the units and orders of %s', (text, p, belowNs) => {
    const [limit] = parseSlo(text).limits;
    expect(limit).toMatchObject({ kind: 'latency', belowNs });
    expect(limit?.kind === 'latency' ? limit.p : 0).toBeCloseTo(p, 12);
  });

  test.each(['p99<50', 'p100<1ms', 'latency<5ms', 'errors<0.1', '', 'p99>5ms'])(
    'that cannot be understood is refused with what is wrong: %j',
    (text) => {
      expect(() => parseSlo(text)).toThrow(expect.objectContaining({ code: 'E_SLO', exitCode: 2 }));
    },
  );

  test('is kept below its limits, and says what was measured', () => {
    const verdict = judgeSlo(
      parseSlo('p50<5ms,errors<1%'),
      loadResult({ sent: 1000, ok: 995, failed: 5 }),
      reducedWith([1, 2, 3]),
    );
    expect(verdict).toEqual({ kept: true, why: 'p50 2.00 ms (p50<5ms), errors 0.50 % (errors<1%)' });
  });

  test('is broken at its limit', () => {
    expect(judgeSlo(parseSlo('p50<2ms'), loadResult({}), reducedWith([1, 2, 3])).kept).toBe(false);
  });

  test('counts a request that could not be sent as an error', () => {
    const verdict = judgeSlo(parseSlo('errors<1%'), loadResult({ sent: 90, ok: 90, dropped: 10 }), reducedWith([1]));
    expect(verdict).toEqual({ kept: false, why: 'errors 10.00 % (errors<1%)' });
  });

  test('is not kept where nothing answered', () => {
    expect(judgeSlo(parseSlo('p99<1s'), loadResult({ sent: 0, ok: 0 }), reducedWith([])).kept).toBe(false);
  });
});
