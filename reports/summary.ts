import type { Run, RunProblem } from '../harness/runs/read.ts';
import type {
  ColdStartSample,
  FloorSample,
  Level,
  Manifest,
  MemorySample,
  SentinelSample,
  Verdict,
} from '../harness/runs/schema.ts';
import { type Cell, type CellSamples, summariseCell } from './summary/cell.ts';
import { type Comparison, comparePlatforms } from './summary/comparison.ts';
import { type FloorCell, summariseFloor } from './summary/floor.ts';
import { type MemoryCell, type SentinelCell, summariseMemory, summariseSentinel } from './summary/surroundings.ts';

/** Everything a renderer shows, as plain JSON: no statistic is computed anywhere else. Times are nanoseconds. */
export interface Summary {
  readonly summaryVersion: 1;
  /** Begins with the platform's name. */
  readonly title: string;
  readonly manifest: Manifest;
  readonly state: RunState;
  /** False when a gate failed: then the numbers are shown to find out why, and nothing is concluded from them. */
  readonly isResult: boolean;
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
  readonly sentinels: readonly SentinelCell[];
  readonly memory: readonly MemoryCell[];
  /** Levels that were asked for and that a platform cannot do. */
  readonly unsupported: readonly { platform: string; level: Level; reason: string }[];
}

/** `unfinished`: no verdict was written, so the run was killed or still goes on. */
type RunState = Verdict['status'] | 'unfinished';

/** Reduces a run to what reports show. Pure. */
export function summarise(run: Run): Summary {
  const { manifest } = run;
  const state = run.verdict?.status ?? 'unfinished';
  const isResult = state !== 'invalid' && state !== 'failed';
  const samples = coldStartsOf(run);
  const floors = run.records.filter((record): record is FloorSample => record.kind === 'floor');
  const cells = plannedCells(manifest, samples).map((cell) => summariseCell(cell, floors));
  const plannedCount = cells
    .filter((cell) => cell.planned)
    .reduce((sum, cell) => sum + samplesPlanned(manifest, cell.level), 0);
  const unsupported = manifest.platforms.flatMap((platform) =>
    platform.unsupported
      .filter(({ level }) => manifest.levels.includes(level))
      .map(({ level, reason }) => ({ platform: platform.label, level, reason })),
  );
  return {
    summaryVersion: 1,
    title: titleOf(manifest),
    manifest,
    state,
    isResult,
    headline: headlineOf(run.verdict, samples.length, plannedCount),
    verdict: run.verdict,
    problems: run.problems,
    sampleCount: samples.length,
    plannedCount,
    cells,
    floors: summariseFloor(manifest, floors),
    comparisons: comparePlatforms(manifest, samples, isResult),
    sentinels: summariseSentinel(
      manifest,
      run.records.filter((record): record is SentinelSample => record.kind === 'sentinel'),
    ),
    memory: summariseMemory(
      manifest,
      run.records.filter((record): record is MemorySample => record.kind === 'memory'),
    ),
    unsupported,
  };
}

function samplesPlanned(manifest: Manifest, level: Level): number {
  return level === 'L4' ? (manifest.machineSamplesPerCell ?? 0) : manifest.samplesPerCell;
}

/** All cold starts of a run, whatever their verdict. */
export function coldStartsOf(run: Run): ColdStartSample[] {
  return run.records.filter((record): record is ColdStartSample => record.kind === 'coldstart');
}

/** The platform's name comes first and is never left out, so that control and faasd cannot be confused. */
export function titleOf(manifest: Manifest): string {
  const names = manifest.platforms.map((platform) =>
    platform.label.startsWith(platform.kind) ? platform.label : `${platform.kind} (${platform.label})`,
  );
  const functions = manifest.functions.map((it) => it.name);
  const what = functions.length <= 4 ? functions.join(', ') : `${functions.length} functions`;
  return `${names.join(' and ') || 'no platform'}: cold start of ${what || 'no function'}`;
}

function headlineOf(verdict: Verdict | null, sampleCount: number, plannedCount: number): string {
  if (verdict === null) {
    const there = `${sampleCount} of ${plannedCount} samples are there`;
    return `no verdict was written: the run was killed or still goes on; ${there}`;
  }
  const prefix = `${verdict.status}: `;
  return verdict.summary.startsWith(prefix) ? verdict.summary.slice(prefix.length) : verdict.summary;
}

/** The planned cells in the manifest's order, then any that have samples without being in the plan. */
function plannedCells(manifest: Manifest, samples: readonly ColdStartSample[]): CellSamples[] {
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
  for (const platform of manifest.platforms) {
    const impossible = new Set(platform.unsupported.map((it) => it.level));
    for (const level of manifest.levels.filter((it) => !impossible.has(it))) {
      for (const it of manifest.functions) cellOf(platform.label, level, it.name, true);
    }
  }
  for (const sample of samples) cellOf(sample.platform, sample.level, sample.function, false).samples.push(sample);
  return [...cells.values()];
}
