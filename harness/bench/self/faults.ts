import { seededRandom } from '../../core/random.ts';
import { type CalibrationOptions, calibrate } from '../../load/calibrate.ts';
import type { Profile } from '../../load/truth-profiles.ts';
import type { CalibrationRow } from '../../runs/schema.ts';
import { type CalibrationPrograms, calibrationHere } from '../calibration.ts';
import { type Claim, claim } from './claims.ts';
import { type Fault, faults } from './fault-kinds.ts';
import { IDLE_CPU, quietMoment, wasIdle } from './quiet.ts';
import { keepRows, type SelfContext, scaled } from './runs.ts';
import { selfPrograms } from './truth.ts';

const RATE = 150;
const DURATION_MS = 3_000;
const SERVICE_MS = 20;
/** Twenty times what is needed. k6 starts them all before its first request, which in so short a run is not to matter. */
const VIRTUAL_USERS = 60;
const STALL_MS = 1_000;

/** From this on a fault has moved a figure. */
const MOVED = 0.1;
const FLAGGED_SHARE = 0.99;
const REJECTED_SHARE = 0.05;

const words = ['--service', `${SERVICE_MS}ms`];
const constant: Profile = { name: 'constant', wanted: 'right', method: 'POST', words: () => words };
const stallWords = ['--profile', 'stall', '--stall', `${STALL_MS}ms`, '--stall-after', '1s', ...words];
const targets: Readonly<Record<Fault['target'], Profile>> = {
  constant,
  stall: { name: 'stall', wanted: 'right', method: 'POST', words: () => stallWords },
  'closing-get': {
    name: 'retry-bait',
    wanted: 'flagged',
    method: 'GET',
    words: () => ['--profile', 'retry-bait', '--probability', '0.3', ...words],
  },
};

/** Faults that move a figure are seen, and clean runs are let through. */
export async function faultClaims(context: SelfContext): Promise<readonly Claim[]> {
  const programs = await selfPrograms(context);
  return [...(await seeded(context, programs)), await clean(context, programs)];
}

async function seeded(context: SelfContext, programs: CalibrationPrograms): Promise<readonly Claim[]> {
  const random = seededRandom(context.seed);
  const each = Math.max(1, Math.round((120 * context.scale) / faults.length));
  const cases: { readonly fault: Fault; readonly row: CalibrationRow; readonly moved: boolean }[] = [];
  for (const fault of Array.from({ length: each }, () => faults).flat()) {
    context.output.status(`fault ${cases.length + 1} of ${each * faults.length}: ${fault.name}`);
    const base = optionsFor(context, programs, targets[fault.target], cases.length);
    const row = await fault.run(base, { k6: programs.k6, random, signal: context.signal }, one);
    if (row === undefined) continue;
    cases.push({ fault, row, moved: isMoved(row) });
    await keepRows(
      context,
      'faults.json',
      cases.map((it) => ({ fault: it.fault.name, moved: it.moved, ...it.row })),
    );
  }
  const moved = cases.filter((it) => it.moved);
  const flagged = moved.filter((it) => it.row.verdict === 'flagged');
  const perFault = faults.map(({ name }) => {
    const own = cases.filter((it) => it.fault.name === name);
    const caught = own.filter((it) => it.row.verdict === 'flagged');
    if (own.length === 0) return `${name}: cannot be made here`;
    return `${name}: ${own.filter((it) => it.moved).length} of ${own.length} moved a figure, ${caught.length} flagged`;
  });
  return [
    claim(
      'faults seen',
      `of the seeded faults that move p50 or p99 by ≥ ${MOVED * 100} %, ≥ ${FLAGGED_SHARE * 100} % are flagged`,
      `${flagged.length} of ${moved.length} (${perFault.join('; ')})`,
      moved.length > 0 && flagged.length >= FLAGGED_SHARE * moved.length,
    ),
  ];
}

/** Short runs with nothing else going on. */
async function clean(context: SelfContext, programs: CalibrationPrograms): Promise<Claim> {
  const wanted = scaled(context, 200);
  const runs: CalibrationRow[] = [];
  for (let i = 0; i < wanted; i++) {
    context.output.status(`clean run ${i + 1} of ${wanted}`);
    await quietMoment(context.signal);
    runs.push(await one(optionsFor(context, programs, constant, i)));
    await keepRows(context, 'clean.json', runs);
  }
  const quiet = runs.filter(wasIdle);
  const rejected = quiet.filter((row) => row.reasons.length > 0);
  const wrong = runs.filter((row) => row.verdict === 'wrong').length;
  const why = rejected.flatMap((row) => row.reasons.map((reason) => reason.split(':')[0]));
  return claim(
    'clean runs',
    `of short runs with the machine at ≤ ${IDLE_CPU * 100} % CPU, ≤ ${REJECTED_SHARE * 100} % are rejected, and none is wrong unnoticed`,
    `${rejected.length} of ${quiet.length} rejected${why.length === 0 ? '' : ` (${why.join(', ')})`}; ` +
      `${runs.length - quiet.length} of ${runs.length} runs had more CPU in use and do not count; ${wrong} of all wrong unnoticed`,
    wrong === 0 && quiet.length > 0 && rejected.length <= REJECTED_SHARE * quiet.length,
  );
}

function optionsFor(
  context: SelfContext,
  programs: CalibrationPrograms,
  profile: Profile,
  number: number,
): CalibrationOptions {
  return {
    ...calibrationHere(programs, context.signal),
    profiles: [profile],
    ratePerSecond: RATE,
    durationMs: DURATION_MS,
    seed: context.seed + number,
    virtualUsers: VIRTUAL_USERS,
    progress: () => {},
  };
}

async function one(options: CalibrationOptions): Promise<CalibrationRow> {
  const [row] = await calibrate(options);
  if (row === undefined) throw new Error('a calibration without a profile');
  return row;
}

/** Against what a generator that sends each request in time would have seen. */
function isMoved(row: CalibrationRow): boolean {
  return row.figures.some(({ quantile, measuredNs }) => {
    const ideal = idealNs(row, quantile);
    return quantile !== 0.9 && Math.abs(measuredNs - ideal) >= MOVED * ideal;
  });
}

function idealNs({ profile, ratePerSecond, durationMs }: CalibrationRow, quantile: number): number {
  const n = Math.round((ratePerSecond * durationMs) / 1000);
  const latencies = Array.from({ length: n }, (_, i) => {
    const atMs = (i * 1000) / ratePerSecond;
    const stalledMs = profile === 'stall' && atMs >= 1_000 && atMs < 1_000 + STALL_MS ? 1_000 + STALL_MS - atMs : 0;
    return (stalledMs + SERVICE_MS) * 1e6;
  }).sort((a, b) => a - b);
  return latencies[Math.ceil(quantile * n) - 1] ?? 0;
}
