import { join, resolve } from 'node:path';
import { openHere } from '../core/here.ts';
import { repositoryRoot } from '../core/paths.ts';
import type { Progress } from '../core/platform.ts';
import { requireProgram } from '../core/program-file.ts';
import { run } from '../core/subprocess.ts';
import { type CalibrationOptions, calibrate } from '../load/calibrate.ts';
import { readCounters } from '../load/counters.ts';
import type { K6Place } from '../load/k6/process.ts';
import { k6Load } from '../load/k6/run.ts';
import { probeSchedule } from '../load/k6/schedule-probe.ts';
import { type Profile, profiles } from '../load/truth-profiles.ts';
import type { K6Program } from '../planning/users-k6.ts';
import { type Calibration, type CalibrationRow, lastTries, SCHEMA_VERSION } from '../runs/schema.ts';
import { runCatalog } from './artifacts/images.ts';
import { obtainK6 } from './artifacts/k6-program.ts';
import type { CalibrationChoice } from './calibration-choice.ts';
import { obtainTruth } from './generator.ts';

/** Programs on this machine: the generator and the server of known times. */
export interface CalibrationPrograms {
  readonly k6: K6Program;
  readonly truth: string;
}

/** Paths of programs that the user brings; undefined for ours. */
export interface OwnPrograms {
  readonly k6: string | undefined;
  readonly truth: string | undefined;
}

interface Work {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const SCRIPTS = join(repositoryRoot, 'scenarios/k6');
/** Of a profile that is flagged and was not to be, or not for this. */
const MOST_TRIES = 2;

/** The user's own programs, or ours, built where they are not there yet. */
export async function obtainPrograms(own: OwnPrograms, work: Work): Promise<CalibrationPrograms> {
  const hint = 'name your own build of harness/load/truth, or leave it out';
  if (own.truth !== undefined) await requireProgram(resolve(own.truth), { code: 'E_TRUTH_SERVER', hint });
  const catalog = await runCatalog();
  const k6 = await obtainK6(own.k6, catalog, work);
  const truth = own.truth === undefined ? await obtainTruth(catalog, work) : resolve(own.truth);
  return { k6, truth };
}

function k6Here({ path, version }: K6Program): K6Place {
  return { place: { open: (argv) => openHere(argv) }, program: path, scripts: SCRIPTS, version };
}

/** What a calibration on this machine is made of besides its profiles and its load. */
export function calibrationHere(
  { k6, truth }: CalibrationPrograms,
  signal: AbortSignal,
): Pick<CalibrationOptions, 'load' | 'place' | 'counters' | 'truthProgram' | 'signal'> {
  const { place } = k6Here(k6);
  const host = { name: 'this machine', exec: run };
  return {
    load: k6Load(k6Here(k6)),
    place,
    counters: () => readCounters(host, signal),
    truthProgram: truth,
    signal,
  };
}

/** Tries the generator on this machine, and remembers what came of it. */
export async function calibrateHere(
  programs: CalibrationPrograms,
  choice: CalibrationChoice,
  work: Work,
): Promise<Calibration> {
  const at = new Date().toISOString();
  const isWhole = choice.profiles.length === profiles.length;
  if (isWhole) work.progress('schedule: no requests, a few seconds');
  const schedule = isWhole ? await probeSchedule(k6Here(programs.k6), work.signal) : null;
  const rows: CalibrationRow[] = [];
  const ended = (profile: Profile): boolean =>
    rows.some((row) => row.profile === profile.name && (row.asWanted || row.verdict !== 'flagged'));
  // What somebody else on the machine has spoiled is tried again; what was called valid stands as it is.
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const left = choice.profiles.filter((profile) => !ended(profile));
    const load = { ...choice, profiles: left, progress: work.progress };
    rows.push(...(await calibrate({ ...calibrationHere(programs, work.signal), ...load })));
  }
  const generator = { name: 'k6', version: programs.k6.version };
  const ok = schedule?.verdict !== 'wrong' && lastTries(rows).every((row) => row.asWanted);
  return { schemaVersion: SCHEMA_VERSION, kind: 'calibration', at, generator, schedule, ok, rows };
}
