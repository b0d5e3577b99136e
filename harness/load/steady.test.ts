import { expect, test } from 'vitest';
import { loadResult } from './load.fixture.ts';
import { reducer } from './reduce.ts';
import { reducedOf } from './steady.ts';

const SECONDS = 30;
const RATE = 20;

/** Answers of 4 ms; where `fails`, refused after 1 ms. */
function reducedWhere(fails: (second: number) => boolean) {
  const dueNs = (request: number): number => (request * 1e9) / RATE;
  const requests = reducer({ dueNs, warmUpNs: 0, planDurationNs: SECONDS * 1e9, onSecond: () => {} });
  for (let request = 0; request < SECONDS * RATE; request++) {
    const ok = !fails(Math.floor(request / RATE));
    const serviceNs = ok ? 4e6 : 1e6;
    const said = { status: ok ? 200 : 502, error: null, blame: null, ok, newConnection: false };
    requests.add({ request, endNs: dueNs(request) + serviceNs, serviceNs, ...said });
  }
  const arrivals = { kind: 'constant', ratePerSecond: RATE, durationMs: SECONDS * 1000 } as const;
  return reducedOf(loadResult(requests.finish()), { arrivals, warmUpMs: 0 });
}

test('a platform that fails from the middle on is not steady, though the answers that came are alike', () => {
  const { steady, intended } = reducedWhere((second) => second >= 20);
  expect(steady).toMatchObject({
    fromSecond: null,
    reason:
      'no steady state: half of the requests or more failed, or none was answered, in 0 of the first 10 seconds and in 10 of the last',
  });
  expect([intended.isNever(0.5), intended.isNever(0.9)]).toEqual([false, true]);
});

test('one second of failures is in the quantiles, and no change from beginning to end', () => {
  const { steady, intended } = reducedWhere((second) => second === 15);
  expect(steady).toMatchObject({ fromSecond: 0, reason: null });
  expect([intended.never, intended.isNever(0.99), intended.isNever(0.5)]).toEqual([RATE, true, false]);
});

/** After a warm-up of 5 s. */
function reducedOfAnswersAfter(serviceMs: (dueMs: number) => number, seconds = 15) {
  const warmUpMs = 5_000;
  const dueNs = (request: number): number => (request * 1e9) / RATE;
  const requests = reducer({
    dueNs,
    warmUpNs: warmUpMs * 1e6,
    planDurationNs: (5 + seconds) * 1e9,
    onSecond: () => {},
  });
  for (let request = 0; request < (5 + seconds) * RATE; request++) {
    const serviceNs = serviceMs(dueNs(request) / 1e6) * 1e6;
    const said = { status: 200, error: null, blame: null, ok: true, newConnection: false };
    requests.add({ request, endNs: dueNs(request) + serviceNs, serviceNs, ...said });
  }
  const arrivals = { kind: 'constant', ratePerSecond: RATE, durationMs: seconds * 1000 } as const;
  return reducedOf(loadResult(requests.finish()), { arrivals, warmUpMs });
}

test.each([4, 900, 3_500])('throughput of a function that takes %i ms is the rate that it answers at', (serviceMs) => {
  const { throughputPerSecond, counts } = reducedOfAnswersAfter(() => serviceMs);
  expect(throughputPerSecond).toBeCloseTo(RATE, 5);
  expect(counts.ok).toBe(15 * RATE);
});

test('throughput is not raised by what the warm-up has left waiting, and counts no answer after the end', () => {
  const stalled = (fromMs: number) =>
    reducedOfAnswersAfter((dueMs) => (dueMs >= fromMs && dueMs < fromMs + 2_500 ? fromMs + 2_500 - dueMs + 4 : 4));
  expect(stalled(3_000).throughputPerSecond).toBeCloseTo(RATE, 5);
  expect(stalled(10_000).throughputPerSecond).toBeCloseTo(RATE, 5);
  expect(stalled(18_000).throughputPerSecond).toBeCloseTo((RATE * 13) / 15, 5);
});

test('a platform that answers nothing from the middle on until after the end is not steady', () => {
  const { steady } = reducedOfAnswersAfter((dueMs) => (dueMs >= 41_000 ? 65_200 - dueMs : 4), 60);
  expect(steady).toMatchObject({
    fromSecond: null,
    reason: expect.stringMatching(/none was answered, in 0 of the first 20 seconds and in 20 of the last/),
  });
});

test.each([5, 12, 17])('a stall of 3 s from second %i on is no change from beginning to end', (fromSecond) => {
  const until = (fromSecond + 2.95) * 1000;
  const { steady } = reducedOfAnswersAfter((dueMs) =>
    dueMs >= fromSecond * 1000 && dueMs < until ? until - dueMs : 4,
  );
  expect(steady).toMatchObject({ fromSecond: 5, reason: null });
});

test.each([15, 30, 60])('a function that takes 2.5 s is steady in %i s', (seconds) => {
  expect(reducedOfAnswersAfter(() => 2_500, seconds).steady).toMatchObject({ fromSecond: 5, reason: null });
});
