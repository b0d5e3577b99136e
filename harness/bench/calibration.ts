import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { usageError } from '../core/errors.ts';
import { openHere } from '../core/here.ts';
import type { Progress } from '../core/platform.ts';
import { run } from '../core/subprocess.ts';
import { imageCatalog } from '../images/catalog.ts';
import { type CalibrationOptions, calibrate } from '../load/calibrate.ts';
import { readCounters } from '../load/counters.ts';
import { k6Load } from '../load/k6/run.ts';
import { type Profile, profiles } from '../load/truth-profiles.ts';
import { pins } from '../platforms/pins.ts';
import { stateFolder } from '../runs/lock.ts';
import { type Calibration, calibrationSchema, SCHEMA_VERSION } from '../runs/schema.ts';
import { type K6Program, obtainK6, obtainTruth } from './generator.ts';

/** Programs on this machine: the generator and the server of known times. */
export interface CalibrationPrograms {
  readonly k6: K6Program;
  readonly truth: string;
}

interface Work {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const ROOT = resolve(import.meta.dirname, '../..');
const SCRIPTS = join(ROOT, 'scenarios/k6');
/** Of `npm run calibrate`, and of runs: as a short measurement is. */
export const calibrationDefaults = { ratePerSecond: 100, durationMs: 15_000, warmUpMs: 5_000, seed: 1 } as const;
const VALID_MS = 24 * 3_600_000;

/** For the help: which there are, and how a measurement of each is to end. */
export const profileWords = profiles.map((it) => `${it.name} (to be ${it.wanted})`).join(', ');

/**
 * @param names comma-separated; undefined for all
 * @throws GivreError `E_CALIBRATION_PROFILE`
 */
export function chooseProfiles(names: string | undefined): readonly Profile[] {
  if (names === undefined) return profiles;
  return names.split(',').map((name) => {
    const profile = profiles.find((it) => it.name === name.trim());
    if (profile !== undefined) return profile;
    const known = profiles.map((it) => it.name).join(', ');
    throw usageError('E_CALIBRATION_PROFILE', `unknown profile "${name}"`, `known: ${known}`);
  });
}

/** The user's own programs, or ours, built where they are not there yet. */
export async function obtainPrograms(
  own: { readonly k6: string | undefined; readonly truth: string | undefined },
  work: Work,
): Promise<CalibrationPrograms> {
  const { gateway, queueWorker } = pins;
  const catalog = await imageCatalog({ root: ROOT, gateway, queueWorker });
  const k6 = await obtainK6(own.k6, catalog, work);
  const truth = own.truth === undefined ? await obtainTruth(catalog, work) : resolve(own.truth);
  return { k6, truth };
}

/** What a calibration on this machine is made of besides its profiles and its load. */
export function calibrationHere(
  { k6, truth }: CalibrationPrograms,
  signal: AbortSignal,
): Pick<CalibrationOptions, 'load' | 'place' | 'counters' | 'truthProgram' | 'signal'> {
  const place = { open: (argv: readonly string[]) => openHere(argv) };
  const host = { name: 'this machine', exec: run };
  return {
    load: k6Load({ place, program: k6.path, scripts: SCRIPTS, version: k6.version }),
    place,
    counters: () => readCounters(host, signal),
    truthProgram: truth,
    signal,
  };
}

/** Tries the generator on this machine, and remembers what came of it. */
export async function calibrateHere(
  programs: CalibrationPrograms,
  choice: Pick<CalibrationOptions, 'profiles' | 'ratePerSecond' | 'durationMs' | 'warmUpMs' | 'seed'>,
  work: Work,
): Promise<Calibration> {
  const at = new Date().toISOString();
  const rows = await calibrate({ ...calibrationHere(programs, work.signal), ...choice, progress: work.progress });
  const generator = { name: 'k6', version: programs.k6.version };
  const ok = rows.every((row) => row.asWanted);
  return { schemaVersion: SCHEMA_VERSION, kind: 'calibration', at, generator, ok, rows: [...rows] };
}

/** Kept for the runs of this day. */
export async function rememberCalibration(calibration: Calibration, path = calibrationPath()): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, `${JSON.stringify(calibration, null, 2)}\n`);
  await rename(beside, path);
}

/**
 * The calibration that a run on this machine goes by: of this day where that was well, or made now.
 *
 * A generator that fails it is no reason not to measure: the gate `calibrated` says so of each measurement.
 */
export async function calibrationForRun(k6: K6Program, work: Work): Promise<Calibration> {
  const known = await lastCalibration(k6.version, new Date());
  if (known !== undefined && calibrationWords(known)?.ok === true) return known;
  work.progress('trying the generator against known truth, once a day, about two minutes (npm run calibrate)');
  const programs = await obtainPrograms({ k6: k6.path, truth: undefined }, work);
  const calibration = await calibrateHere(programs, { profiles, ...calibrationDefaults }, work);
  await rememberCalibration(calibration);
  return calibration;
}

/**
 * For the gate `calibrated`. A profile that was flagged for what else the machine did speaks neither for nor against the
 * generator: null when none is left.
 */
export function calibrationWords({ at, rows }: Calibration): { readonly ok: boolean; readonly what: string } | null {
  const bad = rows.filter((row) => row.verdict === 'wrong' || (row.wanted === 'flagged' && !row.asWanted));
  if (bad.length > 0) {
    return {
      ok: false,
      what: `${bad.map((row) => `${row.profile} was called ${row.verdict === 'wrong' ? 'valid and is wrong' : 'valid'}`).join(', ')} (${at})`,
    };
  }
  const right = rows.filter((row) => row.verdict === 'right').length;
  const busy = rows.filter((row) => !row.asWanted).length;
  const rest = busy === 0 ? '' : `, ${busy} on a busy machine say nothing`;
  return right === 0
    ? null
    : { ok: true, what: `${rows.length - busy} of ${rows.length} profiles as wanted${rest} (${at})` };
}

/** The last calibration on this machine, if it is of this generator and not older than a day; otherwise undefined. */
async function lastCalibration(
  generatorVersion: string,
  now: Date,
  path = calibrationPath(),
): Promise<Calibration | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // One that an older or a newer givre has written is as good as none.
  const parsed = calibrationSchema.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.generator.version !== generatorVersion) return undefined;
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
