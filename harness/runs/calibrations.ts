import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../core/folder.ts';
import { stateFolder } from '../core/paths.ts';
import { type Calibration, calibrationSchema, lastTries } from './schema.ts';
import { writeFailure } from './write.ts';

const VALID_MS = 24 * 3_600_000;
/** Of one that a busy machine has left open. */
const BUSY_VALID_MS = 3_600_000;
/** Profiles that a busy machine may leave open. */
const MOST_OPEN = 1;

/** A machine that was too busy to tell does not become idle by being tried at once again. */
export function isGoodFor(known: Calibration, now: Date): boolean {
  const { ok } = calibrationWords(known);
  return ok === true || (ok === null && now.getTime() - Date.parse(known.at) <= BUSY_VALID_MS);
}

/**
 * Kept for the runs of this day.
 *
 * @throws GivreError `E_DISK_FULL`, `E_RUN_WRITE`
 */
export async function rememberCalibration(calibration: Calibration, path = calibrationPath()): Promise<void> {
  const beside = `${path}.${process.pid}`;
  try {
    await makeFolder(dirname(path));
    await writeFile(beside, `${JSON.stringify(calibration, null, 2)}\n`);
    await rename(beside, path);
  } catch (error) {
    throw writeFailure(error, path, 0);
  }
}

/** Will a run on this machine have to try its generator first? By what is known before the generator is at hand. */
export async function isCalibrationDue(now: Date): Promise<boolean> {
  const known = await lastCalibration(undefined, now);
  return known === undefined || !isGoodFor(known, now);
}

/**
 * For the gate `calibrated`. A profile that was flagged for what else the machine did speaks neither for nor against the
 * generator; where more than one is left open so, nothing is said of it (`ok: null`).
 */
export function calibrationWords({ at, rows, schedule }: Calibration): {
  readonly ok: boolean | null;
  readonly what: string;
} {
  const bad = rows.filter((row) => row.verdict === 'wrong' || (row.wanted === 'flagged' && row.verdict === 'right'));
  const faults = [
    ...bad.map((row) => `${row.profile} was called ${row.verdict === 'wrong' ? 'valid and is wrong' : 'valid'}`),
    ...(schedule?.verdict === 'wrong' ? [`schedule: ${schedule.what}`] : []),
  ];
  if (faults.length > 0) return { ok: false, what: `${faults.join(', ')} (${at})` };
  const last = lastTries(rows);
  const open = last.filter((row) => !row.asWanted);
  const said = `${last.length - open.length} of ${last.length} profiles as wanted`;
  const rest = open.length === 0 ? '' : `; on a busy machine ${open.map((row) => row.profile).join(', ')} said nothing`;
  const unseen = schedule?.verdict !== 'right' ? '; the schedule was not seen' : '';
  const right = last.some((row) => row.verdict === 'right');
  return { ok: right && open.length <= MOST_OPEN ? true : null, what: `${said}${rest}${unseen} (${at})` };
}

/** The last calibration on this machine, if it is of this generator (undefined: of any) and not older than a day; otherwise undefined. */
export async function lastCalibration(
  generatorVersion: string | undefined,
  now: Date,
  path = calibrationPath(),
): Promise<Calibration | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // One that an older or a newer givre has written is as good as none.
  const parsed = calibrationSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  if (generatorVersion !== undefined && parsed.data.generator.version !== generatorVersion) return undefined;
  return now.getTime() - Date.parse(parsed.data.at) <= VALID_MS ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where a run keeps the calibration that it went by. */
export function calibrationFile(runFolder: string): string {
  return join(runFolder, 'calibration.json');
}

function calibrationPath(): string {
  return join(stateFolder(), 'calibration.json');
}
