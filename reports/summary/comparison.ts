import type { ColdStartSample, Level, Manifest } from '../../harness/runs/schema.ts';
import { type BlockPair, type RatioEstimate, ratioAcrossBlocks } from '../../harness/statistics/ratio.ts';
import { isTimed, timeOf } from './cell.ts';

/** One function on two platforms, same level: time to the first correct answer, `platform` divided by `baseline`. */
export interface Comparison {
  readonly level: Level;
  readonly function: string;
  readonly platform: string;
  readonly baseline: string;
  readonly estimate: RatioEstimate | null;
  /** `inconclusive` when the 95 % interval contains 1 or does not exist; `no result` where a gate of the whole run failed. */
  readonly verdict: 'faster' | 'slower' | 'inconclusive' | 'no result';
}

/** Compares every platform with the first one of the manifest, function by function. */
export function comparePlatforms(
  manifest: Manifest,
  samples: readonly ColdStartSample[],
  isComparable: boolean,
): Comparison[] {
  const [baseline, ...others] = manifest.platforms.map((platform) => platform.label);
  if (baseline === undefined) return [];
  const timed = samples.filter(isTimed);
  return others.flatMap((platform) =>
    manifest.levels.flatMap((level) =>
      manifest.functions.flatMap(({ name }) => {
        const same = timed.filter((sample) => sample.level === level && sample.function === name);
        const top = same.filter((sample) => sample.platform === platform);
        const bottom = same.filter((sample) => sample.platform === baseline);
        if (top.length === 0 || bottom.length === 0) return [];
        const estimate = ratioAcrossBlocks(pairs(top, bottom));
        return [
          {
            level,
            function: name,
            platform,
            baseline,
            estimate,
            verdict: isComparable ? verdictOf(estimate) : 'no result',
          },
        ];
      }),
    ),
  );
}

/**
 * The i-th block of one platform with the i-th of the other: each repetition of the plan holds one block of every
 * platform, in random order, so that what changes over time meets both.
 */
function pairs(top: readonly ColdStartSample[], bottom: readonly ColdStartSample[]): BlockPair[] {
  const [numerators, denominators] = [timesByBlock(top), timesByBlock(bottom)];
  const count = Math.max(numerators.length, denominators.length);
  return Array.from({ length: count }, (_, i) => ({
    numerator: numerators[i] ?? [],
    denominator: denominators[i] ?? [],
  }));
}

function timesByBlock(samples: readonly ColdStartSample[]): number[][] {
  const numbers = [...new Set(samples.map((sample) => sample.block))].sort((a, b) => a - b);
  return numbers.map((block) => samples.filter((sample) => sample.block === block).map(timeOf));
}

export function verdictOf(estimate: RatioEstimate | null): Comparison['verdict'] {
  if (estimate === null || estimate.lower === null || estimate.upper === null) return 'inconclusive';
  if (estimate.upper < 1) return 'faster';
  return estimate.lower > 1 ? 'slower' : 'inconclusive';
}
