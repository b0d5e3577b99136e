import type { BurstSample, FootprintSample } from './schema.ts';
import { CAPACITY, head, type LoadContext, type LoadPlace } from './synthetic-load-context.fixture.ts';

const MIB = 2 ** 20;
const PSS_MIB = new Map(Object.entries({ rust: 1.1, go: 5.6, node: 44, python: 17 }));
/** Memory of the function itself, at each moment as a multiple of idle. */
const GROWTH: Record<FootprintSample['moment'], number> = {
  before: 0,
  idle: 1,
  first: 1.1,
  loaded: 1.6,
  peak: 1.9,
  after: 1.5,
};

export function pushCapacity(context: LoadContext, place: LoadPlace): void {
  // Gunther's law with a few per cent of contention.
  const [sustainedPerSecond, brokenPerSecond] = [400 + (place.block % 2) * 20, CAPACITY - 40];
  const why = 'p99 61.2 ms (p99<50ms)';
  const ceiling = (n: number) => (110 * n) / (1 + 0.09 * (n - 1) + 0.0015 * n * (n - 1));
  context.records.push({
    ...head(context, place, 100),
    kind: 'capacity',
    function: place.function,
    path: 'gateway',
    payloadBytes: 0,
    body: null,
    slo: 'p99<50ms',
    counts: true,
    whyNot: null,
    sustainedPerSecond,
    brokenPerSecond,
    brokenVerdict: 'broken',
    why,
    search: { ramps: 1, steps: 4, stepsByDoubling: 8 },
    steps: [
      {
        ratePerSecond: sustainedPerSecond,
        trials: [1],
        verdict: 'kept',
        why: 'p99 9.00 ms',
        counts: true,
        whyNot: null,
      },
      { ratePerSecond: brokenPerSecond, trials: [2], verdict: 'broken', why, counts: true, whyNot: null },
    ],
    ceilings: [1, 2, 4, 8, 16, 32].map((connections) => ({
      ...{ connections, trial: 0, counts: true, whyNot: null },
      perSecond: ceiling(connections) * (1 + 0.02 * (context.random() - 0.5)),
    })),
  });
}

/** Every five seconds; grows by 1 KiB a second. */
export function pushSoakReadings(context: LoadContext, place: LoadPlace, seconds: number): void {
  const pss = (PSS_MIB.get(place.function.split('-')[0] ?? '') ?? 8) * MIB;
  for (let second = 5; second < seconds; second += 5) {
    const own = Math.round(pss + second * 1024 + 4096 * context.random());
    context.records.push({
      ...head(context, place, 5000),
      kind: 'footprint',
      scenario: 'soak',
      function: place.function,
      moment: 'loaded',
      cgroupBytes: own + MIB,
      cgroupPeakBytes: own + 2 * MIB,
      functionPssBytes: own,
      shimPssBytes: Math.round(6.2 * MIB),
      collectorPssBytes: null,
      machineAvailableBytes: 4096 * MIB - own,
    });
  }
}

export function pushFootprints(context: LoadContext, place: LoadPlace): void {
  const pss = (PSS_MIB.get(place.function.split('-')[0] ?? '') ?? 8) * MIB;
  const moments: FootprintSample['moment'][] = ['before', 'idle', 'first', 'loaded', 'peak', 'after'];
  for (const moment of moments) {
    const there = moment === 'before' ? null : 1;
    const own = Math.round(pss * GROWTH[moment] * (1 + 0.02 * context.random()));
    context.records.push({
      ...head(context, place, 50),
      kind: 'footprint',
      scenario: 'memory',
      function: place.function,
      moment,
      cgroupBytes: there && own + MIB,
      cgroupPeakBytes: there && own + 2 * MIB,
      functionPssBytes: there && own,
      shimPssBytes: there && Math.round(6.2 * MIB),
      collectorPssBytes: null,
      machineAvailableBytes: 4096 * MIB - (there === null ? 0 : own + 9 * MIB),
    });
  }
}

/** Half of the limit is the most that was taken under load; who took twice the limit was killed. */
export function pushMemoryLimit(context: LoadContext, place: LoadPlace): void {
  const limitBytes = 64 * MIB;
  context.records.push({
    ...head(context, place, 50),
    kind: 'memory-limit',
    function: place.function,
    limit: '64Mi',
    limitBytes,
    cgroup: { limitBytes, peakBytes: limitBytes / 2 },
    oomEvents: 0,
    excess: {
      askedBytes: 2 * limitBytes,
      status: 502,
      error: null,
      given: false,
      oomEvents: 1,
      exitStatus: 137,
      after: {
        attempts: 1,
        firstStatus: 200,
        firstCorrectNs: Math.round(150e6 * (1 + context.random())),
        newProcess: true,
      },
    },
  });
}

export function pushBursts(context: LoadContext, place: LoadPlace): void {
  for (const level of ['L1', 'L2'] satisfies BurstSample['level'][]) {
    for (const concurrency of [8, 32]) {
      const wrong = concurrency === 32 ? 3 : 0;
      const firstCorrectNs = Math.round(120e6 * (1 + 0.1 * context.random()));
      context.records.push({
        ...head(context, place, 400),
        kind: 'burst',
        function: place.function,
        level,
        concurrency,
        payloadBytes: 0,
        body: null,
        starts: wrong > 0 ? 2 : 1,
        correct: concurrency - wrong,
        wrong: wrong > 0 ? [{ status: 502, origin: 'gateway', words: null, n: wrong }] : [],
        firstCorrectNs,
        allCorrectNs: firstCorrectNs + concurrency * 2e6,
      });
    }
  }
}
