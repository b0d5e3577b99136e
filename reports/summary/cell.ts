import {
  type ColdStartSample,
  type FloorSample,
  type Level,
  type Origin,
  type PhaseName,
  phaseNames,
} from '../../harness/runs/schema.ts';
import { clusteredShareInterval } from '../../harness/statistics/clustered.ts';
import { type Interval, wilsonInterval } from '../../harness/statistics/proportion.ts';
import { median } from '../../harness/statistics/quantile.ts';
import { FEWEST_BLOCKS, type RatioEstimate, ratioAcrossBlocks } from '../../harness/statistics/ratio.ts';
import { byDeployment } from './deployments.ts';
import { type Estimate, estimate } from './estimate.ts';

/** One platform × level × function. */
export interface Cell {
  readonly platform: string;
  readonly level: Level;
  readonly function: string;
  readonly planned: boolean;
  /** All samples; n = ok + failed + notCold + invalid. */
  readonly n: number;
  readonly ok: number;
  readonly failed: number;
  readonly failedBy: readonly { origin: Origin | 'unknown'; n: number }[];
  readonly notCold: number;
  readonly invalid: number;
  /** Why samples are not ok, most frequent first. */
  readonly reasons: readonly { reason: string; n: number }[];
  /** The very first answer, over the samples that are proven cold and not harness failures. */
  readonly firstAnswer: {
    readonly correct: number;
    readonly n: number;
    readonly interval: Interval | null;
    /** What the interval speaks of, as for times. */
    readonly over: Exclude<Estimate['over'], null>;
    readonly deployments: number;
    readonly wrongBy: readonly { origin: Origin | 'unknown'; n: number }[];
  };
  /** Samples behind the quantiles: ok, and failed by anybody but the harness. */
  readonly timed: number;
  /** Of these, how many had no correct answer before the deadline; they count as later than any other. */
  readonly neverAnswered: number;
  readonly median: Estimate;
  readonly p90: Estimate;
  readonly p99: Estimate;
  readonly maxNs: number | null;
  /** Time divided by the floor's, same platform and level. */
  readonly distanceToFloor: RatioEstimate | null;
  readonly medianResidualNs: number | null;
  readonly medianResidualShare: number | null;
  readonly phases: readonly PhaseSummary[];
}

interface PhaseSummary {
  readonly name: PhaseName;
  /** ok samples in which both edges were observed. */
  readonly observed: number;
  readonly medianWhereObservedNs: number;
  /** Over all ok samples, 0 where it was not observed: then the time is in the residual. This is what charts stack. */
  readonly medianNs: number;
}

export interface CellSamples {
  readonly platform: string;
  readonly level: Level;
  readonly function: string;
  readonly planned: boolean;
  readonly samples: readonly ColdStartSample[];
}

export function summariseCell(cell: CellSamples, floors: readonly FloorSample[]): Cell {
  const { samples, ...name } = cell;
  const of = (verdict: ColdStartSample['verdict']) => samples.filter((sample) => sample.verdict === verdict);
  const [ok, failed] = [of('ok'), of('failed')];
  const timed = samples.filter(isTimed);
  const times = timed.map(timeOf);
  const deployments = [...byDeployment(timed).values()].map((own) => own.map(timeOf));
  const residuals = ok.map((sample) => sample.residualNs).filter((value) => value !== null);
  return {
    ...name,
    n: samples.length,
    ok: ok.length,
    failed: failed.length,
    failedBy: countBy(failed.map((sample) => sample.origin ?? 'unknown')).map(([origin, n]) => ({ origin, n })),
    notCold: of('not-cold').length,
    invalid: of('invalid').length,
    reasons: countBy(samples.flatMap((sample) => sample.reason ?? [])).map(([reason, n]) => ({ reason, n })),
    firstAnswer: firstAnswers(timed),
    timed: timed.length,
    neverAnswered: times.filter((time) => time === Number.POSITIVE_INFINITY).length,
    median: estimate(deployments, 0.5),
    p90: estimate(deployments, 0.9),
    p99: estimate(deployments, 0.99),
    maxNs: finiteMax(times),
    distanceToFloor: distanceToFloor(cell, timed, floors),
    medianResidualNs: median(residuals),
    medianResidualShare: median(ok.flatMap(residualShareOf)),
    phases: phasesOf(ok),
  };
}

/** Does this sample say something about the platform's speed? Not-cold, invalid and our own failures do not. */
export function isTimed(sample: ColdStartSample): boolean {
  return sample.verdict === 'ok' || (sample.verdict === 'failed' && sample.origin !== 'harness');
}

/** Time to the first correct answer; infinite where none came, so that failing never makes a platform look faster. */
export function timeOf(sample: ColdStartSample): number {
  return sample.totalNs ?? Number.POSITIVE_INFINITY;
}

function finiteMax(times: readonly number[]): number | null {
  if (times.length === 0) return null;
  const max = times.reduce((a, b) => Math.max(a, b));
  return Number.isFinite(max) ? max : null;
}

function firstAnswers(timed: readonly ColdStartSample[]): Cell['firstAnswer'] {
  const wrong = timed.filter((sample) => !sample.firstAnswer.correct);
  const correct = timed.length - wrong.length;
  const shares = [...byDeployment(timed).values()].map((own) => ({
    successes: own.filter((sample) => sample.firstAnswer.correct).length,
    n: own.length,
  }));
  const over = shares.length >= FEWEST_BLOCKS ? 'deployments' : 'these';
  const wrongBy = countBy(wrong.map((sample) => sample.firstAnswer.origin ?? 'unknown'));
  return {
    correct,
    n: timed.length,
    interval: over === 'deployments' ? clusteredShareInterval(shares) : wilsonInterval(correct, timed.length),
    over,
    deployments: shares.length,
    wrongBy: wrongBy.map(([origin, n]) => ({ origin, n })),
  };
}

function distanceToFloor(
  cell: CellSamples,
  timed: readonly ColdStartSample[],
  floors: readonly FloorSample[],
): RatioEstimate | null {
  const same = floors.filter((floor) => floor.platform === cell.platform && floor.level === cell.level);
  const below = byDeployment(same);
  return ratioAcrossBlocks(
    [...byDeployment(timed)].map(([deployment, own]) => ({
      numerator: own.map(timeOf),
      denominator: (below.get(deployment) ?? []).flatMap((floor) => floor.totalNs ?? []),
    })),
  );
}

function residualShareOf(sample: ColdStartSample): number[] {
  const { residualNs, totalNs } = sample;
  return residualNs === null || totalNs === null || totalNs === 0 ? [] : [residualNs / totalNs];
}

/** A phase that comes several times in one sample counts with its sum. */
function phasesOf(ok: readonly ColdStartSample[]): PhaseSummary[] {
  return phaseNames.flatMap((name) => {
    const durations = ok.map((sample) =>
      sample.phases.filter((phase) => phase.name === name).map((phase) => phase.durationNs),
    );
    const observed = durations.filter((list) => list.length > 0).map(sum);
    const medianWhereObservedNs = median(observed);
    const medianNs = median(durations.map(sum));
    if (medianWhereObservedNs === null || medianNs === null) return [];
    return [{ name, observed: observed.length, medianWhereObservedNs, medianNs }];
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Distinct values with their counts, most frequent first. */
function countBy<T extends string>(values: readonly T[]): [T, number][] {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
