import { join } from 'node:path';
import { rememberCalibration } from './calibrations.ts';
import { type CalibrationRow, SCHEMA_VERSION } from './schema.ts';

const right: CalibrationRow = {
  ...{ profile: 'constant', wanted: 'right', verdict: 'right', asWanted: true, reasons: [], gates: [] },
  ...{ seed: 1, ratePerSecond: 100, durationMs: 6_000, warmUpMs: 5_000, virtualUsers: 270 },
  ...{ planned: 600, sent: 600, failed: 0, dropped: 0, recorded: 600, received: 600, repeated: 0, missing: 0, cut: 0 },
  ...{ cpuShare: 0.1, arrivalLagNs: 1e6 },
  figures: [{ quantile: 0.5, truthNs: 5e6, measuredNs: 5.1e6, within: true }],
};

/**
 * As if this k6 had been tried just now. A run that finds no calibration makes one, which takes minutes, and on a busy
 * machine the next one an hour later again: no test of anything else waits for that.
 *
 * @param stateHome what `XDG_STATE_HOME` will name
 */
export async function rememberAsTried(stateHome: string, version: string): Promise<void> {
  const head = { schemaVersion: SCHEMA_VERSION, kind: 'calibration', at: new Date().toISOString() } as const;
  const generator = { name: 'k6', version };
  const path = join(stateHome, 'givre', 'calibration.json');
  await rememberCalibration({ ...head, generator, schedule: null, ok: true, rows: [right] }, path);
}
