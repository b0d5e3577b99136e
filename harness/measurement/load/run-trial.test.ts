import { afterEach, describe, expect, test } from 'vitest';
import { GivreError } from '../../core/errors.ts';
import { fakeK6, longPlan, STEADY_K6 } from '../../load/k6/fake-k6.fixture.ts';
import { k6Load } from '../../load/k6/run.ts';
import type { PlatformRecord } from '../../runs/schema.ts';
import { runTrial } from './run-trial.ts';

let remove: (() => Promise<void>) | undefined;
afterEach(async () => {
  await remove?.();
  remove = undefined;
});

const platform: PlatformRecord = {
  ...{ label: 'control', kind: 'control', version: '1', defects: [], source: 's', digest: null, unsupported: [] },
  digestStatus: 'built-here',
};
const deployable = {
  ...{ name: 'rust-hello', workload: 'hello', image: 'i', expect: { status: 200 }, request: undefined },
  deployment: { service: 'rust-hello', image: 'i' },
};

describe('a measurement whose seconds cannot be kept', () => {
  test('ends at once, with the reason, and not when its time is over', async () => {
    const k6 = await fakeK6(STEADY_K6);
    remove = () => k6.remove();
    const { arrivals } = longPlan();
    const load = { warmUpMs: 0, profile: 'quick', rates: [], durationMs: 0, payloads: [], paths: [], blocks: 1 };
    let written = 0;
    const stage = {
      load: { ...load, slo: undefined },
      nextTrial: () => 0,
      live: () => {},
      async record() {
        written += 1;
        if (written > 3) throw new GivreError({ code: 'E_DISK_FULL', message: 'the disk is full' });
      },
    };
    const system = {
      platform,
      load: async (_trial: object, onSecond: Parameters<Parameters<typeof runTrial>[1]['load']>[1]) => {
        await k6Load(k6).run(longPlan(), new AbortController().signal, onSecond);
        throw new Error('it ran to its end');
      },
    };
    const running = runTrial(
      stage,
      system,
      { block: 0, round: 0 },
      {
        ...{ scenario: 'latency', deployable, path: 'gateway', arrivals, payload: 'own', purpose: 'measure' },
        slo: undefined,
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'E_DISK_FULL' });
    expect(written).toBeLessThan(20);
  });
});
