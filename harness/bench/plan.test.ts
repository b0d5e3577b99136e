import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syntheticManifest } from '../runs/synthetic-manifest.fixture.ts';
import { refuseImpossible } from './assemble.ts';
import { optionsOf, quickLoad } from './bench.fixture.ts';
import { makePlan } from './plan.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-plan-'));
});
afterAll(() => rm(folder, { recursive: true }));

function plan(choice: Parameters<typeof optionsOf>[0]) {
  return makePlan(optionsOf(choice), { signal: new AbortController().signal, now: new Date() });
}

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
