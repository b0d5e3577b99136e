import type { BurstSample, FailureCount, Manifest } from '../../harness/runs/schema.ts';
import { median } from '../../harness/statistics/quantile.ts';
import { type Estimate, estimate } from './estimate.ts';
import { failuresTogether } from './failures.ts';

/** Many requests at once to a function that was not running. */
export interface BurstCell {
  readonly platform: string;
  readonly function: string;
  readonly level: BurstSample['level'];
  readonly concurrency: number;
  /** Bursts. */
  readonly n: number;
  /** Tasks started for one burst; more than one is work done twice. */
  readonly medianStarts: number | null;
  readonly maxStarts: number | null;
  /** First answers over all bursts: n × concurrency of them. */
  readonly correct: number;
  readonly firstAnswers: number;
  readonly wrong: readonly FailureCount[];
  /** A burst in which it did not come before the deadline counts as later than any other. */
  readonly firstCorrect: Estimate;
  readonly allCorrect: Estimate;
}

export function summariseBursts(manifest: Manifest, samples: readonly BurstSample[]): BurstCell[] {
  return manifest.platforms.flatMap(({ label }) =>
    manifest.functions.flatMap(({ name }) => {
      const same = samples.filter((sample) => sample.platform === label && sample.function === name);
      const cells = Map.groupBy(same, (sample) => `${sample.level} ${String(sample.concurrency).padStart(9, '0')}`);
      return [...cells].sort(([a], [b]) => a.localeCompare(b)).flatMap(([, bursts]) => cellOf(bursts));
    }),
  );
}

function cellOf(bursts: readonly BurstSample[]): BurstCell[] {
  const [first] = bursts;
  if (first === undefined) return [];
  const starts = bursts.flatMap((burst) => burst.starts ?? []);
  const times = (pick: (burst: BurstSample) => number | null) =>
    [...Map.groupBy(bursts, (burst) => burst.block).values()].map((own) =>
      own.map((burst) => pick(burst) ?? Number.POSITIVE_INFINITY),
    );
  const sum = (pick: (burst: BurstSample) => number) => bursts.reduce((total, burst) => total + pick(burst), 0);
  return [
    {
      platform: first.platform,
      function: first.function,
      level: first.level,
      concurrency: first.concurrency,
      n: bursts.length,
      medianStarts: median(starts),
      maxStarts: starts.length === 0 ? null : Math.max(...starts),
      correct: sum((burst) => burst.correct),
      firstAnswers: sum((burst) => burst.concurrency),
      wrong: failuresTogether(bursts.map((burst) => burst.wrong)),
      firstCorrect: estimate(
        times((burst) => burst.firstCorrectNs),
        0.5,
      ),
      allCorrect: estimate(
        times((burst) => burst.allCorrectNs),
        0.5,
      ),
    },
  ];
}
