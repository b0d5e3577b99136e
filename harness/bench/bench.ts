import { isInterruption, messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { failureOf } from '../core/left-behind.ts';
import type { Output } from '../core/output.ts';
import { Scope } from '../core/scope.ts';
import { judgeRun } from '../judging/judge.ts';
import { type Duration, durationLines } from '../planning/duration.ts';
import { expectedDuration, rememberParts, type TookPart } from '../planning/duration-history.ts';
import { comparisonForecasts, forecastWords } from '../planning/forecast.ts';
import type { Plan } from '../planning/plan.ts';
import { type PlanProgress, planProgress } from '../planning/plan-progress.ts';
import { nameBefore } from '../planning/platform-choice.ts';
import { openSite } from '../provisioning/sites/open.ts';
import type { Site } from '../provisioning/sites/site.ts';
import { calibrationFile, isCalibrationDue, rememberCalibration } from '../runs/calibrations.ts';
import type { Manifest, RunRecord } from '../runs/schema.ts';
import { openRun, type RunWriter } from '../runs/write.ts';
import { type Assembly, assemble } from './assemble.ts';
import { describeRun } from './manifest.ts';
import { measure } from './measure.ts';

interface BenchResult {
  readonly folder: string;
  readonly exitCode: ExitCode;
}

/** The main path: assemble (build, acquire, install, deliver) → measure → judge → store → release. */
export async function bench(plan: Plan, output: Output, signal: AbortSignal): Promise<BenchResult> {
  output.note(headline(plan));
  if (plan.functionsChoice.narrowed) {
    output.note(`functions: ${plan.functions.map((it) => it.name).join(', ')} (${plan.functionsChoice.words})`);
  }
  for (const forecast of comparisonForecasts(plan)) output.note(forecastWords(forecast));
  const duration = await expectedDuration(plan, isCalibrationDue);
  for (const line of durationLines(duration, plan)) output.note(line);
  const clock = stopwatch();
  const scope = new Scope();
  const site = await openOrClose(plan, scope, output, signal);
  let exitCode: ExitCode;
  let took: readonly number[] = [];
  try {
    const assembly = await assemble(plan, scope, site, { signal, progress: (line) => output.note(line) });
    const manifest = await describeRun(plan, assembly, duration.total);
    const writer = await openRun(plan.folder, manifest);
    await scope.defer('run folder', () => writer.close());
    if (assembly.calibration !== undefined)
      await rememberCalibration(assembly.calibration, calibrationFile(plan.folder));
    const preparedMs = clock();
    const bar = planProgress(duration.parts.slice(1, -1), assembly.lanes.length, duration.parts.at(-1)?.typicalMs ?? 0);
    exitCode = await measureAndJudge({ plan, assembly, manifest, scope, writer, output, signal, bar });
    const timings = { readyMs: assembly.lanes.flat().map((it) => it.readyMs), measureMs: clock() };
    took = [preparedMs, ...bar.took()];
    await writer.updateManifest({ ...manifest, finishedAt: new Date().toISOString(), timings });
  } catch (error) {
    // What has been measured stays; what has been made goes.
    throw failureOf(error, signal, await release(plan, site, scope, output));
  }
  const left = await release(plan, site, scope, output);
  if (!signal.aborted) await rememberParts(tookParts(duration, [...took, clock()]));
  return { folder: plan.folder, exitCode: left ? exitCodes.leftBehind : exitCode };
}

/** A place that could not be opened leaves nothing open: no journal, no lock. */
async function openOrClose(plan: Plan, scope: Scope, output: Output, signal: AbortSignal): Promise<Site> {
  try {
    return await openSite(plan, { scope, signal, progress: (line) => output.note(line) });
  } catch (error) {
    await scope.close((line) => output.note(line));
    throw failureOf(error, signal, false);
  }
}

/** Each call: milliseconds since the one before. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const since = performance.now() - last;
    last += since;
    return since;
  };
}

function tookParts({ parts }: Duration, took: readonly number[]): readonly TookPart[] {
  return parts.map((part, i) => ({ part, tookMs: took[i] ?? 0 }));
}

interface MeasureWork {
  readonly plan: Plan;
  readonly assembly: Assembly;
  readonly manifest: Manifest;
  readonly scope: Scope;
  readonly writer: RunWriter;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly bar: PlanProgress;
}

async function measureAndJudge(work: MeasureWork): Promise<ExitCode> {
  const { plan, manifest, writer, output, signal } = work;
  const records: RunRecord[] = [];
  let failure: unknown;
  try {
    await measure({
      ...work,
      onRecord: async (record) => {
        await writer.record(record);
        records.push(record);
      },
    });
  } catch (error) {
    failure = error;
  }
  const interrupted = signal.aborted && isInterruption(signal.reason);
  // A fault elsewhere, which has stopped the measuring or came as it ended.
  if (signal.aborted && !interrupted) failure = signal.reason;
  const verdict = judgeRun(records, { manifest, interrupted, clean: plan.options.clean });
  if (failure !== undefined && !interrupted) {
    const summary = `ended after ${records.length} records: ${messageOf(failure)}`;
    const failed = { ...verdict, status: 'failed', summary, exitCode: exitCodes.infrastructure } as const;
    // On a full disk not even that can be written, and the failure itself says why.
    await writer.verdict(failed).catch((error: unknown) => output.note(`no verdict: ${messageOf(error)}`));
    output.note(`what was measured is kept; its report: npm run report -- ${plan.folder}`);
    throw failure;
  }
  await writer.verdict(verdict);
  output.note(`${verdict.status}: ${verdict.summary}`);
  return verdict.exitCode;
}

/** Removes everything (with `--keep` all but the machines), looks for itself, and says what could not be removed. */
async function release(plan: Plan, site: Site, scope: Scope, output: Output): Promise<boolean> {
  const { keep } = plan.options;
  const failures = await scope.close((line) => output.note(line), keep ? site.isMachine : undefined);
  const unremoved = failures.map((failure) => failure.what).filter(site.isMachine);
  const found = keep ? [] : await site.audit().catch((error: unknown) => [`unknown: ${messageOf(error)}`]);
  const left = [...new Set([...unremoved, ...found])];
  if (keep) output.note('machines are kept, as asked; remove them when you are done:');
  for (const what of left) output.note(`left behind: ${what}`);
  if (left.length > 0) output.note('remove it with:');
  if (keep || left.length > 0) output.note(`  ${site.reapCommand}`);
  await site.close();
  return left.length > 0;
}

/** The first line of output names the platform, so that nobody takes one for the other. */
function headline({ platforms, platformChoice }: Plan): string {
  return `platform: ${platforms.map(nameBefore).join(', ')} (${platformChoice})`;
}
