import { type CalibrationOptions, calibrate } from '../load/calibrate.ts';
import type { Profile } from '../load/truth-profiles.ts';
import { type CalibrationPrograms, calibrationHere } from '../provisioning/calibration.ts';
import type { CalibrationRow } from '../runs/schema.ts';
import type { SelfContext } from './runs.ts';

const DURATION_MS = 3_000;
export const SERVICE_MS = 20;
/** Ten times what is needed, or more. k6 starts them all before its first request, which in so short a run is not to matter. */
const VIRTUAL_USERS = 60;

export const serviceWords = ['--service', `${SERVICE_MS}ms`];
export const constant: Profile = { name: 'constant', wanted: 'right', method: 'POST', words: () => serviceWords };

interface ShortLoad {
  readonly profile: Profile;
  readonly ratePerSecond: number;
  /** Of the run among its like: each has a seed of its own. */
  readonly number: number;
}

/** Three seconds against the server of known times, too few for a warm-up and for telling whether it is steady. */
export function shortRun(
  context: SelfContext,
  programs: CalibrationPrograms,
  { profile, ratePerSecond, number }: ShortLoad,
): CalibrationOptions {
  return {
    ...calibrationHere(programs, context.signal),
    profiles: [profile],
    ratePerSecond,
    durationMs: DURATION_MS,
    warmUpMs: 0,
    without: ['warmed-up', 'steady'],
    seed: context.seed + number,
    virtualUsers: VIRTUAL_USERS,
    progress: () => {},
  };
}

/** A calibration with a single profile. */
export async function measured(options: CalibrationOptions): Promise<CalibrationRow> {
  const [row] = await calibrate(options);
  if (row === undefined) throw new Error('a calibration without a profile');
  return row;
}
