import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOrFail } from '../core/subprocess.ts';
import { benchOnControl, quickLoad, underLoad } from './bench.fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-load-faults-'));
});
afterAll(() => rm(folder, { recursive: true }));

const latency = { scenario: 'latency', load: quickLoad } as const;

function onMachine(runId: string, ...argv: string[]): Promise<unknown> {
  return runOrFail(['docker', 'exec', `givre-${runId}-control-0`, ...argv], 'breaking the machine');
}

describe('a run under load', { timeout: 240_000 }, () => {
  test('whose generator is killed ends with one clear error, and keeps the seconds that were there', async () => {
    const ended = await benchOnControl(
      { out: folder, ...latency },
      {
        async meanwhile({ runId, folder: runFolder }) {
          await underLoad(runFolder);
          await onMachine(runId, 'pkill', '-KILL', '-x', 'k6');
        },
      },
    );
    expect(ended.error).toMatchObject({ code: 'E_LOAD_GENERATOR', message: 'k6 ended with exit code 137' });
    expect(ended.run.verdict).toMatchObject({ status: 'failed', exitCode: 4 });
    expect(ended.run.records.filter((it) => it.kind === 'load-second').length).toBeGreaterThanOrEqual(2);
    expect(ended.run.records.filter((it) => it.kind === 'load')).toEqual([]);
  });

  test('whose gateway dies counts every request that got no answer, says who died, and goes on', async () => {
    const ended = await benchOnControl(
      { out: folder, scenario: 'latency,burst', load: quickLoad },
      {
        async meanwhile({ runId, folder: runFolder }) {
          await underLoad(runFolder);
          await onMachine(runId, 'pkill', '-KILL', '-x', 'gateway');
        },
      },
    );
    expect(ended.error).toBeNull();
    const trial = ended.run.records.find((it) => it.kind === 'load');
    expect(trial?.failed).toBeGreaterThan(50);
    expect((trial?.ok ?? 0) + (trial?.failed ?? 0)).toBe(trial?.sent);
    const failed = ended.run.records.filter((it) => it.kind === 'load-request' && !it.ok && !it.warmUp);
    expect(failed).toHaveLength(trial?.failed ?? -1);
    const deaths = ended.run.records.filter((it) => it.kind === 'platform-death');
    expect(deaths).toHaveLength(1);
    expect(deaths[0]).toMatchObject({
      ...{ platform: 'control', function: 'rust-hello', during: 'load by gateway', perSecond: 20 },
      ...{ ended: ['gateway'], recoveredAfterMs: null, restartedInMs: expect.any(Number) },
    });
    expect(deaths[0]?.waitedMs).toBeGreaterThanOrEqual(15_000);
    // The scenario after it finds the platform and its functions as if nothing had been.
    const bursts = ended.run.records.filter((it) => it.kind === 'burst');
    expect(bursts.map((it) => it.correct)).toEqual(bursts.map((it) => it.concurrency));
    expect(bursts).toHaveLength(3);
  });

  test('that is interrupted is partial, says so, and leaves nothing running', async () => {
    const stop = new AbortController();
    const ended = await benchOnControl(
      { out: folder, ...latency },
      {
        signal: stop.signal,
        async meanwhile({ folder: runFolder }) {
          await underLoad(runFolder);
          // As the command line aborts it; anything else would be a fault.
          stop.abort(new DOMException('interrupted', 'AbortError'));
        },
      },
    );
    expect(ended.run.verdict).toMatchObject({ status: 'interrupted', exitCode: 130 });
    expect(ended.run.records.filter((it) => it.kind === 'load-second').length).toBeGreaterThanOrEqual(2);
  });
});
