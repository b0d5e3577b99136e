import type { Span } from '../api/duration.ts';
import type { Plan } from '../planning/plan.ts';
import type { Artifacts } from '../provisioning/artifacts/build.ts';
import type { Provisioned } from '../provisioning/provision.ts';
import type { OpeningWork } from '../provisioning/run.ts';
import { calibrationFile, rememberCalibration } from '../runs/calibrations.ts';
import type { Calibration, Manifest, RunRecord, Verdict } from '../runs/schema.ts';
import { openRun } from '../runs/write.ts';
import { describeRun } from './manifest.ts';

/** The run folder while it is written. */
export interface Recording {
  readonly manifest: Manifest;
  /** All that are on the disk. */
  readonly records: readonly RunRecord[];
  /** Returns once it is on the disk. */
  record(record: RunRecord): Promise<void>;
  verdict(verdict: Verdict): Promise<void>;
  /** The run has come to its end, and took so long. */
  finish(timings: NonNullable<Manifest['timings']>): Promise<void>;
}

interface Recorded {
  readonly artifacts: Artifacts;
  readonly machines: Provisioned;
  readonly calibration: Calibration | undefined;
  readonly forecast: Span;
}

/** Makes the run folder and writes down what was brought up. */
export async function openRecord(
  plan: Plan,
  { artifacts, machines, calibration, forecast }: Recorded,
  { scope }: Pick<OpeningWork, 'scope'>,
): Promise<Recording> {
  const manifest = await describeRun(plan, { ...artifacts, ...machines }, forecast);
  const writer = await openRun(plan.folder, manifest);
  await scope.defer('run folder', () => writer.close());
  if (calibration !== undefined) await rememberCalibration(calibration, calibrationFile(plan.folder));
  const records: RunRecord[] = [];
  return {
    manifest,
    records,
    async record(record) {
      await writer.record(record);
      records.push(record);
    },
    verdict: (verdict) => writer.verdict(verdict),
    finish: (timings) => writer.updateManifest({ ...manifest, finishedAt: new Date().toISOString(), timings }),
  };
}
