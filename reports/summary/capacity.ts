import { seededRandom } from '../../harness/core/random.ts';
import type { CapacitySample, Manifest, Path } from '../../harness/runs/schema.ts';
import { median } from '../../harness/statistics/quantile.ts';
import { fallsBeyond } from '../../harness/statistics/scaling-peak.ts';
import { universalScalability } from '../../harness/statistics/usl.ts';
import { rangeOf, type Spread } from './spread.ts';

/** What one function on one path sustains. */
export interface CapacityCell {
  readonly platform: string;
  readonly function: string;
  readonly path: Path;
  readonly payloadBytes: number;
  readonly slo: string;
  readonly blocks: readonly CapacityBlock[];
  /** Over blocks that count; one in which no rate was sustained counts as 0. Without a value where none counts. */
  readonly sustainedPerSecond: Spread;
  /** Lowest rate that was not sustained, over blocks that count; null where at least half of them sustained all rates. */
  readonly brokenPerSecond: number | null;
  /** Closed loops: right answers per second with so many connections, over those that count. */
  readonly ceilings: readonly Ceiling[];
  /** The universal scalability law through the ceilings' medians; null below four of them. */
  readonly usl: ScalingFit | null;
}

interface Ceiling {
  readonly connections: number;
  readonly perSecond: Spread;
  /** Why others do not count. */
  readonly whyNot: readonly string[];
}

/** X(N) = λN / (1 + σ(N−1) + κN(N−1)) requests per second with N connections. */
interface ScalingFit {
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
  readonly rSquared: number | null;
  /**
   * Null where the law has no maximum at up to `widest` connections, which are the most that were tried, and where three
   * blocks or more do not agree that throughput falls beyond it.
   */
  readonly peak: { readonly connections: number; readonly perSecond: number } | null;
  readonly widest: number;
}

/** Fewer say too little beyond the three parameters. */
const POINTS_FOR_FIT = 4;

/** As its record has it. What does not count is not decided. */
interface CapacityBlock {
  readonly block: number;
  readonly counts: boolean;
  readonly whyNot: string | null;
  readonly sustainedPerSecond: number | null;
  readonly brokenPerSecond: number | null;
  readonly brokenVerdict: CapacitySample['brokenVerdict'];
  readonly why: string | null;
  /** How it was found. */
  readonly search: CapacitySample['search'];
  readonly steps: CapacitySample['steps'];
}

export function summariseCapacities(manifest: Manifest, samples: readonly CapacitySample[]): CapacityCell[] {
  return manifest.platforms.flatMap(({ label }) =>
    manifest.functions.flatMap(({ name }) => {
      const same = samples.filter((sample) => sample.platform === label && sample.function === name);
      const cells = Map.groupBy(same, (it) => JSON.stringify([it.path, it.payloadBytes, it.slo]));
      return [...cells.values()].flatMap(cellOf);
    }),
  );
}

function cellOf(samples: readonly CapacitySample[]): CapacityCell[] {
  const [first] = samples;
  if (first === undefined) return [];
  const { platform, path, payloadBytes, slo } = first;
  const counted = samples.filter((sample) => sample.counts);
  const broken = median(counted.map((sample) => sample.brokenPerSecond ?? Number.POSITIVE_INFINITY));
  const ceilings = ceilingsOf(samples);
  return [
    {
      platform,
      function: first.function,
      path,
      payloadBytes,
      slo,
      blocks: samples.map(blockOf),
      sustainedPerSecond: rangeOf(counted.map((sample) => sample.sustainedPerSecond ?? 0)),
      brokenPerSecond: broken !== null && Number.isFinite(broken) ? broken : null,
      ceilings,
      usl: fitOf(ceilings, samples),
    },
  ];
}

function blockOf(sample: CapacitySample): CapacityBlock {
  const { block, counts, whyNot, sustainedPerSecond, brokenPerSecond, brokenVerdict, why, search, steps } = sample;
  return { block, counts, whyNot, sustainedPerSecond, brokenPerSecond, brokenVerdict, why, search, steps };
}

function ceilingsOf(samples: readonly CapacitySample[]): CapacityCell['ceilings'] {
  const points = Map.groupBy(
    samples.flatMap((sample) => sample.ceilings),
    (point) => point.connections,
  );
  return [...points]
    .sort(([a], [b]) => a - b)
    .map(([connections, same]) => ({
      connections,
      perSecond: rangeOf(same.flatMap((point) => (point.counts ? [point.perSecond] : []))),
      whyNot: [...new Set(same.flatMap((point) => point.whyNot ?? []))],
    }));
}

function fitOf(ceilings: CapacityCell['ceilings'], samples: readonly CapacitySample[]): ScalingFit | null {
  const points = ceilings.flatMap(({ connections, perSecond: { value } }) =>
    value === null ? [] : [{ concurrency: connections, throughput: value }],
  );
  if (points.length < POINTS_FOR_FIT) return null;
  // Only the law itself is shown, not its band, so nothing is drawn at random.
  const law = universalScalability(points, seededRandom(0), 0);
  if (law === null) return null;
  const { lambda, sigma, kappa, rSquared, peak } = law;
  const falls = peak !== null && fallsBeyond(samples.map(pointsOf), peak.concurrency);
  const shown = peak !== null && falls ? { connections: peak.concurrency, perSecond: peak.throughput } : null;
  const widest = Math.max(...points.map((point) => point.concurrency));
  return { lambda, sigma, kappa, rSquared, peak: shown, widest };
}

function pointsOf({ ceilings }: CapacitySample) {
  return ceilings.flatMap(({ connections, perSecond, counts }) =>
    counts ? [{ concurrency: connections, throughput: perSecond }] : [],
  );
}
