import { usageError } from '../core/errors.ts';
import type { Progress } from '../core/platform.ts';
import type { K6Program } from '../planning/users-k6.ts';
import {
  type CalibrationChoice,
  calibrateHere,
  calibrationDefaults,
  chooseProfiles,
  type OwnPrograms,
  obtainPrograms,
} from '../provisioning/calibration.ts';
import { isGoodFor, lastCalibration, rememberCalibration } from '../runs/calibrations.ts';
import type { Calibration } from '../runs/schema.ts';

export { calibrationDefaults, profileWords } from '../provisioning/calibration.ts';

/** From here on a p99 has an interval with two ends (`harness/statistics/quantile.ts`). */
const FEWEST_REQUESTS = 368;

interface Work {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

interface CalibrationWords {
  /** Comma-separated names; undefined for all. */
  readonly profile?: string;
  readonly ratePerSecond: number;
  /** Of each profile that is not shorter. */
  readonly durationSeconds: number;
  readonly seed: number;
}

interface CalibrationPlan {
  readonly choice: CalibrationChoice;
  /** A part of the profiles is no proof for runs. */
  readonly countsForRuns: boolean;
}

/**
 * What a calibration will do, or why it cannot, before anything is built.
 *
 * @throws GivreError (usage) `E_CALIBRATION_PROFILE`, `E_CALIBRATION_SIZE`
 */
export function planCalibration(words: CalibrationWords): CalibrationPlan {
  const profiles = chooseProfiles(words.profile);
  const { ratePerSecond, durationSeconds, seed } = words;
  if (ratePerSecond * durationSeconds < FEWEST_REQUESTS) {
    throw usageError(
      'E_CALIBRATION_SIZE',
      `${ratePerSecond * durationSeconds} requests per profile are too few to say anything about p99`,
      `--rate times --duration must be at least ${FEWEST_REQUESTS}`,
    );
  }
  const { warmUpMs } = calibrationDefaults;
  const choice = { profiles, ratePerSecond, durationMs: durationSeconds * 1000, warmUpMs, seed };
  return { choice, countsForRuns: words.profile === undefined };
}

/** The main path of `calibrate`: obtain → measure against known truth → remember for later runs. */
export async function calibrate(plan: CalibrationPlan, own: OwnPrograms, work: Work): Promise<Calibration> {
  const programs = await obtainPrograms(own, work);
  const calibration = await calibrateHere(programs, plan.choice, work);
  if (plan.countsForRuns) await rememberCalibration(calibration);
  return calibration;
}

/**
 * The calibration that a run on this machine goes by: of this day where that was well, of this hour where the machine was
 * too busy to tell, or made now.
 *
 * A generator that fails it is no reason not to measure: the gate `calibrated` says so of each measurement.
 */
export async function calibrationForRun(k6: K6Program, work: Work): Promise<Calibration> {
  const known = await lastCalibration(k6.version, new Date());
  if (known !== undefined && isGoodFor(known, new Date())) return known;
  work.progress('trying the generator against known truth, once a day, about two minutes (npm run calibrate)');
  const choice = { profiles: chooseProfiles(undefined), ...calibrationDefaults };
  return await calibrate({ choice, countsForRuns: true }, { k6: k6.path, truth: undefined }, work);
}
