import type { RunRecord } from '../runs/schema.ts';
import { median } from '../statistics/median.ts';
import { linearSlope } from '../statistics/regression.ts';
import { type Claim, claim } from './claims.ts';
import { runOnce, type SelfContext, scaled } from './runs.ts';

/** Leaked network state makes warm requests slower, which is seen, and cleaning between blocks prevents it. */
export async function contaminationClaims(context: SelfContext): Promise<readonly Claim[]> {
  const choice = {
    platform: 'control+leak-cni',
    functions: 'rust-hello',
    levels: ['L1'],
    samples: scaled(context, 200),
  };
  const dirty = warmSlope((await runOnce(context, { ...choice, clean: false })).records);
  const clean = warmSlope((await runOnce(context, { ...choice, samples: scaled(context, 60), clean: true })).records);
  return [
    claim(
      'contamination seen',
      'leak-cni without cleaning: slope of warm latency over leaked files excludes 0',
      describe(dirty),
      dirty.lower > 0,
    ),
    claim(
      'contamination cleaned',
      'leak-cni with cleaning: the same slope includes 0',
      describe(clean),
      clean.lower <= 0 && clean.upper >= 0,
    ),
  ];
}

interface Slope {
  /** µs per leaked file, with its 95 % interval. */
  readonly slope: number;
  readonly lower: number;
  readonly upper: number;
  readonly n: number;
  readonly mostFiles: number;
}

/** One point per block and position: its requests are no independent observations, their median is. */
function warmSlope(records: readonly RunRecord[]): Slope {
  const groups = Map.groupBy(
    records.filter((it) => it.kind === 'sentinel'),
    (it) => `${it.block} ${it.position}`,
  );
  const points = [...groups.values()].flatMap((group) => {
    const latencies = group.flatMap((it) => (it.latencyNs === null || !it.correct ? [] : [it.latencyNs / 1e3]));
    const files = group[0]?.contamination?.cniFiles;
    return files === undefined || latencies.length === 0 ? [] : [{ x: files, y: median(latencies) }];
  });
  const fit = linearSlope(points);
  return {
    slope: fit?.slope ?? Number.NaN,
    lower: fit?.lower ?? Number.NaN,
    upper: fit?.upper ?? Number.NaN,
    n: points.length,
    mostFiles: Math.max(0, ...points.map((it) => it.x)),
  };
}

function describe({ slope, lower, upper, n, mostFiles }: Slope): string {
  const [a, b, c] = [slope, lower, upper].map((value) => value.toFixed(2));
  return `${a} µs per file, 95 % [${b}, ${c}], 0…${mostFiles} files, n = ${n}`;
}
