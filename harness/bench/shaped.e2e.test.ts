import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { benchOnControl, type Ended, quickLoad } from './bench.fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-shaped-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Records = Ended['run']['records'];

function recordsOf<K extends Records[number]['kind']>({ run }: Ended, kind: K) {
  return run.records.filter((it): it is Extract<Records[number], { kind: K }> => it.kind === kind);
}

/**
 * Every scenario once where the real faasd would have its core services: on the bridge, behind a front proxy, with few
 * descriptors; the search for the throughput by itself, since that is what kills the proxy. The gates may call a
 * measurement invalid on a busy machine; what was counted must be right all the same. Side by side, because each waits for
 * its load most of the time.
 */
describe.concurrent('on a control that is shaped like faasd', { timeout: 900_000 }, () => {
  test('cold starts of all levels, bursts, callbacks, memory, density and load are measured as elsewhere', async () => {
    const scenario = 'coldstart,latency,payload,burst,async,memory,soak,density';
    // With a limit that is reached soon a machine need not be filled.
    const platform = 'control+like-faasd+function-limit';
    const load = { ...quickLoad, payloads: '1k' };
    const levels = ['L0', 'L1', 'L2', 'L3'];
    const ended = await benchOnControl({ scenario, platform, levels, out: folder, samples: 1, load });
    expect(ended.error).toBeNull();
    const cold = recordsOf(ended, 'coldstart');
    expect([...new Set(cold.map((it) => it.level))].toSorted()).toEqual(['L0', 'L1', 'L2', 'L3']);
    // It forwards to processes that do not listen yet, so a first answer may be wrong; cold it must be, and right in the end.
    for (const sample of cold) expect(sample.verdict).toBe('ok');
    for (const trial of recordsOf(ended, 'load')) {
      expect(trial.ok + trial.failed).toBe(trial.sent);
      expect(trial.received).toBe(trial.sent);
    }
    expect(recordsOf(ended, 'load').length).toBeGreaterThan(0);
    const [asynchronous] = recordsOf(ended, 'async');
    expect(asynchronous).toMatchObject({ lost: 0, repeated: 0, calledBack: asynchronous?.sent });
    expect(asynchronous?.gates).toContainEqual(expect.objectContaining({ id: 'callback-reachable', status: 'passed' }));
    expect(asynchronous?.sent).toBeGreaterThan(0);
    expect(recordsOf(ended, 'burst').map((it) => it.concurrency)).toContain(50);
    expect(recordsOf(ended, 'footprint').map((it) => it.moment)).toContain('peak');
    expect(recordsOf(ended, 'density').at(-1)).toMatchObject({ truth: 15, editionLimit: 15 });
    const logs = await readdir(join(ended.run.folder, 'logs'), { recursive: true });
    for (const service of ['gateway', 'nats', 'prometheus', 'queue-worker', 'givre-core', 'givre-provider']) {
      expect(logs.some((name) => name.endsWith(`/${service}.log`))).toBe(true);
    }
  });

  test('a search for what is sustained says what counts, and goes on if it has killed the platform', async () => {
    const load = { ...quickLoad, payloads: '0', slo: 'p90<100ms' };
    const ended = await benchOnControl({ scenario: 'throughput', platform: 'control+like-faasd', out: folder, load });
    expect(ended.error).toBeNull();
    const loads = recordsOf(ended, 'load');
    expect(loads.length).toBeGreaterThan(0);
    for (const trial of loads) expect(trial.ok + trial.failed).toBe(trial.sent);
    const [found] = recordsOf(ended, 'capacity');
    expect(found?.steps.length).toBeGreaterThan(0);
    // What a dead platform was asked at is broken, and never kept.
    const deadAt = new Set(recordsOf(ended, 'platform-death').map((it) => it.perSecond));
    for (const step of found?.steps ?? []) if (deadAt.has(step.ratePerSecond)) expect(step.verdict).toBe('broken');
  });
});
