import { describe, expect, test } from 'vitest';
import { decodeHistogram } from '../statistics/histogram.ts';
import { joinCallbacks } from './callbacks.ts';
import { compare } from './compare.ts';
import { loadResult } from './load.fixture.ts';
import { type FinishedRequest, reducer } from './reduce.ts';
import { dueTimes, plannedRequests } from './schedule.ts';
import { histogramsOf } from './steady.ts';
import type { TruthEntry } from './truth.ts';

const HOUR_MS = 3_600_000;
const SERVICE_NS = 2.98e6;
const STARTED_NS = 1_700_000_000_000_000_000n;

function constant(ratePerSecond: number, durationMs: number) {
  return { kind: 'constant', ratePerSecond, durationMs } as const;
}

/** Nanoseconds after the start at which k6 2.1 sends a request: `notScaledTickerPeriod*time.Duration(gi)`. */
function sentByK6(ratePerSecond: number): (request: number) => number {
  const ticker = BigInt(Math.floor(1e9 / ratePerSecond));
  return (request) => Number(ticker * BigInt(request));
}

/** The last minute of a plan, as k6 would send it, each answered after 2.98 ms. */
function lastMinute(ratePerSecond: number, durationMs: number): readonly FinishedRequest[] {
  const sentNs = sentByK6(ratePerSecond);
  const all = plannedRequests(constant(ratePerSecond, durationMs));
  return Array.from({ length: Math.min(all, 60 * ratePerSecond) }, (_, i) => {
    const request = all - 60 * ratePerSecond + i;
    const answer = { status: 200, error: null, blame: null, ok: true, newConnection: false };
    return { request, endNs: sentNs(request) + SERVICE_NS, serviceNs: SERVICE_NS, ...answer };
  });
}

describe('when requests are due', () => {
  test.each([
    [300, HOUR_MS, 0.36],
    [300, 8 * HOUR_MS, 2.88],
    [700, HOUR_MS, 1.08],
    [60, HOUR_MS, 0.144],
    [19_999, 20_000, 0.2],
    [50, 8 * HOUR_MS, 0],
  ])('at %i/s for %i ms is counted in k6’s whole nanoseconds, %f ms before what the rate alone says', (...args) => {
    const [ratePerSecond, durationMs, earlierMs] = args;
    const last = plannedRequests(constant(ratePerSecond, durationMs)) - 1;
    const dueNs = dueTimes(constant(ratePerSecond, durationMs));
    expect(dueNs(last)).toBe(sentByK6(ratePerSecond)(last));
    expect(((last * 1e9) / ratePerSecond - dueNs(last)) / 1e6).toBeCloseTo(earlierMs, 2);
  });

  test('ends with the plan: one more request would not be before its end', () => {
    for (const [ratePerSecond, durationMs] of [
      [100, 8_000],
      [300, HOUR_MS],
      [700, 8 * HOUR_MS],
      [19_999, 20_000],
      [3, 1_000],
    ] as const) {
      const planned = plannedRequests(constant(ratePerSecond, durationMs));
      const dueNs = dueTimes(constant(ratePerSecond, durationMs));
      expect(dueNs(planned - 1)).toBeLessThan(durationMs * 1e6);
      expect(dueNs(planned)).toBeGreaterThanOrEqual(durationMs * 1e6);
    }
    expect(plannedRequests(constant(100, 8_000))).toBe(800);
    expect(plannedRequests(constant(300, HOUR_MS))).toBe(1_080_001);
  });
});

describe('a long measurement at a rate that no whole number of nanoseconds divides', () => {
  test.each([
    [300, HOUR_MS],
    [300, 8 * HOUR_MS],
    [700, HOUR_MS],
    [60, HOUR_MS],
    [150, 8 * HOUR_MS],
  ])(
    'of %i/s for %i ms has the true latency to its end, and seems to send nothing early',
    (ratePerSecond, durationMs) => {
      const arrivals = constant(ratePerSecond, durationMs);
      const reduced = reducer({
        dueNs: dueTimes(arrivals),
        warmUpNs: 0,
        planDurationNs: durationMs * 1e6,
        onSecond() {},
      });
      for (const request of lastMinute(ratePerSecond, durationMs)) reduced.add(request);
      const { seconds, earlyNs } = reduced.finish();
      const { intended } = histogramsOf(seconds);
      for (const p of [0.001, 0.5, 0.999]) expect((intended.quantile(p) ?? 0) / SERVICE_NS).toBeCloseTo(1, 2);
      expect(earlyNs).toBe(0);
    },
  );

  test('that is taken for due by the rate alone shows it: requests seem to be sent before their time', () => {
    const reduced = reducer({
      dueNs: (request) => (request * 1e9) / 300,
      warmUpNs: 0,
      planDurationNs: HOUR_MS * 1e6,
      onSecond() {},
    });
    for (const request of lastMinute(300, HOUR_MS)) reduced.add(request);
    const { seconds, earlyNs } = reduced.finish();
    expect((histogramsOf(seconds).intended.quantile(0.5) ?? 0) / 1e6).toBeCloseTo(2.62, 1);
    expect((earlyNs ?? 0) / 1e6).toBeCloseTo(0.36, 2);
  });

  const arrivals = constant(700, 8 * HOUR_MS);
  const request = plannedRequests(arrivals) - 1;
  const arrivedNs = STARTED_NS + BigInt(sentByK6(700)(request));
  const entry: TruthEntry = {
    ...{ id: `run-${request}`, connection: 1, arrivedNs: arrivedNs + 3_000_000n },
    ...{ endedNs: arrivedNs + 3_000_000n, outcome: 'answered' },
  };
  const result = loadResult({ startedRealtimeNs: String(STARTED_NS), sent: 1 });

  test('has its callbacks timed by the same schedule', () => {
    const { callback } = joinCallbacks({ id: 'run', warmUpMs: 0, arrivals }, result, [entry], 1);
    expect((decodeHistogram(callback).max ?? 0) / 1e6).toBeCloseTo(3, 2);
  });

  test('is compared with a server’s own log by the same schedule', () => {
    const { arrivalLagNs } = compare({ id: 'run', warmUpMs: 0 }, arrivals, result, {
      connections: 1,
      entries: [entry],
    });
    expect((arrivalLagNs ?? 0) / 1e6).toBeCloseTo(3, 6);
  });
});
