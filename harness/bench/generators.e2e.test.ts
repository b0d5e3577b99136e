import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineWords } from '../../reports/words.ts';
import { runOrFail } from '../core/subprocess.ts';
import { benchOnControl, quickLoad, underLoad } from './bench.fixture.ts';

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'givre-generators-'));
});
afterAll(() => rm(out, { recursive: true }));

const load = { ...quickLoad, generators: 2 };

/** Kills a container of a run once seconds of load are on the disk. */
async function killOnceLoaded(run: { runId: string; folder: string }, role: string): Promise<void> {
  await underLoad(run.folder);
  await runOrFail(['docker', 'kill', `givre-${run.runId}-${role}`], 'killing a generator');
}

describe('two generators of their own', { timeout: 300_000 }, () => {
  test('send each request once through the gateway, are watched, and stand in the record and in the report', async () => {
    const { run: stored, exitCode } = await benchOnControl({ scenario: 'latency', out, load });
    const [trial] = stored.records.filter((it) => it.kind === 'load');
    expect(trial).toMatchObject({ failed: 0, dropped: 0, generator: { name: 'k6', place: 'generator', machines: 2 } });
    expect(Math.abs((trial?.sent ?? 0) - 300)).toBeLessThanOrEqual(1);
    expect(trial?.received).toBe(trial?.sent);
    const seconds = stored.records.filter((it) => it.kind === 'load-second').filter((it) => !it.warmUp);
    expect(seconds.reduce((sum, it) => sum + it.ok, 0)).toBe(trial?.sent);
    const gates = new Map(trial?.gates.map((gate) => [gate.id, gate]));
    expect(gates.get('together')).toMatchObject({ status: 'passed' });
    expect(gates.get('retransmits')?.measured).toContain('container ');
    expect(gates.get('clock-steady')).toMatchObject({ status: 'passed' });
    const one = { virtualisation: 'docker', hypervisor: null, sharesHardware: true };
    expect(stored.manifest.generators).toMatchObject([one, one]);
    expect(machineWords(stored.manifest).join()).toContain('2 of 2 generators ran on the same hardware');
    // The other gates may call a measurement invalid on a busy machine.
    expect([0, 3]).toContain(exitCode);
  });

  test('end the run when one of them is lost: it is named, what was measured stays, and nothing is left behind', async () => {
    const { run: stored, error } = await benchOnControl(
      { scenario: 'latency', out, load },
      { meanwhile: (run) => killOnceLoaded(run, 'generator-2') },
    );
    expect(error).toMatchObject({
      code: 'E_LOAD_GENERATOR',
      message: expect.stringContaining('generator-2 failed, so the others were stopped'),
    });
    expect(stored.verdict).toMatchObject({ status: 'failed', exitCode: 4 });
    expect(stored.records.filter((it) => it.kind === 'load-second').length).toBeGreaterThan(0);
  });
});
