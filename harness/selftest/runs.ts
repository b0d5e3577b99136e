import { join } from 'node:path';
import { bench } from '../bench/bench.ts';
import { makeFolder } from '../core/folder.ts';
import { inertJson } from '../core/inert.ts';
import type { Output } from '../core/output.ts';
import { replaceFiles } from '../core/replace-file.ts';
import type { BenchOptions } from '../planning/options.ts';
import { makePlan } from '../planning/plan.ts';
import { readRun } from '../runs/read.ts';
import type { Run } from '../runs/run.ts';
import type { ColdStartSample, PhaseName, RunRecord } from '../runs/schema.ts';
import { median } from '../statistics/median.ts';
import { refuseLeftovers } from './own-run.ts';

/** What every part of the self-test is given. */
export interface SelfContext {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Where the run folders go. */
  readonly out: string;
  readonly seed: number;
  /** Multiplies sample counts; below 1 only for trying it out, and the table says so. */
  readonly scale: number;
  /** Of each profile of the truth test. */
  readonly repetitions: number;
  /** The user's own programs instead of those that are built. */
  readonly own: {
    readonly k6: string | undefined;
    readonly truth: string | undefined;
    /** A faasd to ask; it is built by nobody here. */
    readonly faasd: string | undefined;
  };
}

type Choice = Partial<BenchOptions> & Pick<BenchOptions, 'platform' | 'functions'>;

/** What a user would have typed, with the rest at its default. */
export function optionsFor(context: SelfContext, choice: Choice): BenchOptions {
  return {
    scenario: 'coldstart',
    target: { kind: 'container' },
    defects: [],
    like: undefined,
    stacks: [],
    levels: undefined,
    samples: undefined,
    machineSamples: undefined,
    machines: 1,
    roundsPerBlock: undefined,
    seed: context.seed,
    out: context.out,
    keep: false,
    clean: true,
    coreServices: 'ours',
    acceptCeEula: false,
    command: ['self'],
    ...choice,
  };
}

/** One ordinary run through the main path, read back from its folder as a report would. */
export async function runOnce(context: SelfContext, choice: Choice): Promise<Run> {
  const plan = await makePlan(optionsFor(context, choice), { signal: context.signal, now: new Date() });
  const { folder, exitCode } = await bench(plan, context.output, context.signal);
  context.signal.throwIfAborted();
  refuseLeftovers(plan.runId, exitCode);
  return readRun(folder);
}

/** What a claim rests on, for a look at it by itself; on the disk as it grows. */
export async function keepRows({ out }: SelfContext, name: string, rows: readonly object[]): Promise<void> {
  await makeFolder(out);
  await replaceFiles([{ path: join(out, name), content: `${inertJson(rows, 2)}\n` }]);
}

export function scaled(context: SelfContext, samples: number): number {
  return Math.max(6, Math.round(samples * context.scale));
}

export function coldStarts(records: readonly RunRecord[], platform?: string): readonly ColdStartSample[] {
  return records
    .filter((it) => it.kind === 'coldstart')
    .filter((it) => platform === undefined || it.platform === platform);
}

interface Phased {
  readonly phases: readonly { readonly name: PhaseName; readonly durationNs: number }[];
}

/** Durations of a phase in ns; a phase that was not seen in a sample counts as 0 there. */
export function durationsOf(samples: readonly Phased[], name: PhaseName): readonly number[] {
  return samples.map((it) => it.phases.find((phase) => phase.name === name)?.durationNs ?? 0);
}

/** Their median. */
export function phaseMedian(samples: readonly Phased[], name: PhaseName): number {
  return median(durationsOf(samples, name));
}
