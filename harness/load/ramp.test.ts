import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openHere } from '../core/here.ts';
import { repositoryRoot } from '../core/paths.ts';
import { distributedLoad } from './distributed.ts';
import { k6Load } from './k6/run.ts';
import type { Load, LoadPlan } from './load.ts';
import { loadPrograms } from './programs.fixture.ts';
import { dueTimes, highestRate, plannedRequests, rateAt } from './schedule.ts';
import { startTruth } from './truth.ts';

const ramp = { kind: 'ramping', fromPerSecond: 10, toPerSecond: 90, durationMs: 4_000 } as const;

describe('the schedule of a ramp', () => {
  test('has each request where the integral of the rate reaches its number', () => {
    for (const [fromPerSecond, toPerSecond] of [
      [10, 90],
      [90, 10],
      [1, 20_000],
      [50, 50],
    ] as const) {
      const arrivals = { ...ramp, fromPerSecond, toPerSecond };
      const dueNs = dueTimes(arrivals);
      // The area of a trapezium, independent of the formula that is tested: reached in the very next nanosecond.
      const areaAt = (ns: number): number => ((fromPerSecond + rateAt(arrivals, ns / 1e6)) / 2) * (ns / 1e9);
      for (const request of [0, 1, 17, 39]) {
        expect(areaAt(dueNs(request))).toBeLessThan(request + 1 + 1e-9);
        expect(areaAt(dueNs(request) + 1)).toBeGreaterThan(request + 1 - 1e-9);
      }
    }
  });

  test('plans as many requests as the area holds, all within its duration', () => {
    expect([plannedRequests(ramp), highestRate(ramp)]).toEqual([200, 90]);
    expect(dueTimes(ramp)(199)).toBeLessThanOrEqual(4e9);
    expect(dueTimes(ramp)(200)).toBeGreaterThan(4e9);
    const odd = { ...ramp, toPerSecond: 91, durationMs: 1_500 };
    expect(plannedRequests(odd)).toBe(75);
  });
});

describe('k6 on a ramp', { timeout: 60_000 }, () => {
  let programs: Awaited<ReturnType<typeof loadPrograms>>;
  const signal = AbortSignal.timeout(120_000);
  const place = { open: openHere };
  beforeAll(async () => {
    programs = await loadPrograms();
  });

  function k6() {
    const scripts = join(repositoryRoot, 'scenarios/k6');
    return { place, program: programs.k6, scripts, version: programs.version };
  }

  /** Arrivals by request, ms after they were due, as the server has noted them. */
  async function run(load: Load) {
    const over = new AbortController();
    const words = [programs.truth, '--listen', '127.0.0.1:0', '--service', '2ms'];
    const server = await startTruth(place, words, AbortSignal.any([signal, over.signal]));
    try {
      const body = new Uint8Array();
      const request = {
        url: server.url,
        method: 'POST',
        headers: {},
        body,
        expect: { status: 200, body: 'ok' },
      } as const;
      const plan: LoadPlan = { id: 'ramp', request, arrivals: ramp, warmUpMs: 0, timeoutMs: 5_000, virtualUsers: 100 };
      const result = await load.run(plan, signal, () => {});
      const { entries } = await server.end();
      const started = BigInt(result.startedRealtimeNs);
      const dueNs = dueTimes(ramp);
      const arrivals = entries.map((it) => {
        const number = Number(it.id.slice('ramp-'.length));
        const atNs = Number(it.arrivedNs - started);
        return { number, lateMs: (atNs - dueNs(number)) / 1e6 };
      });
      return { result, arrivals: arrivals.toSorted((a, b) => a.number - b.number) };
    } finally {
      over.abort();
    }
  }

  test('sends each request when it is due', async () => {
    const { result, arrivals } = await run(k6Load(k6()));
    expect(result).toMatchObject({ planned: 200, dropped: 0, failed: 0 });
    expect(arrivals.map((it) => it.number)).toEqual(Array.from({ length: result.sent }, (_, number) => number));
    // k6 may leave out what is due as it ends.
    expect(result.sent).toBeGreaterThanOrEqual(199);
    // A busy machine makes many late, but not the most punctual of so many; none is early. Were the schedule off by one
    // request, that would be 11 ms at the highest rate, and more below.
    for (const part of [arrivals.slice(0, 60), arrivals.slice(60, 130), arrivals.slice(130)]) {
      const mostPunctual = Math.min(...part.map((it) => it.lateMs));
      expect(mostPunctual).toBeGreaterThan(-1.5);
      expect(mostPunctual).toBeLessThan(9);
    }
  });

  test('is shared out among several, each request sent once and when it is due', async () => {
    const { result, arrivals } = await run(distributedLoad(['one', 'two'].map((name) => ({ name, k6: k6() }))));
    expect(result).toMatchObject({ planned: 200, dropped: 0, failed: 0 });
    expect(arrivals.map((it) => it.number)).toEqual(Array.from({ length: result.sent }, (_, number) => number));
    expect(result.sent).toBeGreaterThanOrEqual(199);
    // One of them is a little behind the other from the start.
    expect(Math.abs(Math.min(...arrivals.map((it) => it.lateMs)))).toBeLessThan(9);
  });
});
