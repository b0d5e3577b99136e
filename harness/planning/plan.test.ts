import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optionsOf, quickLoad } from '../bench/bench.fixture.ts';
import { refuseImpossible } from '../provisioning/possible-levels.ts';
import { syntheticManifest } from '../runs/synthetic-manifest.fixture.ts';
import { planSummary, planText } from './dry-run.ts';
import { durationOf } from './duration.ts';
import { comparisonForecasts } from './forecast.ts';
import { makePlan, type Plan } from './plan.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-plan-'));
});
afterAll(() => rm(folder, { recursive: true }));

function plan(choice: Parameters<typeof optionsOf>[0]) {
  return makePlan(optionsOf(choice), { signal: new AbortController().signal, now: new Date() });
}

const typicalOf = (it: Plan) => durationOf(it, { isToCalibrate: false, pace: () => undefined });
const textOf = (it: Plan): string => planText(it, typicalOf(it));

describe('what a plan will be able to tell', () => {
  const two = { platform: 'control,control+no-readiness', functions: 'rust-hello,go-hello' };

  test('is something by default, for cold starts and for load', async () => {
    const cold = await plan({ out: folder, ...two });
    expect(comparisonForecasts(cold)).toEqual([
      { of: 'cold starts', deployments: 8, comparisons: 2, smallestRatio: expect.closeTo(1.07, 2) },
    ]);
    const load = await plan({ out: folder, ...two, scenario: 'latency' });
    // Two functions on two platforms, and on each the second function with the first, at p50 and p99.
    expect(comparisonForecasts(load)).toMatchObject([{ of: 'load', deployments: 5, comparisons: 8 }]);
    expect(textOf(load)).toContain(
      'compares   load: 5 deployments of each, 8 comparisons: tells ratios from 1.15 on, if they vary by 5 % between',
    );
  });

  test('is nothing with too few deployments, and that is said', async () => {
    const few = await plan({ out: folder, ...two, samples: 10 });
    expect(textOf(few)).toContain('no verdict is possible below 4 deployments (--samples or --rounds-per-block)');
    expect(planSummary(few, typicalOf(few)).comparisons).toMatchObject([{ deployments: 2, smallestRatio: null }]);
    const alone = await plan({ out: folder, platform: 'control', functions: 'rust-hello', samples: 10 });
    expect(textOf(alone)).not.toContain('compares');
  });
});

describe('a plan that would measure nothing is refused before anything is made, with exit code 2', () => {
  test.each([
    ['no sample', { samples: 0 }, '--samples 0 measures nothing'],
    ['no sample of a machine', { machineSamples: 0 }, '--machine-samples 0 measures nothing'],
    ['no block', { scenario: 'latency', load: { ...quickLoad, blocks: 0 } }, '--blocks 0 measures nothing'],
  ])('%s', async (_what, choice, message) => {
    const refused = plan({ out: folder, ...choice });
    await expect(refused).rejects.toMatchObject({ code: 'E_NO_SAMPLE', exitCode: 2, message });
  });

  test('a stack file without a function', async () => {
    const path = join(folder, 'empty.yaml');
    await writeFile(path, 'provider: {name: openfaas}\nfunctions: {}\n');
    const refused = plan({ out: folder, stacks: [path], functions: undefined });
    await expect(refused).rejects.toMatchObject({ exitCode: 2 });
  });

  test('levels of which no platform can do any, each with its reason', () => {
    const { platforms } = syntheticManifest({ platforms: ['faasd 0.19.0', 'control'] });
    const [faasd] = platforms;
    if (faasd === undefined) throw new Error('the fixture has no platform');
    expect(() => refuseImpossible(['L3'], [faasd])).toThrow(/no platform can do L3: faasd 0\.19\.0 L3: images stay/);
    expect(() => refuseImpossible(['L3'], platforms)).not.toThrow();
    expect(() => refuseImpossible(['L1', 'L3'], [faasd])).not.toThrow();
    expect(() => refuseImpossible([], [faasd])).not.toThrow();
  });
});
