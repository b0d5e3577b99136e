import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { emptyHistogram } from '../statistics/histogram.ts';
import type { KernelCounters } from './counters.ts';
import type { LoadEvidence } from './gate-evidence.ts';
import { callbackReachable } from './gates/callback-reachable.ts';
import { judgeLoad, loadGates, queueGates } from './gates.ts';
import { loadResult } from './load.fixture.ts';

const still: KernelCounters = {
  atNs: 0,
  cores: [
    { busy: 0, total: 0, steal: 0 },
    { busy: 0, total: 0, steal: 0 },
  ],
  cpuPressureUs: 0,
  segmentsSent: 0,
  segmentsRetransmitted: 0,
  segmentsSentInVain: 0,
  listenOverflows: 0,
};

function afterTenSeconds(changes: Partial<KernelCounters> = {}): KernelCounters {
  return {
    ...still,
    atNs: 10e9,
    cores: [
      { busy: 300, total: 1000, steal: 0 },
      { busy: 200, total: 1000, steal: 0 },
    ],
    cpuPressureUs: 500_000,
    segmentsSent: 10_000,
    ...changes,
  };
}

function histogramOf(ms: number, n = 1000) {
  const histogram = emptyHistogram();
  histogram.record(ms * 1e6, n);
  return histogram;
}

const warmUp = { durationMs: 2_000, sent: 200, failed: 0, dropped: 0, ended: true, words: 'warm-up of 2 s' };

/** Nothing is wrong with it. */
const sound: LoadEvidence = {
  result: loadResult({}),
  reduced: {
    steady: { fromSecond: 2, reason: null, drift: 0.01, smallestDrift: 0.5, autocorrelation: 0.1 },
    warmUp: { ...warmUp, latency: histogramOf(6) },
    counts: { planned: 1000, sent: 1000, ok: 1000, failed: 0, dropped: 0 },
    seconds: [],
    intended: histogramOf(5),
    service: histogramOf(5),
    lag: histogramOf(0.2),
    throughputPerSecond: 100,
  },
  received: 1000,
  machines: [{ machine: 'one', generates: true, before: still, after: afterTenSeconds() }],
  clockDriftNs: 2_000,
  contamination: { before: 3, after: 3 },
  calibrated: { ok: true, what: 'within 2 % of the truth' },
  answer: { ok: true, what: 'the answer to "300 items" was right' },
};

function failedGates(changes: Partial<LoadEvidence>): readonly string[] {
  return judgeLoad({ ...sound, ...changes }).flatMap((gate) => (gate.status === 'failed' ? gate.id : []));
}

const result = (changes: Parameters<typeof loadResult>[0]): Partial<LoadEvidence> => ({ result: loadResult(changes) });
const warming = (ended: boolean | null): Partial<LoadEvidence> => ({
  reduced: { ...sound.reduced, warmUp: { ...sound.reduced.warmUp, ended } },
});
const counted = (changes: Partial<KernelCounters>): Partial<LoadEvidence> => ({
  machines: [{ machine: 'one', generates: true, before: still, after: afterTenSeconds(changes) }],
});
/** So many ticks of two thousand. */
const stolen = (steal: number) =>
  counted({
    cores: [
      { busy: 300, total: 1000, steal },
      { busy: 200, total: 1000, steal: 0 },
    ],
  });

describe('the gates of a measurement of load', () => {
  test('are at least twelve, each with a threshold, a reason and something to do, and a sound one passes all', () => {
    const gates = judgeLoad(sound);
    expect(gates.length).toBeGreaterThanOrEqual(12);
    expect(gates.filter((gate) => gate.status !== 'passed')).toEqual([]);
    expect(gates.every((gate) => gate.measured !== '' && gate.hint !== '')).toBe(true);
    const limitOf = (id: string) => loadGates.find((it) => it.id === id)?.limit ?? '';
    expect(gates.filter((gate) => !gate.measured.includes(limitOf(gate.id)))).toEqual([]);
  });

  test('lie each in a file of its name, and none there is left out of the lists', async () => {
    const files = await readdir(new URL('gates', import.meta.url));
    const ids = [...loadGates, ...queueGates, callbackReachable].map(({ id }) => id);
    expect(files.toSorted()).toEqual(ids.map((id) => `${id}.ts`).toSorted());
  });

  test.each<readonly [string, string, Partial<LoadEvidence>]>([
    ['a request that a server saw twice', 'all-counted', { received: 1001 }],
    ['a request that nobody saw', 'all-counted', { received: 999 }],
    ['a request that was left out', 'none-dropped', result({ dropped: 1, sent: 999, ok: 999 })],
    ['requests that were never planned for', 'none-dropped', result({ sent: 990, ok: 990 })],
    ['requests sent late', 'on-time', { reduced: { ...sound.reduced, lag: histogramOf(2.5) } }],
    ['a generator that stood still', 'arrivals', result({ arrivalsD: 0.2 })],
    ['a warm-up that had not ended', 'warmed-up', warming(false)],
    ['requests that seem to be sent before they were due', 'not-early', result({ earlyNs: 1.2e6 })],
    ['connections that were closed', 'connections-kept', result({ connections: 450 })],
    ['a busy generator', 'generator-cpu', result({ generatorCpuNs: 17e9 })],
    [
      'one busy processor among free ones',
      'processors-free',
      counted({
        cores: [
          { busy: 950, total: 1000, steal: 0 },
          { busy: 10, total: 1000, steal: 0 },
        ],
      }),
    ],
    ['a busy hypervisor', 'steal', stolen(50)],
    ['a hypervisor that touches one request in a hundred', 'steal', stolen(12)],
    ['waiting for processors', 'cpu-pressure', counted({ cpuPressureUs: 6_000_000 })],
    ['a reader that slept', 'reader-awake', result({ eventLoopDelayNs: 300e6 })],
    ['a lossy network', 'retransmits', counted({ segmentsRetransmitted: 20 })],
    ['a full listen queue', 'accepted', counted({ listenOverflows: 1 })],
    ['a stepped clock', 'clock-steady', { clockDriftNs: -5e6 }],
    ['functions that were restarted', 'uncontaminated', { contamination: { before: 3, after: 4 } }],
    ['a generator that failed its calibration', 'calibrated', { calibrated: { ok: false, what: 'p99 off by 30 %' } }],
    ['a function that answers wrongly', 'answer-right', { answer: { ok: false, what: 'status 400 instead of 200' } }],
  ])('fail for %s', (_what, id, changes) => {
    expect(failedGates(changes)).toContain(id);
  });

  test('do not take for losses what was sent again although it had come', () => {
    expect(failedGates(counted({ segmentsRetransmitted: 20, segmentsSentInVain: 18 }))).toEqual([]);
    expect(failedGates(counted({ segmentsRetransmitted: 20, segmentsSentInVain: 5 }))).toEqual(['retransmits']);
  });

  const share = { name: 'a', sent: 500, cpuNs: 1e9, startedNs: 0, boundNs: 1e6, clockDriftNs: 0 };

  test('fail for generators that did not begin together, and say how far apart they were', () => {
    const late = { ...share, name: 'b', startedNs: 150e6 };
    const gates = judgeLoad({ ...sound, ...result({ shares: [share, late] }) });
    const together = gates.find((gate) => gate.id === 'together');
    expect(together).toMatchObject({ status: 'failed', measured: expect.stringContaining('151.00 ms') });
    expect(failedGates(result({ shares: [share, { ...late, startedNs: 20e6 }] }))).toEqual([]);
  });

  test('of several machines go by the worst one, and name it', () => {
    const [first] = sound.machines;
    if (first === undefined) throw new Error('no machine');
    const lossy = { ...first, machine: 'two', after: afterTenSeconds({ segmentsRetransmitted: 20 }) };
    const gates = judgeLoad({ ...sound, machines: [first, lossy] });
    expect(gates.find((gate) => gate.id === 'retransmits')).toMatchObject({
      status: 'failed',
      measured: expect.stringContaining('(two)'),
    });
    // 17 s of two processors in 10 s, although both together took half of all.
    const shares = [
      { ...share, cpuNs: 17e9 },
      { ...share, cpuNs: 1e9 },
    ];
    const busy = { ...result({ generatorCpuNs: 18e9, shares }), machines: [first, { ...first, machine: 'two' }] };
    expect(failedGates(busy)).toEqual(['generator-cpu']);
  });

  test('say nothing where one of several machines cannot tell, unless another is bad enough by itself', () => {
    const [first] = sound.machines;
    if (first === undefined) throw new Error('no machine');
    const mute = { ...first, machine: 'two', after: afterTenSeconds({ cpuPressureUs: null }) };
    const pressed = { ...first, machine: 'three', after: afterTenSeconds({ cpuPressureUs: 9_000_000 }) };
    const pressure = (machines: LoadEvidence['machines']) =>
      judgeLoad({ ...sound, machines }).find((gate) => gate.id === 'cpu-pressure');
    expect(pressure([first, mute])).toMatchObject({
      status: 'not-evaluated',
      measured: expect.stringMatching(/5(\.0)? % of the time .*\(one\); not known of two$/),
    });
    expect(pressure([first, mute, pressed])).toMatchObject({ status: 'failed' });
    expect(pressure([first, first])).toMatchObject({ status: 'passed' });
  });

  test('ask a machine that only takes load neither for free processors nor for a generator', () => {
    const [first] = sound.machines;
    if (first === undefined) throw new Error('no machine');
    const cores = [
      { busy: 990, total: 1000, steal: 0 },
      { busy: 990, total: 1000, steal: 0 },
    ];
    const target = { machine: 'target', generates: false, before: still, after: afterTenSeconds({ cores }) };
    expect(failedGates({ machines: [first, target] })).toEqual([]);
  });

  test('fail for something that keeps changing, with the reason', () => {
    const steady = {
      fromSecond: null,
      reason: 'no steady state: it rises',
      drift: null,
      smallestDrift: null,
      autocorrelation: null,
    };
    const gates = judgeLoad({ ...sound, reduced: { ...sound.reduced, steady } });
    expect(gates.find((gate) => gate.id === 'steady')).toMatchObject({ status: 'failed', measured: steady.reason });
  });

  test('fail for requests that could not connect', () => {
    const refused = {
      request: 1,
      warmUp: false,
      sentNs: 0,
      serviceNs: 1,
      intendedNs: 1,
      status: 0,
      error: 'k6 error 1212',
      origin: 'gateway' as const,
      words: 'dial: connection refused',
      ok: false,
    };
    expect(failedGates(result({ requests: [refused], failed: 1, ok: 999 }))).toContain('ports');
  });

  test('do not miss at the gateway what it refused by itself, but all that it passed on', () => {
    const answered = (origin: 'gateway' | 'function') => ({
      ...{ request: 1, warmUp: false, sentNs: 0, serviceNs: 1, intendedNs: 1, error: null, words: null, ok: false },
      ...{ status: 404, origin },
    });
    const one = (origin: 'gateway' | 'function') =>
      failedGates({ ...result({ requests: [answered(origin)], failed: 1, ok: 999 }), received: 999 });
    expect(one('gateway')).toEqual([]);
    expect(one('function')).toEqual(['all-counted']);
  });

  test('allow the lag that k6 has on an idle machine, because its timers wake on whole milliseconds', () => {
    const gates = judgeLoad({ ...sound, reduced: { ...sound.reduced, lag: histogramOf(1.3) } });
    expect(gates.find((it) => it.id === 'on-time')?.status).toBe('passed');
  });

  test('allow steal that reaches less than one request in a hundred', () => {
    expect(failedGates(stolen(8))).toEqual([]);
  });

  test('allow lag in proportion to a slow target', () => {
    const slow = { ...sound.reduced, service: histogramOf(100), lag: histogramOf(4) };
    expect(failedGates({ reduced: slow })).toEqual([]);
  });

  test('say that they were not evaluated where nobody could look', () => {
    const ramp = judgeLoad({ ...sound, isRamp: true }).filter((it) => it.status === 'not-evaluated');
    expect(ramp).toMatchObject([{ id: 'steady', measured: 'the rate changes on purpose' }]);
    const unseen = { received: null, clockDriftNs: null, contamination: null, calibrated: null, answer: null };
    const blind = judgeLoad({ ...sound, ...unseen });
    const ids = blind.filter((gate) => gate.status === 'not-evaluated').map((gate) => gate.id);
    expect(ids).toEqual(['all-counted', 'clock-steady', 'uncontaminated', 'calibrated', 'answer-right']);
  });
});
