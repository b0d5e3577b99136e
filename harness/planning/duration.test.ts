import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optionsOf, quickLoad } from '../bench/bench.fixture.ts';
import { planSummary, planText } from './dry-run.ts';
import { type Duration, durationOf, timeWords } from './duration.ts';
import { readPaces, rememberParts } from './duration-history.ts';
import type { BenchOptions, TargetOptions } from './options.ts';
import { makePlan, type Plan } from './plan.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-duration-'));
});
afterAll(() => rm(folder, { recursive: true }));

function plan(choice: Partial<BenchOptions>): Promise<Plan> {
  const options = optionsOf({ out: folder, functions: 'rust-hello,go-hello', ...choice });
  return makePlan(options, { signal: new AbortController().signal, now: new Date() });
}

const typical = (it: Plan): Duration => durationOf(it, { isToCalibrate: false, pace: () => undefined });
const secondsOf = ({ parts }: Duration, name: string) => {
  const part = parts.find((it) => it.name === name);
  return part === undefined ? undefined : Math.round(part.typicalMs / 1000);
};
const two = { platform: 'control,control+no-readiness' };

describe('how long a run will take', () => {
  test('is the sum of its samples, floors and blocks, for cold starts', async () => {
    const cold = typical(await plan({ ...two, samples: 200, roundsPerBlock: 20 }));
    // Ten blocks of 6.5 s on either platform, and 200 rounds of two samples of 0.7 s and a floor of 0.32 s.
    expect(secondsOf(cold, 'coldstart')).toBe(Math.round(2 * (10 * 6.46 + 200 * 1.72)));
    expect(cold.total.leastMs).toBe(cold.total.mostMs);
    const levels = typical(await plan({ levels: ['L1', 'L2'], samples: 5 }));
    expect(secondsOf(levels, 'coldstart')).toBe(Math.round(6.46 + 5 * (1.72 + 2.32)));
  });

  test('is that of every measurement of load with its warm-up, and of every deployment', async () => {
    const load = { ...quickLoad, rates: '20,50', paths: 'gateway,direct', duration: '60s', blocks: 5 };
    const latency = typical(await plan({ ...two, scenario: 'latency', load }));
    // Two platforms, five blocks, two functions, two rates by two paths: 60 s after 5 s, and 1.3 s around it.
    expect(secondsOf(latency, 'latency')).toBe(Math.round(2 * 5 * (1.5 + 2 * (1 + 4 * 66.3))));
    const twice = typical(await plan({ ...two, scenario: 'latency', load: { ...load, blocks: 10 } }));
    expect(secondsOf(twice, 'latency')).toBe(2 * (secondsOf(latency, 'latency') ?? 0));
  });

  test('has a range where it searches, and says what bounds the search', async () => {
    const it = await plan({ scenario: 'throughput,memory', load: quickLoad });
    const duration = typical(it);
    const { leastMs, typicalMs, mostMs } = duration.total;
    expect(leastMs).toBeLessThan(typicalMs);
    expect(mostMs).toBeGreaterThan(3 * typicalMs);
    const memory = duration.parts.find((part) => part.name === 'memory');
    expect(memory?.leastMs).toBe(memory?.mostMs);
    expect(planText(it, duration)).toMatch(/^takes {6}about \d+ min, from \d+ min to \d+ min by what is found: prepa/m);
    expect(planText(it, duration)).toMatch(/^ +throughput: each search ends after at most \d+ ramps and \d+ steps/m);
    expect(planSummary(it, duration).duration).toMatchObject({
      typicalS: Math.ceil(typicalMs / 1000),
      leastS: Math.ceil(leastMs / 1000),
      mostS: Math.ceil(mostMs / 1000),
      partsByEarlierRuns: 0,
      parts: [{ name: 'preparing' }, { name: 'throughput' }, { name: 'memory' }, { name: 'removing' }],
    });
  });

  test('is shorter on several machines, and longer where machines are booted or the generator is tried first', async () => {
    const openstack: TargetOptions = {
      kind: 'openstack',
      ...{ cloud: 'c', region: undefined, flavor: 'm1', image: 'i', network: 'n' },
      ...{ floatingNetwork: undefined, availabilityZone: undefined, configDrive: false, bootVolumeGb: undefined },
      ...{
        serverGroup: false,
        sshUser: 'debian',
        sshJump: undefined,
        allowFrom: [],
        golden: true,
        httpsProxy: undefined,
      },
    };
    const one = typical(await plan({ target: openstack }));
    const four = typical(await plan({ target: openstack, machines: 4 }));
    expect((four.parts[1]?.typicalMs ?? 0) * 4).toBeCloseTo(one.parts[1]?.typicalMs ?? 0, 3);
    const here = typical(await plan({}));
    expect(secondsOf(one, 'preparing')).toBeGreaterThan((secondsOf(here, 'preparing') ?? 0) + 60);
    const load = await plan({ scenario: 'latency', load: quickLoad });
    const tried = durationOf(load, { isToCalibrate: true, pace: () => undefined });
    expect((secondsOf(tried, 'preparing') ?? 0) - (secondsOf(typical(load), 'preparing') ?? 0)).toBe(130);
  });
});

describe('what a machine has shown', () => {
  test('corrects the same part of later runs, by the median of the last five', async () => {
    const path = join(folder, 'durations.json');
    const it = await plan({ samples: 10 });
    const cold = typical(it).parts.filter((part) => part.name === 'coldstart');
    for (const pace of [9, 9, 1.5, 2, 1.6, 1.4, 1.7]) {
      await rememberParts(
        cold.map((part) => ({ part, tookMs: pace * part.plannedMs })),
        path,
      );
    }
    const again = durationOf(it, { isToCalibrate: false, pace: await readPaces(path) });
    expect(secondsOf(again, 'coldstart')).toBe(Math.round(1.6 * ((cold[0]?.plannedMs ?? 0) / 1000)));
    expect(again.known).toBe(1);
    // What it rests on stays the plan's own time, or corrections would be corrected.
    expect(again.parts.map((part) => part.plannedMs)).toEqual(typical(it).parts.map((part) => part.plannedMs));
    const other = durationOf(await plan({ levels: ['L2'] }), { isToCalibrate: false, pace: await readPaces(path) });
    expect(other.known).toBe(0);
  });

  test('is not learned from a run that had to build its images first', async () => {
    const path = join(folder, 'built.json');
    const [preparing] = typical(await plan({})).parts;
    if (preparing === undefined) throw new Error('a plan without parts');
    await rememberParts([{ part: preparing, tookMs: 12 * preparing.plannedMs }], path);
    expect((await readPaces(path))(preparing.key)).toBeUndefined();
    await rememberParts([{ part: preparing, tookMs: 2 * preparing.plannedMs }], path);
    await rememberParts([{ part: preparing, tookMs: 1.2 * preparing.plannedMs }], path);
    expect((await readPaces(path))(preparing.key)).toBeCloseTo(1.2);
  });

  test('is nothing where its file is damaged, and the file is then written anew', async () => {
    const path = join(folder, 'damaged.json');
    await writeFile(path, '{"schemaVersion":1,"paces":{"x":');
    expect((await readPaces(path))('x')).toBeUndefined();
    const [, cold] = typical(await plan({})).parts;
    if (cold === undefined) throw new Error('a plan without parts');
    await rememberParts([{ part: cold, tookMs: cold.plannedMs }], path);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ schemaVersion: 1, paces: { [cold.key]: [1] } });
  });
});

test('times are said as people say them', () => {
  expect([900, 95_000, 150_000, 3_600_000, 8_100_000].map(timeWords)).toEqual([
    ...['1 s', '95 s', '3 min', '60 min', '2 h 15 min'],
  ]);
});
