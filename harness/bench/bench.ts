import type { ExitCode } from '../core/exit-codes.ts';
import type { Output } from '../core/output.ts';
import { type Duration, durationLines } from '../planning/duration.ts';
import { expectedDuration, rememberParts } from '../planning/duration-history.ts';
import { comparisonForecasts, forecastWords } from '../planning/forecast.ts';
import type { Plan } from '../planning/plan.ts';
import { nameBefore } from '../planning/platform-choice.ts';
import { buildArtifacts } from '../provisioning/artifacts/build.ts';
import { provision } from '../provisioning/provision.ts';
import { withRun } from '../provisioning/run.ts';
import { runOf } from '../provisioning/sites/open.ts';
import { isCalibrationDue } from '../runs/calibrations.ts';
import { calibrationForRun } from './calibrate.ts';
import { judge } from './judge.ts';
import { measure } from './measure.ts';
import { openRecord } from './record.ts';
import { timekeeper } from './timekeeper.ts';

interface BenchResult {
  readonly folder: string;
  readonly exitCode: ExitCode;
}

/** The main path. Whatever ends it, what has been measured stays, and what has been made goes. */
export async function bench(plan: Plan, output: Output, signal: AbortSignal): Promise<BenchResult> {
  const duration = await expectedDuration(plan, isCalibrationDue);
  for (const line of beforehand(plan, duration)) output.note(line);
  const times = timekeeper(duration);
  const { exitCode } = await withRun(runOf(plan), { output, signal }, async (run) => {
    const artifacts = await buildArtifacts(plan, run);
    const calibration = await calibrationForRun(plan, artifacts.k6, run);
    const machines = await provision(plan, artifacts, run);
    const record = await openRecord(plan, { artifacts, machines, calibration, forecast: duration.total }, run);
    const bar = times.measuring(machines.lanes.length);
    const parts = { k6: artifacts.k6, calibration, machines, record, bar };
    const [measured] = await Promise.allSettled([measure(plan, parts, run)]);
    const verdict = await judge(plan, record, measured, run);
    await record.finish({ readyMs: machines.lanes.flat().map((it) => it.readyMs), measureMs: times.measured() });
    return verdict;
  });
  if (!signal.aborted) await rememberParts(times.removed());
  return { folder: plan.folder, exitCode };
}

/** What is said before anything is made. The first line names the platform, so that nobody takes one for the other. */
function beforehand(plan: Plan, duration: Duration): readonly string[] {
  const { platforms, platformChoice, functions, functionsChoice } = plan;
  const names = functions.map((it) => it.name).join(', ');
  return [
    `platform: ${platforms.map(nameBefore).join(', ')} (${platformChoice})`,
    ...(functionsChoice.narrowed ? [`functions: ${names} (${functionsChoice.words})`] : []),
    ...comparisonForecasts(plan).map(forecastWords),
    ...durationLines(duration, plan),
  ];
}
