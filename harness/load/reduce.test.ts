import { describe, expect, test } from 'vitest';
import { decodeHistogram } from '../statistics/histogram.ts';
import type { LoadSecond } from './load.ts';
import { type FinishedRequest, reducer } from './reduce.ts';

const PERIOD_NS = 10e6;

function request(number: number, changes: Partial<FinishedRequest> = {}): FinishedRequest {
  const endNs = number * PERIOD_NS + 2e6;
  return {
    request: number,
    endNs,
    serviceNs: 2e6,
    status: 200,
    error: null,
    blame: null,
    ok: true,
    newConnection: false,
    ...changes,
  };
}

function open(onSecond: (second: LoadSecond) => void = () => {}) {
  return reducer({ dueNs: (number) => number * PERIOD_NS, warmUpNs: 0, planDurationNs: 10e9, onSecond });
}

describe('requests reduced by the second', () => {
  test('count intended latency from the moment when they were due, not from when they were sent', () => {
    const reduced = open();
    // Due at 10 ms, sent at 510 ms, answered 2 ms later.
    reduced.add(request(1, { endNs: 512e6, serviceNs: 2e6 }));
    const [second] = reduced.finish().seconds;
    expect(decodeHistogram(second?.intended ?? '').max).toBeCloseTo(502e6, -6);
    expect(decodeHistogram(second?.service ?? '').max).toBeCloseTo(2e6, -4);
    expect(decodeHistogram(second?.lag ?? '').max).toBeCloseTo(500e6, -6);
  });

  test('are handed over as soon as their second can be closed, each second once and none lost', () => {
    const handed: LoadSecond[] = [];
    const reduced = open((second) => handed.push(second));
    for (let number = 0; number < 250; number++) reduced.add(request(number));
    expect(handed.map((it) => it.second)).toEqual([0]);
    const { seconds } = reduced.finish();
    expect(handed).toEqual(seconds);
    expect(seconds.map(({ second, ok }) => [second, ok])).toEqual([
      [0, 100],
      [1, 100],
      [2, 50],
    ]);
  });

  test('are in the histograms of their own second only', () => {
    const reduced = open();
    for (let number = 0; number < 700; number++) {
      const serviceNs = number < 100 ? 90e6 : 2e6;
      reduced.add(request(number, { serviceNs, endNs: number * PERIOD_NS + serviceNs }));
    }
    const slowest = reduced.finish().seconds.map((it) => decodeHistogram(it.service).max ?? 0);
    expect(slowest.map((ns) => Math.round(ns / 1e6))).toEqual([90, 90, 2, 2, 2, 2, 2]);
    const counts = reduced.finish().seconds.map((it) => decodeHistogram(it.intended).count);
    expect(counts.reduce((sum, count) => sum + count)).toBe(700);
  });

  test('that come after their second was closed count in the next one', () => {
    const reduced = open();
    for (let number = 0; number < 400; number++) reduced.add(request(number));
    reduced.add(request(400, { endNs: 1e6, serviceNs: 1e6 }));
    const { seconds } = reduced.finish();
    expect(seconds.map((it) => it.second)).toEqual([0, 1, 2, 3]);
    expect(seconds.reduce((sum, it) => sum + it.ok, 0)).toBe(401);
  });

  test('are late for ever when they failed, however soon they were told so', () => {
    const reduced = open();
    for (let number = 0; number < 100; number++) {
      const failed = { ok: false, status: 502, serviceNs: 100_000, endNs: number * PERIOD_NS + 100_000 };
      reduced.add(request(number, number % 50 === 7 ? failed : {}));
    }
    const [second] = reduced.finish().seconds;
    for (const it of [second?.intended ?? '', second?.service ?? ''].map(decodeHistogram)) {
      expect([it.count, it.never]).toEqual([100, 2]);
      expect(it.quantile(0.98)).toBeCloseTo(2e6, -5);
      expect(it.isNever(0.99)).toBe(true);
    }
    expect([second?.p50Ns, second?.p99Ns]).toEqual([expect.closeTo(2e6, -5), null]);
  });

  test('are kept one by one when they failed, up to a limit that is told', () => {
    const reduced = open();
    for (let number = 0; number < 1_500; number++) reduced.add(request(number, { ok: false, status: 500 }));
    const { requests, failed, failedNotKept } = reduced.finish();
    expect(failed).toBe(1_500);
    expect(requests.filter((it) => !it.ok)).toHaveLength(1_000);
    expect(failedNotKept).toBe(500);
  });

  test('are kept one by one when they were the slowest', () => {
    const reduced = open();
    for (let number = 0; number < 500; number++) {
      const serviceNs = number === 123 ? 90e6 : 2e6 + (number % 7) * 1e5;
      reduced.add(request(number, { serviceNs, endNs: number * PERIOD_NS + serviceNs }));
    }
    const { requests } = reduced.finish();
    expect(requests).toHaveLength(20);
    expect(requests[0]).toMatchObject({ request: 123, serviceNs: 90e6, intendedNs: 90e6 });
  });

  test('that seem to be answered before they were due have no negative latency', () => {
    const reduced = open();
    // The start is known to within a millisecond, and a refused connection takes less.
    reduced.add(request(7, { endNs: 7 * PERIOD_NS - 300_000, serviceNs: 150_000, ok: false, status: 0 }));
    expect(reduced.finish().requests).toMatchObject([{ request: 7, intendedNs: 0, serviceNs: 150_000 }]);
  });

  test('show how far the generator fell behind its plan', () => {
    const reduced = open();
    reduced.add(request(0));
    reduced.add(request(1, { endNs: 10e6 + 1e9 + 2e6 }));
    expect(reduced.finish().arrivalsD).toBeCloseTo(0.1, 5);
  });

  test('of a closed loop have no moment when they were due', () => {
    const reduced = reducer({ dueNs: null, warmUpNs: 0, planDurationNs: 10e9, onSecond() {} });
    reduced.add(request(5));
    const { seconds, arrivalsD, requests } = reduced.finish();
    expect(arrivalsD).toBeNull();
    expect(requests[0]?.intendedNs).toBeNull();
    expect(decodeHistogram(seconds[0]?.intended ?? '').count).toBe(0);
  });
});
