import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { streamOutput } from '../core/output.ts';
import { type FakeEngine, startFakeEngine } from '../targets/engine.fixture.ts';
import { labelNames } from '../targets/leftovers.ts';
import { reap } from './reap.ts';

const HOUR_MS = 3_600_000;
const RUN = 'reap-colleague';

let engine: FakeEngine;
let folder: string;
beforeEach(async () => {
  engine = await startFakeEngine();
  folder = await mkdtemp(join(tmpdir(), 'givre-reap-'));
  vi.stubEnv('DOCKER_HOST', engine.address);
  vi.stubEnv('XDG_STATE_HOME', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await engine[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Of a run on another machine that shares the engine. */
function labels(expiresMs: number): Record<string, string> {
  const { run, machine, expires } = labelNames;
  return { [run]: RUN, [machine]: 'elsewhere', [expires]: String(Math.floor(expiresMs / 1000)) };
}

async function reaped(): Promise<string> {
  const lines: string[] = [];
  const stream = { write: (text: string) => lines.push(text) };
  expect(await reap({ yes: true, run: RUN, json: false }, streamOutput(stream, stream))).toBe(0);
  return lines.join('');
}

describe('what another machine has made on a shared engine', () => {
  test('expires by the engine’s clock: a reaper whose own is three hours ahead leaves a live run alone', async () => {
    engine.nowMs = Date.now() - 3 * HOUR_MS;
    engine.containers = [{ id: 'c1', name: 'givre-a', labels: labels(engine.nowMs + HOUR_MS) }];
    expect(await reaped()).toContain('keeps container givre-a (made on another machine and not expired)');
    expect(engine.containers).toHaveLength(1);
  });

  test('goes when it is over by that clock, though the reaper’s own is three hours behind', async () => {
    engine.nowMs = Date.now() + 3 * HOUR_MS;
    engine.containers = [{ id: 'c1', name: 'givre-a', labels: labels(engine.nowMs - HOUR_MS) }];
    engine.networks = [{ id: 'n1', name: 'givre-net', labels: labels(engine.nowMs - HOUR_MS) }];
    const said = await reaped();
    expect(said).toContain('removed container givre-a (expired)');
    expect(said).toContain('removed network givre-net (expired)');
    expect([engine.containers, engine.networks]).toEqual([[], []]);
  });

  test('is in use as long as anything of its run is: labels of networks cannot be renewed', async () => {
    engine.containers = [{ id: 'c1', name: 'givre-a', labels: labels(engine.nowMs - HOUR_MS) }];
    engine.networks = [{ id: 'n1', name: 'givre-net', labels: labels(engine.nowMs - HOUR_MS) }];
    engine.renewed.set('c1', Math.floor(engine.nowMs / 1000) + 3_600);
    const said = await reaped();
    expect(said).toContain('keeps container givre-a');
    expect(said).toContain('keeps network givre-net');
  });
});
