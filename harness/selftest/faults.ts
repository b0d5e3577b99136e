import { seededRandom } from '../core/random.ts';
import type { Profile } from '../load/truth-profiles.ts';
import type { CalibrationRow } from '../runs/schema.ts';
import { type Claim, claim } from './claims.ts';
import { type Fault, faults } from './fault-kinds.ts';
import { keepRows, type SelfContext } from './runs.ts';
import { constant, measured, SERVICE_MS, serviceWords, shortRun } from './short-runs.ts';
import { selfPrograms } from './truth.ts';

const RATE = 150;
const STALL_MS = 1_000;

/** From this on a fault has moved a figure. */
const MOVED = 0.1;
const FLAGGED_SHARE = 0.99;

const stallWords = ['--profile', 'stall', '--stall', `${STALL_MS}ms`, '--stall-after', '1s', ...serviceWords];
const targets: Readonly<Record<Fault['target'], Profile>> = {
  constant,
  stall: { name: 'stall', wanted: 'right', method: 'POST', words: () => stallWords },
  'closing-get': {
    name: 'retry-bait',
    wanted: 'flagged',
    method: 'GET',
    words: () => ['--profile', 'retry-bait', '--probability', '0.3', ...serviceWords],
  },
};

/** Faults that move a figure are seen. */
export async function faultClaims(context: SelfContext): Promise<readonly Claim[]> {
  const programs = await selfPrograms(context);
  const random = seededRandom(context.seed);
  const each = Math.max(1, Math.round((120 * context.scale) / faults.length));
  const cases: { readonly fault: Fault; readonly row: CalibrationRow; readonly moved: boolean }[] = [];
  for (const fault of Array.from({ length: each }, () => faults).flat()) {
    context.output.status(`fault ${cases.length + 1} of ${each * faults.length}: ${fault.name}`);
    const load = { profile: targets[fault.target], ratePerSecond: RATE, number: cases.length };
    const base = shortRun(context, programs, load);
    const row = await fault.run(base, { k6: programs.k6, random, signal: context.signal }, measured);
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
    const ownMoved = own.filter((it) => it.moved);
    const caught = ownMoved.filter((it) => it.row.verdict === 'flagged');
    if (own.length === 0) return `${name}: cannot be made here`;
    return `${name}: ${ownMoved.length} of ${own.length} moved a figure, ${caught.length} of these flagged`;
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
