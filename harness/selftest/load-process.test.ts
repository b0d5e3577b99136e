import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openHere } from '../core/here.ts';
import { runOrFail } from '../core/subprocess.ts';
import { runK6 } from '../load/k6/process.ts';
import { k6RunOf } from '../load/k6/run.ts';
import { loadPrograms } from '../load/programs.fixture.ts';
import { startTruth } from '../load/truth.ts';
import { loadInOwnProcess, type PlainLoad, plainPlan, SCRIPTS } from './load-process.ts';

const LINES = [process.execPath, resolve(import.meta.dirname, 'k6-lines.ts')];
const place = { open: (argv: readonly string[]) => openHere(argv) };
let programs: Awaited<ReturnType<typeof loadPrograms>>;

beforeAll(async () => {
  programs = await loadPrograms();
});

async function againstTruth<T>(work: (load: PlainLoad) => Promise<T>): Promise<T> {
  const server = await startTruth(place, [programs.truth, '--service', '0s'], AbortSignal.timeout(30_000));
  try {
    return await work({ url: server.url, ratePerSecond: 50, durationMs: 1_000, virtualUsers: 5 });
  } finally {
    await server.end();
  }
}

/** Lines of one request, each with nothing of its numbers but that they are there. */
function formOf(csv: string, number: number): readonly string[] {
  const lines = csv.split('\n').filter((line) => line.endsWith(`,n=${number}`) && !line.startsWith('givre_started'));
  return lines.map((line) => line.replaceAll(/\d+/g, '0'));
}

describe('load in a process of its own', () => {
  test('tells what the harness and what k6 has taken, and how much memory', async () => {
    const k6 = { path: programs.k6, version: programs.version };
    const cost = await againstTruth((load) => loadInOwnProcess(k6, load, AbortSignal.timeout(30_000)));
    expect(cost.sent).toBeGreaterThan(40);
    expect(cost.cpuNs).toBeGreaterThan(1e6);
    expect(cost.generatorCpuNs).toBeGreaterThan(10e6);
    expect(cost.peakBytes).toBeGreaterThan(30 * 2 ** 20);
  });

  test('reads every request that is written in k6’s stead', async () => {
    const load = { url: 'http://nowhere/', ratePerSecond: 1_000, durationMs: 5_000, virtualUsers: 5 };
    const instead = [...LINES, '5000', '1000'];
    const cost = await loadInOwnProcess({ path: '-', version: '-' }, load, AbortSignal.timeout(30_000), { instead });
    // The last ones end after the plan does.
    expect(cost).toMatchObject({ sent: 5_000, seconds: 6, generatorCpuNs: null });
  });

  test('is told the same lines in k6’s stead as k6 has', async () => {
    let csv = '';
    await againstTruth((load) => {
      const k6 = { place, program: programs.k6, scripts: SCRIPTS, version: programs.version };
      const onOutput = (chunk: Buffer): void => {
        csv += chunk.toString();
      };
      const plan = plainPlan(load);
      return runK6(k6, { ...k6RunOf(plan, plan.arrivals, null), signal: AbortSignal.timeout(30_000), onOutput });
    });
    const { stdout } = await runOrFail([...LINES, '50', '50'], 'writing lines');
    expect(stdout.split('\n')[0]).toBe(csv.split('\n')[0]);
    expect(formOf(stdout, 7)).toHaveLength(13);
    expect(formOf(stdout, 7)).toEqual(formOf(csv, 7));
  });
});
