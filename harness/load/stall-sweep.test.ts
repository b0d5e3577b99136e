import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { judgeLoad } from './gates.ts';
import { loadResult } from './load.fixture.ts';
import type { LoadResult } from './load.ts';
import { reducer } from './reduce.ts';
import { dueTimes, plannedInWarmUp, plannedRequests, withWarmUp } from './schedule.ts';
import { histogramsOf, type Reduced, reducedOf } from './steady.ts';

/*
 * A generator without fault, simulated, before a server that stands still or changes: all the way through the reduction
 * and the gates of a measurement, against what each request really took.
 */

const RATE = 50;
const SERVICE_MS = 4;

interface Seeded {
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** Answered no earlier than this after the start, for a request that comes then. */
  readonly server: (atMs: number, random: () => number) => number;
  readonly seed: number;
}

interface Ended {
  readonly result: LoadResult;
  readonly reduced: Reduced;
  readonly valid: boolean;
  readonly reasons: readonly string[];
  /** p50, p90 and p99 of what was due after the warm-up, in ms. */
  readonly truth: readonly number[];
  readonly measured: readonly number[];
}

function run({ durationMs, warmUpMs, server, seed }: Seeded): Ended {
  const random = seededRandom(seed);
  const arrivals = { kind: 'constant', ratePerSecond: RATE, durationMs } as const;
  const dueNs = dueTimes(arrivals);
  const planned = plannedRequests(withWarmUp(arrivals, warmUpMs));
  const requests = Array.from({ length: planned }, (_, request) => {
    const sentMs = dueNs(request) / 1e6 + 0.4 + 0.3 * random();
    const endMs = server(sentMs, random);
    return { request, sentMs, endMs };
  });
  const reduced = reducer({ dueNs, warmUpNs: warmUpMs * 1e6, planDurationNs: durationMs * 1e6, onSecond() {} });
  for (const { request, sentMs, endMs } of requests.toSorted((a, b) => a.endMs - b.endMs)) {
    const answer = { status: 200, error: null, ok: true, blame: null, newConnection: request < 150 };
    reduced.add({ request, endNs: endMs * 1e6, serviceNs: (endMs - sentMs) * 1e6, ...answer });
  }
  const counts = reduced.finish();
  const warmUp = { ...counts.warmUp, planned: plannedInWarmUp(arrivals, warmUpMs) };
  const result = loadResult({ ...counts, warmUp, planned, expectedConnections: 150 });
  const figures = reducedOf(result, { arrivals, warmUpMs });
  const nothingElse = { machines: [], clockDriftNs: 0, contamination: null, calibrated: null, answer: null };
  const gates = judgeLoad({ result, reduced: figures, received: planned, ...nothingElse });
  const failed = gates.filter((it) => it.status === 'failed' && it.id !== 'generator-cpu');
  const after = requests.filter((it) => dueNs(it.request) >= warmUpMs * 1e6);
  const latencies = after.map((it) => it.endMs - dueNs(it.request) / 1e6).sort((a, b) => a - b);
  return {
    result,
    reduced: figures,
    valid: failed.length === 0,
    reasons: failed.map((it) => `${it.id}: ${it.measured}`),
    truth: QUANTILES.map((p) => latencies[Math.ceil(p * latencies.length) - 1] ?? 0),
    measured: QUANTILES.map((p) => (figures.intended.quantile(p) ?? 0) / 1e6),
  };
}

const QUANTILES = [0.5, 0.9, 0.99];

/** Called valid although a quantile is off by more than 2 % and more than 1 ms. */
function isSilent({ valid, truth, measured }: Ended): boolean {
  return valid && truth.some((ms, i) => Math.abs((measured[i] ?? 0) - ms) > Math.max(0.02 * ms, 1));
}

/** What was under way goes on after it; what comes meanwhile begins after it. */
function stalling(atMs: number, lengthMs: number): Seeded['server'] {
  return (sentMs, random) => {
    const serviceMs = SERVICE_MS * (0.8 + 0.4 * random());
    if (sentMs + serviceMs < atMs || sentMs >= atMs + lengthMs) return sentMs + serviceMs;
    return sentMs < atMs ? sentMs + serviceMs + lengthMs : atMs + lengthMs + serviceMs;
  };
}

describe('a server that stands still once', () => {
  const warmUpMs = 5_000;
  const durationMs = 15_000;
  const lengths = [300, 600, 800, 1_000, 1_300, 1_600, 2_000, 2_300, 2_600, 3_000];
  const positions = Array.from({ length: 21 }, (_, i) => i);

  test('at any second, for 0.3 to 3 s, is never measured wrongly and called valid: 0 of 210', () => {
    const ended = positions.flatMap((second) =>
      lengths.map((lengthMs) => {
        const seed = second * 10_000 + lengthMs;
        const one = run({ durationMs, warmUpMs, seed, server: stalling(1_000 * second - 137, lengthMs) });
        return { second, lengthMs, one };
      }),
    );
    expect(ended).toHaveLength(210);
    expect(ended.filter(({ one }) => isSilent(one))).toEqual([]);
    // Nor refused, so that nothing is shown: a stall alone is no drift.
    const refused = ended.filter(({ one }) => !one.valid);
    expect(refused.map(({ second, lengthMs, one }) => [second, lengthMs, one.reasons])).toEqual([]);
    // What stands still after the warm-up is in the figures, at whatever moment it began.
    const after = ended.filter(({ second, lengthMs }) => second > 5 && second <= 15 && lengthMs >= 1_000);
    expect(after.length).toBe(70);
    for (const { one, lengthMs } of after) expect(one.measured[2]).toBeGreaterThan(0.8 * lengthMs);
  });

  test('would be measured wrongly and called valid if what is early and unlike the rest were cut off', () => {
    const one = run({ durationMs, warmUpMs, seed: 3, server: stalling(7_000, 1_600) });
    const { intended } = histogramsOf(one.reduced.seconds.filter((it) => it.second >= 9));
    expect(isSilent(one)).toBe(false);
    expect(isSilent({ ...one, measured: QUANTILES.map((p) => (intended.quantile(p) ?? 0) / 1e6) })).toBe(true);
  });

  test('in the warm-up is told apart from the measurement, of which it is no part', () => {
    const { reduced, measured, valid } = run({ durationMs, warmUpMs, seed: 1, server: stalling(1_000, 2_000) });
    expect(valid).toBe(true);
    expect(measured[2]).toBeLessThan(7);
    expect(reduced.warmUp).toMatchObject({ durationMs: 5_000, sent: 250, failed: 0, ended: true });
    expect(reduced.warmUp.latency.max).toBeGreaterThan(1.9e9);
    expect(reduced.counts).toEqual({ planned: 750, sent: 750, ok: 750, failed: 0, dropped: 0 });
  });

  test('lowers no throughput that it does not lower, and raises none', () => {
    const throughput = (lengthMs: number, atMs: number) =>
      run({ durationMs, warmUpMs, seed: 2, server: stalling(atMs, lengthMs) }).reduced.throughputPerSecond;
    expect(throughput(0, 0)).toBeCloseTo(RATE, 0);
    // Everything that waited is answered after it: 112.5/s came out of 100/s where seconds without an answer were left out.
    expect(throughput(3_000, 9_500)).toBeCloseTo(RATE, 0);
    // What is not answered before the end of the plan is not.
    expect(throughput(3_000, 17_500)).toBeCloseTo((RATE * 12.5) / 15, 0);
  });
});

describe('a server that changes', () => {
  const load = { warmUpMs: 5_000, durationMs: 15_000, seed: 4 };
  const slower = (factor: (atMs: number) => number): Seeded => ({
    ...load,
    server: (atMs, random) => atMs + SERVICE_MS * factor(atMs) * (0.8 + 0.4 * random()),
  });

  test.each([
    ['doubles at 30 %', (atMs: number) => (atMs < 5_000 + 4_500 ? 1 : 2)],
    ['doubles evenly', (atMs: number) => 1 + Math.max(0, atMs - 5_000) / 15_000],
    ['becomes twice as quick in the middle', (atMs: number) => (atMs < 12_500 ? 2 : 1)],
  ])('and %s has no steady state', (_, factor) => {
    const { valid, reasons, measured, truth } = run(slower(factor));
    expect(valid).toBe(false);
    expect(reasons.join()).toMatch(/^steady: no steady state: its last third is \d+ % (above|below) the first/);
    // Nothing is left out of the figures, either.
    expect(isSilent({ ...run(slower(factor)), valid: true })).toBe(false);
    expect(measured[0] ?? 0).toBeCloseTo(truth[0] ?? 0, 0);
  });

  test('as it warms up, and has before the measurement begins, is steady; the warm-up shows it', () => {
    const { valid, reduced } = run(slower((atMs) => 1 + 20 * Math.exp(-atMs / 700)));
    expect([valid, reduced.steady.fromSecond, reduced.warmUp.ended]).toEqual([true, 5, true]);
    expect(reduced.warmUp.latency.max).toBeGreaterThan(60e6);
    expect(reduced.steady.smallestDrift).toBeGreaterThan(0.4);
    expect(reduced.steady.smallestDrift).toBeLessThan(0.65);
  });

  test('as it still warms up when the measurement begins is said to, by the warm-up itself', () => {
    const still = slower((atMs) => 1 + 3 * Math.exp(-atMs / 6_000));
    const { reasons, reduced } = run({ ...still, durationMs: 60_000 });
    expect(reduced.warmUp.ended).toBe(false);
    expect(reasons.join()).toMatch(/^warmed-up: warm-up of 5 s had not ended: the 5 s after it lie \d+ % above/);
  });

  test('is not told from less than twelve seconds, which is said, and no measurement that short is valid', () => {
    const { reasons } = run({ ...slower(() => 1), durationMs: 8_000 });
    expect(reasons).toEqual([
      'steady: no steady state: 8 whole seconds with answers are too few to tell, 12 are needed',
    ]);
  });

  test('whose connections are still being opened after the warm-up is said to', () => {
    const { reasons } = run({ ...slower(() => 1), warmUpMs: 1_000 });
    expect(reasons).toEqual(['warmed-up: warm-up of 1 s: 100 of 750 requests after it opened a connection']);
  });
});
