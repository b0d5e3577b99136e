import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Output } from '../core/output.ts';
import { poll } from '../core/poll.ts';
import type { BenchOptions, LoadWords } from '../planning/options.ts';
import { makePlan } from '../planning/plan.ts';
import { readRun } from '../runs/read.ts';
import type { Run } from '../runs/run.ts';
import { listOurContainers } from '../targets/leftovers.ts';
import { bench } from './bench.ts';

export interface Ended {
  /** Null when the run ended with an error. */
  readonly exitCode: number | null;
  readonly error: Error | null;
  readonly run: Run;
  readonly notes: readonly string[];
}

/** Little load for a short time, all else as the scenario has it. */
export const quickLoad: LoadWords = {
  profile: 'quick',
  rates: '20',
  duration: undefined,
  payloads: undefined,
  paths: undefined,
  slo: undefined,
  blocks: undefined,
  k6: undefined,
};

/** Until some seconds of load are on the disk. */
export async function underLoad(runFolder: string): Promise<void> {
  await poll(
    async () => {
      const text = await readFile(join(runFolder, 'samples.ndjson'), 'utf8').catch(() => '');
      const seconds = text.split('"kind":"load-second"').length - 1;
      return seconds >= 2 ? { done: true, value: undefined } : { done: false, seen: `${seconds} seconds` };
    },
    { what: 'load', deadlineMs: 120_000 },
  );
}

/** What a test does while a run goes on; `runId` names its containers, `folder` is where its records appear. */
type Meanwhile = (run: { readonly runId: string; readonly folder: string }) => Promise<void>;

/** What a user would have typed for a run on the control, with the rest at its default. */
export function optionsOf(choice: Partial<BenchOptions> & Pick<BenchOptions, 'out'>): BenchOptions {
  return {
    scenario: 'coldstart',
    target: { kind: 'container' },
    platform: 'control',
    defects: [],
    like: undefined,
    functions: 'rust-hello',
    stacks: [],
    levels: undefined,
    samples: undefined,
    machineSamples: undefined,
    machines: 1,
    roundsPerBlock: undefined,
    seed: 1,
    keep: false,
    clean: true,
    coreServices: 'ours',
    acceptCeEula: false,
    command: [],
    ...choice,
  };
}

/** A real run through the main path: real containers, real gateway, real functions. */
export async function benchOnControl(
  choice: Partial<BenchOptions> & Pick<BenchOptions, 'out'>,
  { signal = new AbortController().signal, meanwhile }: { signal?: AbortSignal; meanwhile?: Meanwhile } = {},
): Promise<Ended> {
  const notes: string[] = [];
  const output: Output = { result: () => {}, status: () => {}, note: (line) => notes.push(line) };
  const options = optionsOf(choice);
  const plan = await makePlan(options, { signal, now: new Date() });
  const running = bench(plan, output, signal).catch((error: unknown) => error);
  await meanwhile?.(plan);
  const ended = await running;
  const left = (await listOurContainers()).filter((container) => container.runId === plan.runId);
  expect(left).toEqual([]);
  const run = await readRun(plan.folder);
  if (ended instanceof Error) return { exitCode: null, error: ended, run, notes };
  return { exitCode: run.verdict?.exitCode ?? null, error: null, run, notes };
}
