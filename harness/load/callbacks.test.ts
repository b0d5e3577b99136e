import { expect, test } from 'vitest';
import { decodeHistogram } from '../statistics/histogram.ts';
import { joinCallbacks } from './callbacks.ts';
import type { TruthEntry } from './truth.ts';

const plan = { id: 'run', warmUpMs: 0, arrivals: { kind: 'constant', ratePerSecond: 10, durationMs: 300 } } as const;
const result = { startedRealtimeNs: '1700000000000000000', requests: [] };

function came(id: string, afterMs: number): TruthEntry {
  const at = 1_700_000_000_000_000_000n + BigInt(afterMs) * 1_000_000n;
  return { id, connection: 1, arrivedNs: at, endedNs: at, outcome: 'answered' };
}

test('callbacks are timed from when their request was due', () => {
  // Due at 0, 100 and 200 ms.
  const joined = joinCallbacks(plan, result, [came('run-0', 30), came('run-1', 130), came('run-2', 280)], 3);
  expect(joined).toMatchObject({ calledBack: 3, lost: 0, repeated: 0 });
  expect(joined.callbacksPerSecond).toBeCloseTo(8, 6);
  expect(decodeHistogram(joined.callback).quantile(0.5)).toBeCloseTo(30e6, -5);
  expect(decodeHistogram(joined.callback).max).toBeCloseTo(80e6, -5);
});

test('callbacks that never came are lost, and those that came again are told, not counted', () => {
  const joined = joinCallbacks(plan, result, [came('run-0', 30), came('run-0', 900), came('other-1', 40)], 3);
  expect(joined).toMatchObject({ calledBack: 1, lost: 2, repeated: 1, callbacksPerSecond: 0 });
});

test('a lost callback is late for ever in every quantile', () => {
  const many = { ...plan, arrivals: { ...plan.arrivals, ratePerSecond: 1000 } };
  const entries = Array.from({ length: 980 }, (_, number) => came(`run-${number}`, number + 8));
  const joined = joinCallbacks(many, result, entries, 1000);
  const callback = decodeHistogram(joined.callback);
  expect(joined).toMatchObject({ calledBack: 980, lost: 20 });
  expect([callback.count, callback.never]).toEqual([1000, 20]);
  expect(callback.quantile(0.98)).toBeCloseTo(8e6, -5);
  expect([callback.quantile(0.99), callback.isNever(0.99)]).toEqual([null, true]);
});

test('a callback of a request that was refused makes up for no loss', () => {
  const refused = {
    request: 1,
    warmUp: false,
    sentNs: 0,
    serviceNs: 1e6,
    intendedNs: 1e6,
    status: 500,
    error: null,
    ok: false,
  };
  const requests = [{ ...refused, origin: 'gateway', words: null } as const];
  const joined = joinCallbacks(plan, { ...result, requests }, [came('run-0', 30), came('run-1', 130)], 2);
  expect(joined).toMatchObject({ calledBack: 1, lost: 1, unaccepted: 1, repeated: 0 });
  expect(decodeHistogram(joined.callback).count).toBe(2);
});
