import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../core/poll.ts';
import { run, runOrFail } from '../core/subprocess.ts';
import { benchOnControl, type Ended, quickLoad } from './bench.fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-platform-death-'));
});
afterAll(() => rm(folder, { recursive: true }));

const short = { ...quickLoad, duration: undefined, payloads: '0' };

async function killGateway(runId: string): Promise<void> {
  await runOrFail(['docker', 'exec', `givre-${runId}-control-0`, 'pkill', '-KILL', '-x', 'gateway'], 'killing it');
}

/** Does something a moment after each of the first `times` starts of the generator. */
async function underEachLoad(runId: string, times: number, act: () => Promise<unknown>): Promise<void> {
  const seen = new Set<string>();
  while (seen.size < times) {
    const pid = await poll(
      async () => {
        const found = await run(['docker', 'exec', `givre-${runId}-control-0`, 'pgrep', '-x', 'k6']);
        const fresh = found.stdout.split('\n').find((it) => it !== '' && !seen.has(it));
        return fresh === undefined ? { done: false, seen: 'no new load' } : { done: true, value: fresh };
      },
      { what: 'load', deadlineMs: 400_000 },
    );
    seen.add(pid);
    await sleep(1_500);
    await act();
  }
}

async function untilColdStarts(runFolder: string): Promise<void> {
  await poll(
    async () => {
      const text = await readFile(join(runFolder, 'samples.ndjson'), 'utf8').catch(() => '');
      return text.includes('"kind":"coldstart"') ? { done: true, value: undefined } : { done: false, seen: 'none' };
    },
    { what: 'a cold start', deadlineMs: 240_000 },
  );
}

function recordsOf<K extends Ended['run']['records'][number]['kind']>({ run: { records } }: Ended, kind: K) {
  return records.filter((it): it is Extract<typeof it, { kind: K }> => it.kind === kind);
}

// Side by side: each waits for its load most of the time.
describe.concurrent('a platform that dies under load', { timeout: 600_000 }, () => {
  test('in a search is a step that was broken, and the search goes on below', async () => {
    // The ramp, and the first step at a constant rate.
    const ended = await benchOnControl(
      { out: folder, scenario: 'throughput', load: { ...short, slo: 'p90<2s' } },
      { meanwhile: ({ runId }) => underEachLoad(runId, 2, () => killGateway(runId)) },
    );
    expect(ended.error).toBeNull();
    const deaths = recordsOf(ended, 'platform-death');
    expect(deaths).toMatchObject([
      { during: 'load by gateway', ended: ['gateway'], recoveredAfterMs: null, perSecond: expect.any(Number) },
      { during: 'load by gateway', ended: ['gateway'], recoveredAfterMs: null, perSecond: expect.any(Number) },
    ]);
    const [found] = recordsOf(ended, 'capacity');
    const [first, ...others] = found?.steps ?? [];
    expect(first).toMatchObject({ verdict: 'broken', why: expect.stringMatching(/^the platform died: gateway ended/) });
    // Nobody has measured a closed port: the steps below were answered.
    expect(others.filter((it) => it.verdict === 'kept').length).toBeGreaterThan(0);
    expect(found?.sustainedPerSecond ?? 0).toBeGreaterThan(1);
    expect(found?.sustainedPerSecond).toBeLessThan(first?.ratePerSecond ?? 0);
  });

  test('in any other scenario leaves those after it as they are', async () => {
    const ended = await benchOnControl(
      { out: folder, scenario: 'payload,soak,memory,async,coldstart', load: short, levels: ['L1'], samples: 4 },
      {
        async meanwhile({ runId, folder: runFolder }) {
          await underEachLoad(runId, 4, () => killGateway(runId));
          await untilColdStarts(runFolder);
          await killGateway(runId);
        },
      },
    );
    expect(ended.error).toBeNull();
    expect(recordsOf(ended, 'load').map((it) => it.scenario)).toEqual(['payload', 'soak', 'memory']);
    expect(recordsOf(ended, 'async')).toHaveLength(1);
    expect(recordsOf(ended, 'coldstart')).toHaveLength(4);
    expect(recordsOf(ended, 'coldstart').filter((it) => it.verdict === 'ok').length).toBeGreaterThanOrEqual(2);
    const deaths = recordsOf(ended, 'platform-death');
    expect(deaths.map((it) => it.ended)).toEqual(Array(5).fill(['gateway']));
    expect(deaths.slice(0, 4).map((it) => it.during)).toEqual([
      ...Array(3).fill('load by gateway'),
      'asynchronous load',
    ]);
  });

  test('behind a front proxy that ends when it has no descriptor left is dead although all of its services run', async () => {
    const label = 'control+front-proxy-dies';
    const ended = await benchOnControl(
      { out: folder, platform: label, scenario: 'latency,burst', load: short },
      {
        meanwhile({ runId }) {
          // Those that it has open go on, so that only who comes later finds the port closed.
          const script = 'prlimit --pid "$(cat /run/givre/givre-core.pid)" --nofile=8:8';
          const argv = ['docker', 'exec', `givre-${runId}-control-0`, 'sh', '-c', script];
          return underEachLoad(runId, 1, () => runOrFail(argv, 'taking descriptors'));
        },
      },
    );
    expect(ended.error).toBeNull();
    const [death, ...others] = recordsOf(ended, 'platform-death');
    expect(others).toEqual([]);
    expect(death).toMatchObject({ ended: [], recoveredAfterMs: null, restartedInMs: expect.any(Number) });
    expect(death?.words).toContainEqual({
      service: 'givre-core',
      line: expect.stringMatching(/front proxy on .* ended: cannot (accept|dial).*too many open files/),
    });
    const bursts = recordsOf(ended, 'burst');
    expect(bursts).toHaveLength(3);
    expect(bursts.map((it) => it.correct)).toEqual(bursts.map((it) => it.concurrency));
  });
});
