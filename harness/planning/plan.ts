import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { LoadScenario, LoadWishes, Scenario } from '../api/index.ts';
import { usageError } from '../core/errors.ts';
import { checkFolder } from '../core/folder.ts';
import { suggestion } from '../core/near-miss.ts';
import type { StackFunction } from '../functions/stack.ts';
import { parseWatchdogs, type Watchdogs } from '../functions/watchdog.ts';
import { type Level, levelSchema, type UnavailableFunction } from '../runs/schema.ts';
import { checkFunctions } from './check-functions.ts';
import { chooseFunctions, type FunctionsChoice } from './function-choice.ts';
import { checkGenerators, generatorsOf, namedGenerators } from './generator-wishes.ts';
import { withoutImage } from './machine-image.ts';
import type { BenchOptions } from './options.ts';
import { checkPayloads, type OwnRequests, ownRequests } from './own-requests.ts';
import { choosePlatforms, type PlannedPlatform } from './platform-choice.ts';
import { allWishes, loadWishes } from './profiles.ts';
import { loadScenarios } from './scenarios.ts';
import type { Secrets } from './secrets.ts';
import { usersK6 } from './users-k6.ts';

/**
 * Rounds between two fresh deployments. The number of deployments decides what can be told, not that of samples: with
 * eight, as in a default run, a ratio of 1.09 among eight comparisons, with five 1.15 (`detectableRatio` at 5 %).
 */
const ROUNDS_PER_BLOCK = 5;
/** Polling after a wrong first answer: from the end of one request to the start of the next. */
const POLL_SPACING_MS = 2;
/** The gateway keeps replica counts for 250 ms (`CacheExpiry` in its main.go); a little more than that. */
const CACHE_WAIT_MS = 300;
/** A start that takes longer than this has failed. */
const SAMPLE_DEADLINE_MS = 20_000;
/** A machine of its own for each sample of L4 takes a minute on many clouds. */
const MACHINE_SAMPLES = 5;

/** Cold starts: which, how many, and how each is watched. */
export interface ColdPlan {
  /** Empty where no cold start is measured. */
  readonly levels: readonly Level[];
  /** Per cell; 0 where no cold start is measured. */
  readonly samples: number;
  /** Samples per cell at level L4; 0 when it is not measured. */
  readonly machineSamples: number;
  readonly roundsPerBlock: number;
  readonly pollSpacingMs: number;
  readonly cacheWaitMs: number;
  /** A start that takes longer has failed. */
  readonly deadlineMs: number;
}

/** What scenarios that put load on are asked for. */
interface LoadPlan {
  /** Of each of them, by its name. */
  readonly byScenario: ReadonlyMap<string, LoadWishes>;
  /** Of all of them together; the defaults where there is none. */
  readonly together: LoadWishes;
}

interface MachinesPlan {
  /** As many lanes are measured at the same time. */
  readonly perPlatform: number;
  /** Machines that do nothing but send load; 0: the machine under test does. */
  readonly generators: number;
}

/** A run as it will be, checked as a whole; making one creates nothing that stays. */
export interface Plan {
  readonly options: BenchOptions;
  readonly runId: string;
  readonly startedAt: Date;
  readonly seed: number;
  readonly scenarios: readonly Scenario[];
  readonly cold: ColdPlan;
  readonly load: LoadPlan;
  readonly machines: MachinesPlan;
  readonly platforms: readonly PlannedPlatform[];
  /** Why these platforms, for the first line of output, the manifest and the report. */
  readonly platformChoice: string;
  readonly functions: readonly StackFunction[];
  /** Why these functions, in words. */
  readonly functionsChoice: FunctionsChoice;
  /** What each is sent unless another body is asked for. */
  readonly requests: OwnRequests;
  /** Made on every machine for as long as the run lasts. */
  readonly secrets: Secrets;
  /** Known before the run not to be had here. */
  readonly unavailable: readonly UnavailableFunction[];
  /** Binaries that the user has named. */
  readonly watchdogs: Watchdogs;
  /** Absolute path of the run folder. */
  readonly folder: string;
}

interface PlanContext {
  readonly signal: AbortSignal;
  readonly now: Date;
}

/** @throws GivreError with exit code 2 for every word that does not fit. */
export async function makePlan(options: BenchOptions, { signal, now }: PlanContext): Promise<Plan> {
  const scenarios = await loadScenarios(options.scenario);
  const cold = scenarios.find((scenario) => scenario.measures === 'cold starts');
  const loading = scenarios.filter((scenario) => scenario.measures === 'load');
  const levels = cold === undefined ? [] : parseLevels(options.levels ?? cold.defaults.levels);
  checkAmounts(options, levels);
  refuseStrays(options, cold, loading);
  const load = loadPlan(options, loading);
  checkGenerators(options, loading, load.together.paths);
  if (options.load?.k6 !== undefined) await usersK6(options.load.k6, signal);
  const chosen = await functionsFor(options, scenarios, levels, loading.length > 0 ? load.together : undefined);
  const watchdogs = await parseWatchdogs(options.watchdog, process.env);
  await checkFolder(options.out, '--out');
  const { platforms, why } = await choosePlatforms(options, signal);
  const seed = options.seed ?? randomInt(2 ** 32);
  const runId = makeRunId(shortName(scenarios), now);
  return {
    options,
    runId,
    startedAt: now,
    seed,
    scenarios,
    cold: coldPlan(options, cold?.defaults.samples ?? null, levels),
    load,
    machines: { perPlatform: options.machines, generators: generatorsOf(options) },
    platforms,
    platformChoice: why,
    ...chosen,
    unavailable: [],
    watchdogs,
    folder: join(resolve(options.out), runId),
  };
}

function checkAmounts(options: BenchOptions, levels: readonly Level[]): void {
  checkLevels(levels, options);
  checkCounts(options);
  checkMachines(options);
}

type Functions = Pick<Plan, 'functions' | 'functionsChoice' | 'requests' | 'secrets'>;

/** @param load what will be put on them; undefined where nothing is */
async function functionsFor(
  options: BenchOptions,
  scenarios: readonly Scenario[],
  levels: readonly Level[],
  load: LoadWishes | undefined,
): Promise<Functions> {
  const { functions, why: functionsChoice } = await chooseFunctions(options, scenarios);
  const secrets = await checkFunctions(functions, options, levels);
  const requests = await ownRequests(functions);
  if (load !== undefined) checkPayloads(functions, requests, load);
  return { functions, functionsChoice, requests, secrets };
}

/** @param usual samples of the scenario that measures cold starts; null where none does */
function coldPlan(options: BenchOptions, usual: number | null, levels: readonly Level[]): ColdPlan {
  const samples = usual === null ? 0 : (options.samples ?? usual);
  return {
    levels,
    samples,
    machineSamples: levels.includes('L4') ? Math.min(options.machineSamples ?? MACHINE_SAMPLES, samples) : 0,
    roundsPerBlock: options.roundsPerBlock ?? ROUNDS_PER_BLOCK,
    pollSpacingMs: POLL_SPACING_MS,
    cacheWaitMs: CACHE_WAIT_MS,
    deadlineMs: options.deadlineMs ?? SAMPLE_DEADLINE_MS,
  };
}

function loadPlan({ load: words }: BenchOptions, loading: readonly LoadScenario[]): LoadPlan {
  const byScenario = new Map(loading.map((it) => [it.name, loadWishes(words ?? {}, it.defaults ?? {})]));
  return { byScenario, together: allWishes([...byScenario.values()]) };
}

/** Machines are called after the run, and a host name has 63 letters. */
function shortName([first, ...others]: readonly Scenario[]): string {
  return `${first?.name ?? 'nothing'}${others.length === 0 ? '' : `-and-${others.length}`}`;
}

/** Sortable by time, unique by chance: `coldstart-20261123-150000-k3f9`. */
export function makeRunId(what: string, now: Date): string {
  const stamp = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const suffix = randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return `${what}-${stamp}-${suffix}`;
}

function parseLevels(words: readonly string[]): readonly Level[] {
  const levels = words.map((word) => {
    const level = levelSchema.safeParse(word.toUpperCase());
    if (level.success) return level.data;
    throw usageError('E_LEVEL', `unknown level "${word}"`, suggestion(word.toUpperCase(), levelSchema.options));
  });
  return [...new Set(levels)];
}

function checkMachines({ machines, target }: BenchOptions): void {
  if (machines === 1 || target.kind === 'openstack') return;
  const why = target.kind === 'ssh' ? 'there is one' : 'they would take the processors from each other';
  throw usageError('E_MACHINES', `the ${target.kind} target measures on one machine per platform: ${why}`);
}

/** A word that would be ignored is a mistake. */
function refuseStrays(options: BenchOptions, cold: Scenario | undefined, loading: readonly Scenario[]): void {
  const forCold = {
    '--levels': options.levels,
    '--samples': options.samples,
    '--machine-samples': options.machineSamples,
    '--deadline': options.deadlineMs,
  };
  const { profile, rates, duration, warmUp, payloads, paths, slo, blocks, k6, generators } = options.load ?? {};
  const forLoad = {
    '--profile': profile,
    '--rate': rates,
    '--duration': duration,
    '--warm-up': warmUp,
    '--payload': payloads,
    '--path': paths,
    '--slo': slo,
    '--blocks': blocks,
    '--generators': generators,
    '--generator-host': namedGenerators(options),
    '--k6': k6,
  };
  const strays = [
    ...(cold === undefined ? Object.entries(forCold) : []),
    ...(loading.length === 0 ? Object.entries(forLoad) : []),
  ];
  const stray = strays.find(([, value]) => value !== undefined);
  if (stray === undefined) return;
  throw usageError(
    'E_SCENARIO_OPTION',
    `${stray[0]} has no meaning for the scenario ${options.scenario}`,
    cold === undefined
      ? 'it is for coldstart: add that scenario, or leave the option out'
      : 'it is for scenarios that put load on, such as latency',
  );
}

/** A plan without a sample would end as a run of which nothing was judged. */
function checkCounts({ samples, machineSamples, load }: BenchOptions): void {
  const counts = { '--samples': samples, '--machine-samples': machineSamples, '--blocks': load?.blocks };
  const none = Object.entries(counts).find(([, value]) => value !== undefined && value < 1);
  if (none === undefined) return;
  throw usageError(
    'E_NO_SAMPLE',
    `${none[0]} ${none[1]} measures nothing`,
    'name a number of at least 1, or leave it out',
  );
}

/** Says at once what would otherwise be found out with machines already made. */
function checkLevels(levels: readonly Level[], { target }: BenchOptions): void {
  if (!levels.includes('L4')) return;
  if (target.kind !== 'openstack') {
    throw usageError(
      'E_LEVEL',
      `level L4 boots machines, which the ${target.kind} target cannot do`,
      'use --target openstack, or leave L4 out',
    );
  }
  const word = withoutImage(target);
  if (word === undefined) return;
  throw usageError(
    'E_LEVEL',
    `level L4 boots machines from an image with the platform on it, which is not made with ${word}`,
    `leave out L4 or ${word}`,
  );
}
