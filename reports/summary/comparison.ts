import type { ColdStartSample, Level, Manifest } from '../../harness/runs/schema.ts';
import { type RatioEstimate, ratioAcrossBlocks } from '../../harness/statistics/ratio.ts';
import { isTimed, timeOf } from './cell.ts';
import { byDeployment } from './deployments.ts';
import { type Conclusion, concluded } from './verdict.ts';

/** One function on two platforms, same level. */
interface Compared {
  readonly level: Level;
  readonly function: string;
  readonly platform: string;
  readonly baseline: string;
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
  const timed = samples.filter(isTimed);
  return concluded(
    comparedPairs(manifest).map((it) => {
      const on = (platform: string) =>
        timed.filter((own) => own.platform === platform && own.level === it.level && own.function === it.function);
      const [top, bottom] = [on(it.platform), on(it.baseline)];
      const missing = [top.length === 0 ? it.platform : [], bottom.length === 0 ? it.baseline : []].flat();
      const note = missing.length === 0 ? null : `no sample of ${missing.join(' and of ')} counts`;
      return { ...it, estimate: ratioOf(top, bottom), note: note ?? whyNothing };
    }),
  );
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

function ratioOf(top: readonly ColdStartSample[], bottom: readonly ColdStartSample[]): RatioEstimate | null {
  const below = byDeployment(bottom);
  return ratioAcrossBlocks(
    [...byDeployment(top)].map(([deployment, same]) => ({
      numerator: same.map(timeOf),
      denominator: (below.get(deployment) ?? []).map(timeOf),
    })),
  );
}
