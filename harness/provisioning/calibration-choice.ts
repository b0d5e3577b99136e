import { usageError } from '../core/errors.ts';
import { partsOf } from '../core/lists.ts';
import { suggestion } from '../core/near-miss.ts';
import type { CalibrationOptions } from '../load/calibrate.ts';
import { type Profile, profiles } from '../load/truth-profiles.ts';

/** Which profiles are tried, and with what load. */
export type CalibrationChoice = Pick<
  CalibrationOptions,
  'profiles' | 'ratePerSecond' | 'durationMs' | 'warmUpMs' | 'seed'
>;

/** Of `npm run calibrate`, and of runs: as a short measurement is. */
export const calibrationDefaults = { ratePerSecond: 100, durationMs: 15_000, warmUpMs: 5_000, seed: 1 } as const;

/** For the help: which there are, and how a measurement of each is to end. */
export const profileWords = profiles.map((it) => `${it.name} (to be ${it.wanted})`).join(', ');

/**
 * @param names comma-separated; undefined for all
 * @throws GivreError `E_CALIBRATION_PROFILE`
 */
export function chooseProfiles(names: string | undefined): readonly Profile[] {
  if (names === undefined) return profiles;
  return partsOf(names, '--profile').map((name) => {
    const profile = profiles.find((it) => it.name === name);
    if (profile !== undefined) return profile;
    const known = profiles.map((it) => it.name);
    throw usageError('E_CALIBRATION_PROFILE', `unknown profile "${name}"`, suggestion(name, known));
  });
}
