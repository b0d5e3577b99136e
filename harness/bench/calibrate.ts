import type { Progress } from '../core/platform.ts';
import type { Plan } from '../planning/plan.ts';
import type { K6Program } from '../planning/users-k6.ts';
import { calibrateHere, type OwnPrograms, obtainPrograms } from '../provisioning/calibration.ts';
import { calibrationDefaults, chooseProfiles } from '../provisioning/calibration-choice.ts';
import { isGoodFor, lastCalibration, rememberCalibration } from '../runs/calibrations.ts';
import type { Calibration } from '../runs/schema.ts';
import type { CalibrationPlan } from './calibration-plan.ts';

interface Work {
  readonly signal: AbortSignal;
  readonly progress: Progress;
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
 * too busy to tell, or made now; undefined for a run that puts no load on, or from other machines than this one. To be
 * asked after all that compiles: it measures.
 *
 * A generator that fails it is no reason not to measure: the gate `calibrated` says so of each measurement.
 */
export async function calibrationForRun(
  plan: Plan,
  k6: K6Program | undefined,
  work: Work,
): Promise<Calibration | undefined> {
  const isHere = plan.options.target.kind === 'container';
  if (k6 === undefined || !isHere) return undefined;
  const known = await lastCalibration(k6.version, new Date());
  if (known !== undefined && isGoodFor(known, new Date())) return known;
  work.progress('trying the generator against known truth, once a day, about two minutes (npm run calibrate)');
  const choice = { profiles: chooseProfiles(undefined), ...calibrationDefaults };
  return await calibrate({ choice, countsForRuns: true }, { k6: k6.path, truth: undefined }, work);
}
