import { expect } from 'vitest';
import type { Output } from '../core/output.ts';
import { type Run, readRun } from '../runs/read.ts';
import { listOurContainers } from '../targets/leftovers.ts';
import { bench } from './bench.ts';
import type { BenchOptions } from './options.ts';
import { makePlan } from './plan.ts';

export interface Ended {
  /** Null when the run ended with an error. */
  readonly exitCode: number | null;
  readonly error: Error | null;
  readonly run: Run;
  readonly notes: readonly string[];
}

/** What a test does while a run goes on; `runId` names its containers, `folder` is where its records appear. */
type Meanwhile = (run: { readonly runId: string; readonly folder: string }) => Promise<void>;

/** A real run through the main path: real containers, real gateway, real functions. */
export async function benchOnControl(
  choice: Partial<BenchOptions> & Pick<BenchOptions, 'out'>,
  { signal = new AbortController().signal, meanwhile }: { signal?: AbortSignal; meanwhile?: Meanwhile } = {},
): Promise<Ended> {
  const notes: string[] = [];
  const output: Output = { result: () => {}, status: () => {}, note: (line) => notes.push(line) };
  const options: BenchOptions = {
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
