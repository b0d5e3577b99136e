import type { ColdStartSample, Level, Manifest } from '../../harness/runs/schema.ts';
import { type RatioEstimate, ratioAcrossBlocks } from '../../harness/statistics/ratio.ts';
import { isTimed, timeOf } from './cell.ts';

/** One function on two platforms, same level: time to the first correct answer, `platform` divided by `baseline`. */
export interface Comparison {
  readonly level: Level;
  readonly function: string;
  readonly platform: string;
  readonly baseline: string;
  readonly estimate: RatioEstimate | null;
  /** `inconclusive` when the 95 % interval contains 1 or does not exist. */
  readonly verdict: 'faster' | 'slower' | 'inconclusive';
}

/** Compares every platform with the first one of the manifest, function by function. */
export function comparePlatforms(manifest: Manifest, samples: readonly ColdStartSample[]): Comparison[] {
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
        return [{ level, function: name, platform, baseline, estimate, verdict: verdictOf(estimate) }];
      }),
    ),
  );
}

/** Blocks are paired where both platforms were measured in the same blocks; otherwise everything is one pair. */
function pairs(top: readonly ColdStartSample[], bottom: readonly ColdStartSample[]) {
  const blocks = new Set([...top, ...bottom].map((sample) => sample.block));
  const times = (samples: readonly ColdStartSample[], block: number) =>
    samples.filter((sample) => sample.block === block).map(timeOf);
  const paired = [...blocks].map((block) => ({ numerator: times(top, block), denominator: times(bottom, block) }));
  const complete = paired.every((pair) => pair.numerator.length > 0 && pair.denominator.length > 0);
  return complete ? paired : [{ numerator: top.map(timeOf), denominator: bottom.map(timeOf) }];
}

function verdictOf(estimate: RatioEstimate | null): Comparison['verdict'] {
  if (estimate === null || estimate.lower === null || estimate.upper === null) return 'inconclusive';
  if (estimate.upper < 1) return 'faster';
  return estimate.lower > 1 ? 'slower' : 'inconclusive';
}
