import { plannedCells, plannedInVain } from '../harness/runs/planned.ts';
import type { Run, RunProblem } from '../harness/runs/run.ts';
import type { ColdStartSample, Level, Manifest, RunRecord, Verdict } from '../harness/runs/schema.ts';
import { type BodySummary, summariseBodies } from './summary/bodies.ts';
import { type BurstCell, summariseBursts } from './summary/burst.ts';
import { type CapacityCell, summariseCapacities } from './summary/capacity.ts';
import { type Cell, type CellSamples, summariseCell } from './summary/cell.ts';
import {
  type Comparison,
  compareFirstAnswers,
  comparePlatforms,
  type FirstAnswerComparison,
} from './summary/comparison.ts';
import { type DeathSummary, summariseDeaths } from './summary/deaths.ts';
import { type DensityCell, summariseDensities } from './summary/density.ts';
import { type FloorCell, summariseFloor } from './summary/floor.ts';
import { type FootprintCell, summariseFootprints } from './summary/footprint.ts';
import { isComparable, type LeftOut, leftOut } from './summary/left-out.ts';
import { type LoadCell, summariseLoads } from './summary/load.ts';
import { compareLoads, type LoadComparison } from './summary/load-comparison.ts';
import { type MemoryLimitCell, summariseMemoryLimits } from './summary/memory-limit.ts';
import { type QueueCell, summariseQueues } from './summary/queue.ts';
import { type SoakCell, splitFootprints, summariseSoaks } from './summary/soak.ts';
import { headlineOf, type RunState, stateOf } from './summary/standing.ts';
import { type MemoryCell, type SentinelCell, summariseMemory, summariseSentinel } from './summary/surroundings.ts';
import { whyNothing } from './summary/verdict.ts';
import { scenarioNames } from './words.ts';

/** Everything a renderer shows, as plain JSON: no statistic is computed anywhere else. Times are nanoseconds. */
export interface Summary {
  readonly summaryVersion: 1;
  /** Begins with the platform's name. */
  readonly title: string;
  readonly manifest: Manifest;
  readonly state: RunState;
  /** Only of a run that was judged and passed, and whose records are all there. */
  readonly isResult: boolean;
  /**
   * False when that concerns the run as a whole: then all numbers are shown to find out why, and nothing is concluded from
   * them. Otherwise what is not in `leftOut` is a result.
   */
  readonly isComparable: boolean;
  /** What is no result by itself. */
  readonly leftOut: readonly LeftOut[];
  /** Planned under load, and no record of it is there: platform, scenario, function. */
  readonly missing: readonly string[];
  /** The verdict in one sentence, without the state's own word in front. */
  readonly headline: string;
  readonly verdict: Verdict | null;
  readonly problems: readonly RunProblem[];
  readonly sampleCount: number;
  /** Samples that the plan asked for. */
  readonly plannedCount: number;
  /** One per platform × level × function that the plan contains, in the manifest's order, even with no sample yet. */
  readonly cells: readonly Cell[];
  readonly floors: readonly FloorCell[];
  /** Every platform against the first one; empty with one platform. */
  readonly comparisons: readonly Comparison[];
  /** The same on the share of first answers that were right. */
  readonly firstAnswerComparisons: readonly FirstAnswerComparison[];
  readonly sentinels: readonly SentinelCell[];
  readonly memory: readonly MemoryCell[];
  /** Measurements of load, and the steps of searches for a limit. */
  readonly loads: readonly LoadCell[];
  /** What the functions were sent. */
  readonly bodies: readonly BodySummary[];
  /** Platforms and languages under the same load. */
  readonly loadComparisons: readonly LoadComparison[];
  readonly capacities: readonly CapacityCell[];
  readonly footprints: readonly FootprintCell[];
  /** Functions that were deployed with one. */
  readonly memoryLimits: readonly MemoryLimitCell[];
  /** Memory under a load that lasts. */
  readonly soaks: readonly SoakCell[];
  readonly bursts: readonly BurstCell[];
  /** Asynchronous invocations. */
  readonly queues: readonly QueueCell[];
  /** Deaths of platforms under what was asked of them, in order. */
  readonly deaths: readonly DeathSummary[];
  /** One per machine that was filled up. */
  readonly densities: readonly DensityCell[];
  /** Levels that were asked for and that a platform cannot do. */
  readonly unsupported: readonly { platform: string; level: Level; reason: string }[];
}

/** Reduces a run to what reports show. Pure. */
export function summarise(run: Run): Summary {
  const { manifest, records, verdict } = run;
  const state = stateOf(run);
  const comparable = isComparable(records, state, verdict);
  const nothing = whyNothing(state, verdict, comparable);
  const coldStarts = summariseColdStarts(run, nothing);
  const { sampleCount, plannedCount } = coldStarts;
  return {
    summaryVersion: 1,
    title: titleOf(manifest),
    manifest,
    state,
    isResult: state === 'valid',
    isComparable: comparable,
    leftOut: leftOut(records, verdict),
    missing: plannedInVain(manifest, records),
    headline: headlineOf(run, countWords(sampleCount, plannedCount, recordsOf(run, 'load').length)),
    verdict,
    problems: run.problems,
    ...coldStarts,
    ...summariseWorking(run, nothing),
    unsupported: unsupportedLevels(manifest),
  };
}

/** What stands in the report of cold starts and what surrounded them. */
function summariseColdStarts(run: Run, nothing: ReturnType<typeof whyNothing>) {
  const { manifest } = run;
  const samples = coldStartsOf(run);
  const floors = recordsOf(run, 'floor');
  return {
    sampleCount: samples.length,
    plannedCount: plannedCells(manifest).reduce((sum, cell) => sum + cell.samples, 0),
    cells: cellsOf(manifest, samples).map((cell) => summariseCell(cell, floors)),
    floors: summariseFloor(manifest, floors),
    comparisons: comparePlatforms(manifest, samples, nothing),
    firstAnswerComparisons: compareFirstAnswers(manifest, samples, nothing),
    sentinels: summariseSentinel(manifest, recordsOf(run, 'sentinel')),
    memory: summariseMemory(manifest, recordsOf(run, 'memory')),
  };
}

/** What stands in the report of load, and of what functions take while they live. */
function summariseWorking(run: Run, nothing: ReturnType<typeof whyNothing>) {
  const { manifest } = run;
  const loads = summariseLoads(manifest, recordsOf(run, 'load'));
  const footprints = splitFootprints(recordsOf(run, 'footprint'));
  return {
    loads,
    bodies: summariseBodies(manifest, run.records),
    loadComparisons: compareLoads(manifest, loads, nothing),
    capacities: summariseCapacities(manifest, recordsOf(run, 'capacity')),
    footprints: summariseFootprints(manifest, footprints.life),
    memoryLimits: summariseMemoryLimits(manifest, recordsOf(run, 'memory-limit')),
    soaks: summariseSoaks(manifest, footprints.soak),
    bursts: summariseBursts(manifest, recordsOf(run, 'burst')),
    queues: summariseQueues(manifest, recordsOf(run, 'async')),
    deaths: summariseDeaths(recordsOf(run, 'platform-death')),
    densities: summariseDensities(manifest, recordsOf(run, 'density'), recordsOf(run, 'density-step')),
  };
}

function unsupportedLevels(manifest: Manifest): Summary['unsupported'] {
  return manifest.platforms.flatMap((platform) =>
    platform.unsupported
      .filter(({ level }) => manifest.levels.includes(level))
      .map(({ level, reason }) => ({ platform: platform.label, level, reason })),
  );
}

/** All records of one kind. */
export function recordsOf<K extends RunRecord['kind']>(run: Run, kind: K): Extract<RunRecord, { kind: K }>[] {
  return run.records.filter((record): record is Extract<RunRecord, { kind: K }> => record.kind === kind);
}

/** All cold starts of a run, whatever their verdict. */
export function coldStartsOf(run: Run): ColdStartSample[] {
  return recordsOf(run, 'coldstart');
}

/** The platform's name comes first and is never left out, so that control and faasd cannot be confused. */
export function titleOf(manifest: Manifest): string {
  const names = manifest.platforms.map((platform) =>
    platform.label.startsWith(platform.kind) ? platform.label : `${platform.kind} (${platform.label})`,
  );
  const functions = manifest.functions.map((it) => it.name);
  const what = functions.length <= 4 ? functions.join(', ') : `${functions.length} functions`;
  return `${names.join(' and ') || 'no platform'}: ${scenarioNames(manifest)} of ${what || 'no function'}`;
}

/** How far a run without an end has come. Nobody knows beforehand how many measurements of load a search takes. */
function countWords(sampleCount: number, plannedCount: number, loadCount: number): string {
  const loads = `${loadCount} ${loadCount === 1 ? 'measurement of load is' : 'measurements of load are'} there`;
  if (plannedCount === 0 && sampleCount === 0) return loads;
  const samples = `${sampleCount} of ${plannedCount} samples are there`;
  return loadCount === 0 ? samples : `${samples}, ${loads}`;
}

/** The planned cells in the manifest's order, then any that have samples without being in the plan. */
function cellsOf(manifest: Manifest, samples: readonly ColdStartSample[]): CellSamples[] {
  const cells = new Map<
    string,
    { platform: string; level: Level; function: string; planned: boolean; samples: ColdStartSample[] }
  >();
  const cellOf = (platform: string, level: Level, name: string, planned: boolean) => {
    const key = JSON.stringify([platform, level, name]);
    const cell = cells.get(key) ?? { platform, level, function: name, planned, samples: [] };
    cells.set(key, cell);
    return cell;
  };
  for (const it of plannedCells(manifest)) cellOf(it.platform, it.level, it.function, true);
  for (const sample of samples) cellOf(sample.platform, sample.level, sample.function, false).samples.push(sample);
  return [...cells.values()];
}
