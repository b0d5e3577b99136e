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
    reason: 'no steady state: half of the requests or more failed in 0 of the first 10 seconds and in 10 of the last',
  });
  expect([intended.isNever(0.5), intended.isNever(0.9)]).toEqual([false, true]);
});

test('one second of failures is in the quantiles, and no change from beginning to end', () => {
  const { steady, intended } = reducedWhere((second) => second === 15);
  expect(steady).toMatchObject({ fromSecond: 0, reason: null });
  expect([intended.never, intended.isNever(0.99), intended.isNever(0.5)]).toEqual([RATE, true, false]);
});
