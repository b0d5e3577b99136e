import { usageError } from '../core/errors.ts';
import { type CalibrationChoice, calibrationDefaults, chooseProfiles } from '../provisioning/calibration-choice.ts';

export { calibrationDefaults, profileWords } from '../provisioning/calibration-choice.ts';

/** From here on a p99 has an interval with two ends (`harness/statistics/quantile.ts`). */
const FEWEST_REQUESTS = 368;

interface CalibrationWords {
  /** Comma-separated names; undefined for all. */
  readonly profile?: string;
  readonly ratePerSecond: number;
  /** Of each profile that is not shorter. */
  readonly durationSeconds: number;
  readonly seed: number;
}

export interface CalibrationPlan {
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
