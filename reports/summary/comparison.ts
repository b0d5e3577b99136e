import type { ColdStartSample, Level, Manifest } from '../../harness/runs/schema.ts';
import { type RatioEstimate, ratioAcrossBlocks } from '../../harness/statistics/ratio.ts';
import { type ShareDifference, shareDifference } from '../../harness/statistics/share-difference.ts';
import { isTimed, timeOf } from './cell.ts';
import { byDeployment } from './deployments.ts';
import { ownMachines, tooFewMachines } from './own-machines.ts';
import {
  type Conclusion,
  concluded,
  judgedTogether,
  LEVEL,
  NOT_TOGETHER,
  type Standing,
  tooFewWords,
} from './verdict.ts';

/** One function on two platforms, same level. */
interface Compared {
  readonly level: Level;
  readonly function: string;
  readonly platform: string;
  readonly baseline: string;
}

/** Share of first answers that were right, that of `platform` minus that of `baseline`. */
export interface FirstAnswerComparison extends Compared, Standing {
  readonly estimate: ShareDifference | null;
  readonly verdict: 'more right' | 'fewer right' | 'inconclusive' | 'no result';
}

/** Time to the first correct answer, `platform` divided by `baseline`. */
export interface Comparison extends Compared, Conclusion {
  readonly estimate: RatioEstimate | null;
}

/**
 * Compares every platform with the first one of the manifest, function by function, in each repetition of the plan, so
 * that what changes over time meets both. A row for all that was planned.
 *
 * @param whyNothing why nothing is concluded from this run, or null
 */
export function comparePlatforms(
  manifest: Manifest,
  samples: readonly ColdStartSample[],
  whyNothing: string | null,
): Comparison[] {
  return concluded(
    sidesOf(manifest, samples).map(({ compared, top, bottom, missing, machines }) => ({
      ...compared,
      estimate: ratioOf(top, bottom, machines),
      note: missing ?? whyNothing ?? tooFewMachines(machines),
    })),
  );
}

/**
 * The same on the very first answers, a table of its own: none of 20 against 20 of 20 is a difference, whatever the times.
 *
 * @param whyNothing why nothing is concluded from this run, or null
 */
export function compareFirstAnswers(
  manifest: Manifest,
  samples: readonly ColdStartSample[],
  whyNothing: string | null,
): FirstAnswerComparison[] {
  const rows = sidesOf(manifest, samples).map(({ compared, top, bottom, missing, machines }) => {
    const estimate = differenceOf(top, bottom, machines);
    const note = missing ?? whyNothing ?? tooFewMachines(machines) ?? whyNoDifference(estimate);
    return { ...compared, estimate, note };
  });
  return judgedTogether(rows).map((row) => ({ ...row, verdict: shareVerdict(row) }));
}

function whyNoDifference(estimate: ShareDifference | null): string | null {
  if (estimate === null) return NOT_TOGETHER;
  return estimate.p === null ? tooFewWords(estimate.blocks) : null;
}

function shareVerdict(row: Pick<FirstAnswerComparison, 'estimate' | keyof Standing>): FirstAnswerComparison['verdict'] {
  if (row.note !== null || row.estimate === null) return 'no result';
  if (row.adjustedP === null || row.adjustedP > LEVEL) return 'inconclusive';
  return row.estimate.difference > 0 ? 'more right' : 'fewer right';
}

interface Sides {
  readonly compared: Compared;
  readonly top: readonly ColdStartSample[];
  readonly bottom: readonly ColdStartSample[];
  /** In words where either has no sample that counts. */
  readonly missing: string | null;
  /** That each platform had to itself at this level; null: none, or one for each sample. */
  readonly machines: number | null;
}

function sidesOf(manifest: Manifest, samples: readonly ColdStartSample[]): Sides[] {
  const timed = samples.filter(isTimed);
  return comparedPairs(manifest).map((compared) => {
    const { level, function: name, platform, baseline } = compared;
    const on = (label: string) =>
      timed.filter((own) => own.platform === label && own.level === level && own.function === name);
    const [top, bottom] = [on(platform), on(baseline)];
    const missing = [top.length === 0 ? platform : [], bottom.length === 0 ? baseline : []].flat();
    return {
      compared,
      top,
      bottom,
      missing: missing.length === 0 ? null : `no sample of ${missing.join(' and of ')} counts`,
      machines: level === 'L4' ? null : ownMachines(manifest),
    };
  });
}

function comparedPairs({ platforms, levels, functions }: Manifest): Compared[] {
  const [baseline, ...others] = platforms;
  if (baseline === undefined) return [];
  return others.flatMap((platform) => {
    const impossible = new Set([...platform.unsupported, ...baseline.unsupported].map((it) => it.level));
    return levels
      .filter((level) => !impossible.has(level))
      .flatMap((level) =>
        functions.map(({ name }) => ({ level, function: name, platform: platform.label, baseline: baseline.label })),
      );
  });
}

function ratioOf(
  top: readonly ColdStartSample[],
  bottom: readonly ColdStartSample[],
  machines: number | null,
): RatioEstimate | null {
  const below = byDeployment(inRoundsOf(top, bottom), machines);
  return ratioAcrossBlocks(
    [...byDeployment(inRoundsOf(bottom, top), machines)].map(([deployment, same]) => ({
      numerator: same.map(timeOf),
      denominator: (below.get(deployment) ?? []).map(timeOf),
    })),
  );
}

/**
 * Only those samples that the other side has as well: of skewed times the median of two is another one than that of five, so
 * that equals of which one has lost samples would differ.
 */
function inRoundsOf(others: readonly ColdStartSample[], own: readonly ColdStartSample[]): readonly ColdStartSample[] {
  const place = ({ repetition, round }: ColdStartSample) => `${repetition} ${round}`;
  const there = new Set(others.map(place));
  return own.filter((sample) => there.has(place(sample)));
}

function differenceOf(
  top: readonly ColdStartSample[],
  bottom: readonly ColdStartSample[],
  machines: number | null,
): ShareDifference | null {
  const below = byDeployment(bottom, machines);
  return shareDifference(
    [...byDeployment(top, machines)].map(([deployment, same]) => ({
      first: rightOf(same),
      second: rightOf(below.get(deployment) ?? []),
    })),
  );
}

function rightOf(samples: readonly ColdStartSample[]) {
  return { successes: samples.filter((sample) => sample.firstAnswer.correct).length, n: samples.length };
}
