import { setTimeout as sleep } from 'node:timers/promises';
import { wallClockOffsetNs } from '../core/clock.ts';
import type { CalibrationRow, Gate } from '../runs/schema.ts';
import { type Comparison, compare } from './compare.ts';
import { type KernelCounters, shareOfTime } from './counters.ts';
import type { LoadGate } from './gate-evidence.ts';
import { judgeLoad, loadGates } from './gates.ts';
import type { GeneratorPlace, Load, LoadPlan, LoadResult } from './load.ts';
import { reducedOf } from './steady.ts';
import { startTruth } from './truth.ts';
import { type Profile, virtualUsersFor } from './truth-profiles.ts';

export interface CalibrationOptions {
  readonly load: Load;
  /** Where generator and server run, and their kernel's counters. */
  readonly place: GeneratorPlace;
  readonly counters: () => Promise<KernelCounters>;
  /** CLOCK_REALTIME − CLOCK_MONOTONIC there, in ns from an arbitrary origin. Default: of this machine. */
  readonly clock?: (() => number) | undefined;
  /** The server of known times, there. */
  readonly truthProgram: string;
  readonly profiles: readonly Profile[];
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** Before it, as before each measurement. */
  readonly warmUpMs: number;
  /** Gates that are not asked: of runs that are too short for them. */
  readonly without?: readonly string[] | undefined;
  /** Of the server's random choices. */
  readonly seed: number;
  /** Default: enough for every profile. */
  readonly virtualUsers?: number | undefined;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

const TIMEOUT_MS = 10_000;

const NOT_ASKED = idsOfNot('never');
/** What is too short for these must be flagged by others. */
const NOT_ASKED_OF_BRIEF = idsOfNot('brief');

function idsOfNot(why: LoadGate['notCalibrated']): readonly string[] {
  return loadGates.filter((it) => it.notCalibrated === why).map(({ id }) => id);
}

/**
 * Runs the generator against a server that keeps a log of its own, profile by profile, and compares what both say. What
 * the generator says goes the way of a measurement: warm-up, reduction and gates are the same.
 *
 * @throws GivreError `E_TRUTH_SERVER`, `E_LOAD_GENERATOR`; the signal's reason when aborted
 */
export async function calibrate(options: CalibrationOptions): Promise<readonly CalibrationRow[]> {
  const rows: CalibrationRow[] = [];
  for (const profile of options.profiles) {
    const seconds = (options.warmUpMs + durationOf(profile, options)) / 1000;
    options.progress(`${profile.name}: ${options.ratePerSecond} requests/s for ${seconds} s`);
    rows.push(await calibrateOne(profile, options));
  }
  return rows;
}

async function calibrateOne(profile: Profile, options: CalibrationOptions): Promise<CalibrationRow> {
  const { ratePerSecond, warmUpMs, seed, signal, clock = wallClockOffsetNs } = options;
  const durationMs = durationOf(profile, options);
  const words = [...profile.words({ ratePerSecond, durationMs, warmUpMs }), '--seed', String(seed)];
  // Ends the server whatever happens to the generator.
  const over = new AbortController();
  const server = await startTruth(
    options.place,
    [options.truthProgram, ...words],
    AbortSignal.any([signal, over.signal]),
  );
  try {
    const arrivals = { kind: 'constant', ratePerSecond, durationMs } as const;
    const plan = { ...planOf(profile, server.url, options), arrivals };
    const before = await options.counters();
    const clockBefore = clock();
    const result = await options.load.run(plan, signal, () => {});
    const clockDriftNs = clock() - clockBefore;
    const after = await options.counters();
    // What is on its way when the generator leaves arrives within this.
    await sleep(50, undefined, { signal });
    const compared = compare(plan, arrivals, result, await server.end());
    const gates = judgeLoad({
      result,
      reduced: reducedOf(result, plan),
      received: compared.received,
      machines: [{ machine: 'here', generates: true, before, after }],
      clockDriftNs,
      contamination: null,
      calibrated: null,
      answer: null,
    }).filter((gate) => !notAsked(profile, options).includes(gate.id));
    return {
      ...row(profile, options, plan, result, compared, gates),
      cpuShare: shareOfTime(before, after, 'busy'),
    };
  } finally {
    over.abort();
  }
}

function planOf(profile: Profile, url: string, options: CalibrationOptions): Omit<LoadPlan, 'arrivals'> {
  return {
    id: `truth-${profile.name}-${options.seed}`,
    request: {
      url,
      method: profile.method,
      headers: {},
      body: new Uint8Array(),
      expect: { status: 200, body: 'ok' },
    },
    warmUpMs: options.warmUpMs,
    timeoutMs: TIMEOUT_MS,
    virtualUsers: options.virtualUsers ?? virtualUsersFor(options.ratePerSecond),
  };
}

function row(
  profile: Profile,
  { seed, ratePerSecond, warmUpMs }: CalibrationOptions,
  { virtualUsers, arrivals }: LoadPlan,
  result: LoadResult,
  compared: Comparison,
  gates: Gate[],
): Omit<CalibrationRow, 'cpuShare'> {
  const { sent, failed, dropped } = result;
  const { wanted, because } = profile;
  const reasons = [
    ...countReasons(result, compared),
    ...gates.filter(isFailed).map((it) => `${it.id}: ${it.measured}`),
  ];
  const wrong = compared.figures.some((it) => it.within === false);
  const verdict = reasons.length > 0 ? 'flagged' : wrong ? 'wrong' : 'right';
  return {
    profile: profile.name,
    wanted,
    seed,
    ratePerSecond,
    durationMs: arrivals.durationMs,
    warmUpMs,
    virtualUsers,
    planned: result.planned ?? sent,
    sent,
    failed,
    dropped,
    ...compared,
    gates,
    reasons,
    verdict,
    asWanted: verdict === wanted && (because === undefined || reasons.some((it) => it.startsWith(`${because}: `))),
  };
}

function notAsked({ atMostMs }: Profile, { without = [] }: CalibrationOptions): readonly string[] {
  return [...NOT_ASKED, ...without, ...(atMostMs === undefined ? [] : NOT_ASKED_OF_BRIEF)];
}

/** What is flagged in any case need not take as long as a measurement. */
function durationOf({ atMostMs }: Profile, { durationMs }: CalibrationOptions): number {
  return Math.min(durationMs, atMostMs ?? durationMs);
}

function isFailed({ status }: Gate): boolean {
  return status === 'failed';
}

/** What the server's log alone can tell, and failures, which a result does tell. */
function countReasons({ sent, failed }: LoadResult, compared: Comparison): string[] {
  const { repeated, missing, recorded } = compared;
  return [
    ...(failed > 0 ? [`${failed} requests failed`] : []),
    ...(repeated > 0 ? [`${repeated} requests were sent more than once, which nobody has told`] : []),
    ...(missing > 0 ? [`${missing} requests never reached the server`] : []),
    ...(recorded !== sent ? [`${recorded} of ${sent} requests are in the histograms`] : []),
  ];
}
