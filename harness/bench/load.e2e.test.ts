import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import { decodeHistogram } from '../statistics/histogram.ts';
import { benchOnControl, type Ended, quickLoad } from './bench.fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-load-'));
});
afterAll(() => rm(folder, { recursive: true }));

function recordsOf<K extends Ended['run']['records'][number]['kind']>({ run }: Ended, kind: K) {
  return run.records.filter((it): it is Extract<Ended['run']['records'][number], { kind: K }> => it.kind === kind);
}

/** The gates may call a measurement invalid on a busy machine; what was counted must be right all the same. */
describe('load on the control', { timeout: 300_000 }, () => {
  test('by every path: each request is counted once, by the second and as a whole', async () => {
    const ended = await benchOnControl({
      scenario: 'latency',
      out: folder,
      load: { ...quickLoad, paths: 'gateway,provider,direct', payloads: '1k', slo: 'p90<10s,errors<50%' },
    });
    const trials = recordsOf(ended, 'load');
    expect(trials.map((it) => it.path).toSorted()).toEqual(['direct', 'gateway', 'provider']);
    for (const trial of trials) {
      expect(trial).toMatchObject({ failed: 0, dropped: 0, payloadBytes: 1024, slo: { verdict: 'kept' } });
      expect(Math.abs(trial.sent - 300)).toBeLessThanOrEqual(1);
      const seconds = recordsOf(ended, 'load-second').filter((it) => it.trial === trial.trial && !it.warmUp);
      expect(seconds.reduce((sum, it) => sum + it.ok, 0)).toBe(trial.sent);
      expect(seconds.reduce((sum, it) => sum + decodeHistogram(it.intended).count, 0)).toBe(trial.sent);
      const requests = recordsOf(ended, 'load-request').filter((it) => it.trial === trial.trial && !it.warmUp);
      const slowest = Math.max(...requests.map((it) => it.intendedNs ?? 0));
      const seen = Math.max(...seconds.map((it) => decodeHistogram(it.intended).max ?? 0));
      expect(slowest / seen).toBeCloseTo(1, 2);
    }
    const atGateway = trials.find((it) => it.path === 'gateway');
    expect(atGateway?.received).toBe(atGateway?.sent);
    expect(ended.run.manifest).toMatchObject({ scenario: 'latency', levels: [], load: { ratesPerSecond: [20] } });
    expect([0, 3]).toContain(ended.exitCode);
    expect(ended.run.problems).toEqual([]);
  });

  test('several scenarios in one run: bursts, callbacks and memory', async () => {
    const ended = await benchOnControl({ scenario: 'burst,async,memory', out: folder, load: quickLoad });
    const bursts = recordsOf(ended, 'burst');
    expect(bursts.map((it) => it.concurrency).toSorted((a, b) => a - b)).toEqual([1, 10, 50]);
    for (const burst of bursts) {
      // The control waits until the function listens, and starts it once however many ask.
      expect(burst).toMatchObject({ correct: burst.concurrency, wrong: [], starts: 1 });
      expect(burst.allCorrectNs).toBeGreaterThanOrEqual(burst.firstCorrectNs ?? Number.POSITIVE_INFINITY);
    }
    const [asynchronous] = recordsOf(ended, 'async');
    expect(asynchronous).toMatchObject({ lost: 0, repeated: 0, calledBack: asynchronous?.sent });
    expect(asynchronous?.sent).toBeGreaterThan(0);
    const footprints = recordsOf(ended, 'footprint');
    expect(footprints.map((it) => it.moment)).toEqual(['before', 'idle', 'first', 'loaded', 'peak', 'after']);
    expect(footprints[0]?.functionPssBytes).toBeNull();
    const first = footprints.find((it) => it.moment === 'first');
    expect(first?.functionPssBytes).toBeGreaterThan(500_000);
    expect(first?.functionPssBytes).toBeLessThan(4_000_000);
    // Blocks of different scenarios are different blocks.
    expect(new Set([bursts[0]?.block, asynchronous?.block, footprints[0]?.block]).size).toBe(3);
  });

  test('functions that need a body get one, and each answer is compared with the right one', async () => {
    const ended = await benchOnControl({
      ...{ scenario: 'latency,burst,async', functions: 'rust-json,go-json', out: folder },
      load: quickLoad,
    });
    const sent = { payloadBytes: 20_814, body: { from: 'vector', name: '300 items', contentType: null } };
    const trials = recordsOf(ended, 'load');
    expect(trials.map((it) => it.function).toSorted()).toEqual(['go-json', 'rust-json']);
    for (const trial of trials) {
      expect(trial).toMatchObject({ ...sent, failed: 0, ok: trial.sent, body: { checked: 'answer' } });
      expect(trial.gates).toContainEqual(expect.objectContaining({ id: 'answer-right', status: 'passed' }));
    }
    const bursts = recordsOf(ended, 'burst');
    expect(new Set(bursts.map((it) => it.function))).toEqual(new Set(['go-json', 'rust-json']));
    for (const burst of bursts) {
      expect(burst).toMatchObject({ ...sent, correct: burst.concurrency, body: { checked: 'answer' } });
    }
    const asynchronous = recordsOf(ended, 'async');
    expect(new Set(asynchronous.map((it) => it.function))).toEqual(new Set(['go-json', 'rust-json']));
    for (const it of asynchronous) expect(it).toMatchObject({ ...sent, lost: 0, calledBack: it.sent });
  });

  test('a function that keeps what it is sent finds a server for it', async () => {
    const ended = await benchOnControl({ scenario: 'latency', functions: 'rust-kv', out: folder, load: quickLoad });
    const [trial] = recordsOf(ended, 'load');
    expect(trial).toMatchObject({ body: { name: 'set by default', checked: 'answer' }, failed: 0, ok: trial?.sent });
  });

  test('a body that a stack file names is sent, for cold starts too', async () => {
    await writeFile(join(folder, 'nothing.json'), '{"items":[]}');
    const mine = {
      lang: 'dockerfile',
      handler: join(repositoryRoot, 'rust-functions'),
      image: 'my-orders',
      build_args: { WORKLOAD: 'json' },
      annotations: {
        'dev.givre/request-body': 'nothing.json',
        'dev.givre/request-type': 'application/json',
        'dev.givre/expected-body': '{"count":0,"quantity":0,"total_cents":0,"tags":{},"items":[]}',
      },
    };
    const stack = { version: '1.0', provider: { name: 'openfaas' }, functions: { orders: mine } };
    await writeFile(join(folder, 'stack.yaml'), JSON.stringify(stack));
    const ended = await benchOnControl({
      ...{ scenario: 'coldstart,latency', functions: 'orders', out: folder, samples: 2 },
      ...{ stacks: [join(folder, 'stack.yaml')], load: quickLoad },
    });
    const cold = recordsOf(ended, 'coldstart');
    expect(cold.map((it) => [it.verdict, it.firstAnswer.correct])).toEqual(Array(2).fill(['ok', true]));
    const [trial] = recordsOf(ended, 'load');
    const body = { from: 'file', name: 'nothing.json', contentType: 'application/json', checked: 'answer' };
    expect(trial).toMatchObject({ payloadBytes: 12, body, failed: 0, ok: trial?.sent });
  });

  test('an objective that is broken ends with exit code 1, unless the measurement itself was not sound', async () => {
    const ended = await benchOnControl({ scenario: 'latency', out: folder, load: { ...quickLoad, slo: 'p50<1us' } });
    expect(recordsOf(ended, 'load')[0]?.slo).toMatchObject({ verdict: 'broken' });
    expect([1, 3]).toContain(ended.exitCode);
  });
});
