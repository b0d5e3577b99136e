import { openHere } from '../core/here.ts';
import { seededRandom, shuffled } from '../core/random.ts';
import { runK6 } from '../load/k6/process.ts';
import { k6RunOf } from '../load/k6/run.ts';
import { startTruth } from '../load/truth.ts';
import type { K6Program } from '../planning/users-k6.ts';
import type { CalibrationPrograms } from '../provisioning/calibration.ts';
import { median } from '../statistics/median.ts';
import { type Claim, claim } from './claims.ts';
import { loadInOwnProcess, type PlainLoad, plainPlan, SCRIPTS } from './load-process.ts';
import { memoryClaims } from './overhead-memory.ts';
import { keepRows, type SelfContext, scaled } from './runs.ts';
import { selfPrograms } from './truth.ts';

const RATE = 1_000;
const SECONDS = 10;
const VIRTUAL_USERS = 100;
/** A round in which fewer requests were sent tells what k6 takes to start. */
const FEWEST_REQUESTS = 0.9 * RATE * SECONDS;
const RATIO_LIMIT = 1.15;

const here = { open: (argv: readonly string[]) => openHere(argv) };

/** Processor time in nanoseconds. */
interface Cost {
  readonly k6Ns: number;
  readonly harnessNs: number;
}

/** The same script with the same settings; they differ in what becomes of k6's samples. */
const ways = ['read', 'thrown away', 'not written'] as const;
type Way = (typeof ways)[number];

interface Row extends Cost {
  readonly round: number;
  readonly way: Way;
  readonly requests: number;
  readonly perRequestNs: number;
}

/** What the harness takes while it puts load on. */
export async function overheadClaims(context: SelfContext): Promise<readonly Claim[]> {
  const programs = await selfPrograms(context);
  return [await processorClaim(context, programs), ...(await memoryClaims(context, programs.k6))];
}

async function processorClaim(context: SelfContext, programs: CalibrationPrograms): Promise<Claim> {
  const random = seededRandom(context.seed);
  const rounds = scaled(context, 10);
  const rows: Row[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const way of shuffled(ways, random)) {
      context.output.status(`overhead, round ${round + 1} of ${rounds}: ${way}`);
      rows.push({ round, way, ...(await measured(programs, way, context.signal)) });
      await keepRows(context, 'overhead.json', rows);
    }
  }
  return judged(rows);
}

function judged(all: readonly Row[]): Claim {
  const short = new Set(all.filter((it) => it.requests < FEWEST_REQUESTS).map((it) => it.round));
  const rows = all.filter((it) => !short.has(it.round));
  const added = ratios(rows, 'read', 'thrown away');
  const [read, thrownAway, notWritten] = ways.map((way) => typical(rows, way));
  return claim(
    'overhead processor',
    `harness and k6 take ≤ ${RATIO_LIMIT} × the processor time of k6 with its raw output thrown away`,
    `${spread(added)}; against k6 without output ${spread(ratios(rows, 'read', 'not written'))}, ` +
      `k6 with its output thrown away against that ${spread(ratios(rows, 'thrown away', 'not written'))}; ` +
      `${read}, ${thrownAway} and ${notWritten} for a request; median (least…most) of ${added.length} rounds of ${SECONDS} s ` +
      `at ${RATE} requests/s${short.size === 0 ? '' : `, ${short.size} more in which the machine could not send that many`}`,
    median(added) <= RATIO_LIMIT,
  );
}

async function measured({ k6, truth }: CalibrationPrograms, way: Way, signal: AbortSignal) {
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const server = await startTruth(here, [truth, '--service', '0s'], ends);
  try {
    const load = { url: server.url, ratePerSecond: RATE, durationMs: SECONDS * 1_000, virtualUsers: VIRTUAL_USERS };
    const cost = await costOf(way, k6, load, signal);
    // k6 without output does not tell.
    const requests = (await server.end()).entries.length;
    return { ...cost, requests, perRequestNs: (cost.k6Ns + cost.harnessNs) / requests };
  } finally {
    over.abort();
  }
}

async function costOf(way: Way, k6: K6Program, load: PlainLoad, signal: AbortSignal): Promise<Cost> {
  if (way === 'read') {
    const { cpuNs, generatorCpuNs } = await loadInOwnProcess(k6, load, signal);
    return { k6Ns: generatorCpuNs ?? Number.NaN, harnessNs: cpuNs };
  }
  const output = way === 'thrown away' ? ['--out=csv=/dev/null'] : [];
  const k6Here = { place: here, program: k6.path, scripts: SCRIPTS, version: k6.version };
  const plan = plainPlan(load);
  const run = { ...k6RunOf(plan, plan.arrivals, null), signal, output, onOutput: () => {} };
  return { k6Ns: (await runK6(k6Here, run)).cpuNs ?? Number.NaN, harnessNs: 0 };
}

/** Of each round, so that what the machine did meanwhile is in both. */
function ratios(rows: readonly Row[], way: Way, base: Way): readonly number[] {
  return rows
    .filter((it) => it.way === way)
    .map((it) => {
      const other = rows.find((row) => row.round === it.round && row.way === base);
      return it.perRequestNs / (other?.perRequestNs ?? Number.NaN);
    });
}

function spread(ratios: readonly number[]): string {
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return `${median(ratios).toFixed(2)} × (${least.toFixed(2)}…${most.toFixed(2)})`;
}

function typical(rows: readonly Row[], way: Way): string {
  return `${(median(rows.filter((it) => it.way === way).map((it) => it.perRequestNs)) / 1e3).toFixed(0)} µs`;
}
