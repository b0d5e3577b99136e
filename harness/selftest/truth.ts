import { calibrate } from '../load/calibrate.ts';
import { type Profile, profiles, stallProfile } from '../load/truth-profiles.ts';
import { type CalibrationPrograms, calibrationHere, obtainPrograms } from '../provisioning/calibration.ts';
import type { CalibrationRow } from '../runs/schema.ts';
import { type Claim, claim } from './claims.ts';
import { quietMoment, wasIdle } from './quiet.ts';
import { keepRows, type SelfContext } from './runs.ts';

const RATE = 100;
const DURATION_MS = 15_000;
const WARM_UP_MS = 5_000;
/** Of the sweep: at every second of warm-up and measurement one of each. */
const STALLS_MS = [300, 1_000, 3_000];
/** Of ten repetitions one may be called invalid: other work on the machine is no fault of the generator. */
const VALID_SHARE = 0.9;
/** Of measurements while somebody else used the machine others are made, up to so many times the repetitions. */
const MOST_PASSES = 3;

/** What every part of the self-test that puts load on something needs. */
export async function selfPrograms({ output, signal, own }: SelfContext): Promise<CalibrationPrograms> {
  return await obtainPrograms(own, { signal, progress: (line) => output.note(line) });
}

/** What the generator says of a server is what the server's own log says, or it is called invalid. */
export async function truthClaims(context: SelfContext): Promise<readonly Claim[]> {
  const programs = await selfPrograms(context);
  const rows: CalibrationRow[] = [];
  const { seed, repetitions, signal, output } = context;
  // Profile after profile in each repetition, so that a bad minute of the machine does not meet one of them only.
  for (let pass = 0; pass < MOST_PASSES * repetitions; pass++) {
    for (const profile of profiles.filter((it) => counted(rows, it).length < repetitions)) {
      await quietMoment(signal);
      const progress = (line: string): void => output.status(`pass ${pass + 1}: ${line}`);
      const load = {
        profiles: [profile],
        ratePerSecond: RATE,
        durationMs: DURATION_MS,
        warmUpMs: WARM_UP_MS,
        seed: seed + pass,
      };
      rows.push(...(await calibrate({ ...calibrationHere(programs, signal), ...load, progress })));
    }
    await keepRows(context, 'truth.json', rows);
  }
  rows.push(...(await stallSweep(context, programs)));
  await keepRows(context, 'truth.json', rows);
  const silent = rows.filter((row) => row.verdict === 'wrong');
  return [
    ...profiles.map((it) => profileClaim(it, counted(rows, it), rows, repetitions)),
    claim(
      'truth silent',
      'no measurement is both called valid and wrong, and no request is counted by one side only',
      `${silent.length} silent errors in ${rows.length} measurements${silent.map((it) => `; ${it.profile}: ${errorsOf(it)}`).join('')}`,
      silent.length === 0,
    ),
  ];
}

/**
 * A server that stands still once, from every second of warm-up and measurement on: whether its requests show that must
 * not depend on when it was. All of them count for the silent errors; none has to be valid.
 */
async function stallSweep(context: SelfContext, programs: CalibrationPrograms): Promise<readonly CalibrationRow[]> {
  const { seed, signal, output } = context;
  const rows: CalibrationRow[] = [];
  const seconds = (WARM_UP_MS + DURATION_MS) / 1_000;
  for (let second = 0; second < seconds; second += Math.max(1, Math.round(1 / context.scale))) {
    for (const stallMs of STALLS_MS) {
      const progress = (line: string): void => output.status(`sweep: ${line}`);
      const load = { profiles: [stallProfile(stallMs, second * 1_000)], ratePerSecond: RATE, seed };
      const times = { durationMs: DURATION_MS, warmUpMs: WARM_UP_MS };
      rows.push(...(await calibrate({ ...calibrationHere(programs, signal), ...load, ...times, progress })));
    }
  }
  return rows;
}

/** What is to be right counts while nobody else used the machine; what is to be flagged always. */
function counted(rows: readonly CalibrationRow[], { name, wanted }: Profile): readonly CalibrationRow[] {
  return rows.filter((row) => row.profile === name && (wanted === 'flagged' || wasIdle(row)));
}

function profileClaim(
  { name, wanted }: Profile,
  rows: readonly CalibrationRow[],
  all: readonly CalibrationRow[],
  repetitions: number,
): Claim {
  const flagged = rows.filter((row) => row.verdict === 'flagged');
  const enough = rows.length >= repetitions;
  if (wanted === 'flagged') {
    const measured = `${flagged.length} of ${rows.length}${reasonsOf(flagged)}`;
    return claim(
      `truth ${name}`,
      `flagged in each of ${repetitions}`,
      measured,
      enough && flagged.length === rows.length,
    );
  }
  const valid = rows.filter((row) => row.verdict !== 'flagged');
  const right = valid.filter((row) => row.verdict === 'right');
  const others = all.filter((row) => row.profile === name).length - rows.length;
  return claim(
    `truth ${name}`,
    `valid in ≥ ${Math.ceil(VALID_SHARE * repetitions)} of ${repetitions} on a machine that is idle otherwise, and then p50, p90 and p99 within max(2 %, 1 ms) of the server's log`,
    `${valid.length} of ${rows.length} valid, ${right.length} of them right; ${worstErrors(valid)}; n ≥ ${Math.min(...rows.map((it) => it.sent))} each${reasonsOf(flagged)}; ${others} more with others using the machine`,
    enough && valid.length >= VALID_SHARE * rows.length && right.length === valid.length,
  );
}

/** `: on-time 2×, steal 1×` */
function reasonsOf(rows: readonly CalibrationRow[]): string {
  const words = rows.flatMap((row) => row.reasons.map((reason) => reason.replace(/^\d+ /, '').split(':')[0] ?? ''));
  const counted = [...Map.groupBy(words, (word) => word)].sort((a, b) => b[1].length - a[1].length);
  return counted.length === 0 ? '' : ` (${counted.map(([word, all]) => `${word} ${all.length}×`).join(', ')})`;
}

function worstErrors(rows: readonly CalibrationRow[]): string {
  const worst = [0.5, 0.9, 0.99].map((quantile) => {
    const figures = rows.flatMap((row) => row.figures.filter((it) => it.quantile === quantile));
    const errors = figures.map((it) => it.measuredNs - it.truthNs);
    const largest = errors.reduce((most, error) => (Math.abs(error) > Math.abs(most) ? error : most), 0);
    return `p${quantile * 100} ${(largest / 1e6).toFixed(2)} ms`;
  });
  return `largest errors ${worst.join(', ')}`;
}

function errorsOf(row: CalibrationRow): string {
  return worstErrors([row]);
}
