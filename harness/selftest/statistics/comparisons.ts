import type { Random } from '../../core/random.ts';
import { adjustedForMany } from '../../statistics/benjamini-hochberg.ts';
import {
  clusteredMedianInterval,
  clusteredQuantileInterval,
  clusteredShareInterval,
} from '../../statistics/clustered.ts';
import { middleInterval } from '../../statistics/middle.ts';
import { normal } from '../../statistics/noise.ts';
import { normalQuantile } from '../../statistics/normal.ts';
import { quantileInterval } from '../../statistics/quantile.ts';
import { type BlockPair, ratioAcrossBlocks } from '../../statistics/ratio.ts';
import { shareDifference } from '../../statistics/share-difference.ts';
import { type StatisticsCase, shareOf } from './cases.ts';

/** Of the logarithm of one time. */
const SAMPLE_DEVIATION = 0.1;
/** What the true median of all deployments is, in logarithms. */
const TRUTH = 0;

interface World {
  readonly blocks: number;
  readonly samples: number;
  /** Standard deviation of deployments as a multiple of that of samples. */
  readonly between: number;
}

/** Times of equals: each deployment has its own level, each sample its own deviation from it. */
function deployments(random: Random, { blocks, samples, between }: World): number[][] {
  return Array.from({ length: blocks }, () => {
    const level = TRUTH + between * SAMPLE_DEVIATION * normal(random);
    return Array.from({ length: samples }, () => Math.exp(level + SAMPLE_DEVIATION * normal(random)));
  });
}

function pairsOfEquals(random: Random, world: World): BlockPair[] {
  const [numerators, denominators] = [deployments(random, world), deployments(random, world)];
  return numerators.map((numerator, i) => ({ numerator, denominator: denominators[i] ?? [] }));
}

/** Equals whose deployments differ as much as samples do; the second run of one platform lost its first deployment. */
function driftingPairs(random: Random, blocks: number): BlockPair[] {
  return pairsOfEquals(random, { blocks, samples: 5, between: 1 }).map((pair, repetition) => {
    const drift = 1.3 ** repetition;
    const numerator = repetition === 0 ? [] : pair.numerator.map((time) => time * drift);
    return { numerator, denominator: pair.denominator.map((time) => time * drift) };
  });
}

function isVerdict(pairs: readonly BlockPair[]): boolean {
  return (ratioAcrossBlocks(pairs)?.p ?? 1) <= 0.05;
}

const falseVerdicts: readonly StatisticsCase[] = [
  ...[1, 2].map(
    (blocks): StatisticsCase => ({
      name: `equals-${blocks}-deployments`,
      claim: `equals with ${blocks} deployments of 20 samples each are called different`,
      limits: { max: 0 },
      repetitions: 400,
      run: (random, repetitions) =>
        shareOf(repetitions, () => isVerdict(pairsOfEquals(random, { blocks, samples: 20, between: 1 }))),
    }),
  ),
  ...[3, 4, 6, 8, 12].map(
    (blocks): StatisticsCase => ({
      name: `equals-${blocks}-deployments`,
      claim: `equals with ${blocks} deployments of 5 samples, which differ as much as samples do, are called different`,
      limits: { max: 0.06 },
      repetitions: 3_000,
      run: (random, repetitions) =>
        shareOf(repetitions, () => isVerdict(pairsOfEquals(random, { blocks, samples: 5, between: 1 }))),
    }),
  ),
  {
    name: 'equals-drift-one-missing',
    claim: 'equals that both become 30 % slower with each of 5 repetitions, one block missing, are called different',
    limits: { max: 0.06 },
    repetitions: 3_000,
    run: (random, repetitions) => shareOf(repetitions, () => isVerdict(driftingPairs(random, 5))),
  },
  {
    name: 'equals-table-of-8',
    claim: 'a table of 8 comparisons of equals, 5 deployments each, holds a verdict',
    limits: { max: 0.06 },
    repetitions: 2_000,
    run: (random, repetitions) =>
      shareOf(repetitions, () => {
        const table = Array.from({ length: 8 }, () =>
          ratioAcrossBlocks(pairsOfEquals(random, { blocks: 5, samples: 5, between: 1 })),
        );
        return adjustedForMany(table.map((it) => it?.p ?? null)).some((p) => p !== null && p <= 0.05);
      }),
  },
  ...[3, 4, 5].map(
    (blocks): StatisticsCase => ({
      name: `equals-of-two-kinds-table-of-8-${blocks}`,
      claim: `a table of 8 comparisons of equals, ${blocks} deployments each, of which half are twice as slow as the others, holds a verdict`,
      limits: { max: 0.06 },
      repetitions: 1_000,
      run: (random, repetitions) =>
        shareOf(repetitions, () => {
          const oneOf = () => [(random() < 0.5 ? 1 : 2) * Math.exp(0.02 * normal(random))];
          const pairs = () => Array.from({ length: blocks }, () => ({ numerator: oneOf(), denominator: oneOf() }));
          const table = Array.from({ length: 8 }, () => ratioAcrossBlocks(pairs()));
          return adjustedForMany(table.map((it) => it?.p ?? null)).some((p) => p !== null && p <= 0.05);
        }),
    }),
  ),
  {
    name: 'equals-half-never',
    claim: 'equals of whose 8 deployments four in ten have no answer in half of the tries are called different',
    limits: { max: 0.06 },
    repetitions: 2_000,
    run: (random, repetitions) =>
      shareOf(repetitions, () => {
        const never = (times: readonly number[]) =>
          random() < 0.4 ? times.map(() => Number.POSITIVE_INFINITY) : times;
        const pairs = pairsOfEquals(random, { blocks: 8, samples: 5, between: 1 });
        return isVerdict(pairs.map((it) => ({ numerator: never(it.numerator), denominator: never(it.denominator) })));
      }),
  },
];

/** Right first answers of one deployment: its own share is one of two, or the same for all. */
function rightAnswers(random: Random, shares: readonly number[], n: number) {
  const share = shares[Math.floor(random() * shares.length)] ?? 0;
  return { successes: Array.from({ length: n }, () => random()).filter((value) => value < share).length, n };
}

const shareWorlds = [
  { name: 'alike', words: 'all have the same share of 0.3', shares: [0.3] },
  { name: 'rare', words: 'all have the same share of 0.05', shares: [0.05] },
  { name: 'apart', words: 'have shares of 0.2 or 0.8 by the toss of a coin', shares: [0.2, 0.8] },
  { name: 'all-or-none', words: 'are all right or all wrong by the toss of a coin', shares: [0, 1] },
];

const shareVerdicts = [3, 4, 8].flatMap((blocks) =>
  shareWorlds.map(
    ({ name, words, shares }): StatisticsCase => ({
      name: `first-answers-${blocks}-${name}`,
      claim: `first answers of equals with ${blocks} deployments that ${words} are called different`,
      limits: { max: 0.06 },
      repetitions: 3_000,
      run: (random, repetitions) =>
        shareOf(repetitions, () => {
          const pairs = Array.from({ length: blocks }, () => ({
            first: rightAnswers(random, shares, 5),
            second: rightAnswers(random, shares, 5),
          }));
          return (shareDifference(pairs)?.p ?? 1) <= 0.05;
        }),
    }),
  ),
);

function holds(
  bounds: { readonly lower: number | null; readonly upper: number | null } | null,
  truth: number,
): boolean {
  return bounds !== null && (bounds.lower ?? -Infinity) <= truth && truth <= (bounds.upper ?? Infinity);
}

const worlds: readonly World[] = [
  ...[0, 0.5, 1, 2].map((between) => ({ blocks: 4, samples: 10, between })),
  ...[0, 0.5, 1, 2].map((between) => ({ blocks: 8, samples: 5, between })),
];

const medians = worlds.map(
  (world): StatisticsCase => ({
    name: `median-${world.blocks}x${world.samples}-between-${world.between}`,
    claim: `the 95 % interval of a median over ${world.blocks} deployments of ${world.samples} samples holds it, deployments differing ${world.between} × as much as samples`,
    limits: { min: 0.93, max: 0.975 },
    repetitions: 3_000,
    run: (random, repetitions) =>
      shareOf(repetitions, () => holds(clusteredMedianInterval(deployments(random, world)), Math.exp(TRUTH))),
  }),
);

/** Every fifth deployment is three times as slow, so that the mean of all lies far from their median, which is 1 still. */
const lopsided = [8, 12, 24].map(
  (blocks): StatisticsCase => ({
    name: `median-lopsided-${blocks}`,
    claim: `the 95 % interval of a median over ${blocks} deployments of 5 samples, of which every fifth is three times as slow, holds it`,
    limits: { min: blocks < 9 ? 0.9 : 0.93 },
    repetitions: 2_000,
    run: (random, repetitions) => {
      // Five eighths of those that are not slow lie below.
      const truth = Math.exp(normalQuantile(0.625) * SAMPLE_DEVIATION * Math.SQRT2);
      return shareOf(repetitions, () => {
        const times = deployments(random, { blocks, samples: 5, between: 1 });
        return holds(
          clusteredMedianInterval(times.map((own) => (random() < 0.2 ? own.map((it) => 3 * it) : own))),
          truth,
        );
      });
    },
  }),
);

const signed = [3, 5, 12].map(
  (blocks): StatisticsCase => ({
    name: `growth-none-${blocks}-blocks`,
    claim: `called growth or shrinking (the 95 % interval over ${blocks} blocks lies beside 0): slopes around 0`,
    limits: { max: 0.06 },
    repetitions: 3_000,
    run: (random, repetitions) =>
      shareOf(
        repetitions,
        () =>
          !holds(
            middleInterval(
              Array.from({ length: blocks }, () => normal(random)),
              'signed',
            ),
            0,
          ),
      ),
  }),
);

const ninetieth = worlds.map((world): StatisticsCase => {
  const truth = Math.exp(normalQuantile(0.9) * SAMPLE_DEVIATION * Math.sqrt(1 + world.between ** 2));
  return {
    name: `p90-${world.blocks}x${world.samples}-between-${world.between}`,
    claim: `the 95 % interval of p90 over ${world.blocks} deployments of ${world.samples} samples, often without an upper bound, holds it, deployments differing ${world.between} × as much as samples`,
    limits: { min: 0.94 },
    repetitions: 1_500,
    run: (random, repetitions) =>
      shareOf(repetitions, () => holds(clusteredQuantileInterval(deployments(random, world), 0.9), truth)),
  };
});

const shareIntervals = [4, 8].flatMap((blocks) =>
  shareWorlds
    .filter(({ name }) => name !== 'all-or-none')
    .map(
      ({ name, words, shares }): StatisticsCase => ({
        name: `share-${blocks}-${name}`,
        claim: `the 95 % interval of a share over ${blocks} deployments of 10 that ${words} holds it`,
        // Where deployments are of two kinds, four of them are of one kind in every eighth case.
        limits: { min: blocks === 4 ? 0.9 : 0.92 },
        repetitions: 3_000,
        run: (random, repetitions) =>
          shareOf(repetitions, () => {
            const truth = shares.reduce((sum, share) => sum + share, 0) / shares.length;
            return holds(
              clusteredShareInterval(Array.from({ length: blocks }, () => rightAnswers(random, shares, 10))),
              truth,
            );
          }),
      }),
    ),
);

/** What pooling does, as a measure of what the others are for: shown, and known to be wrong. */
const pooled: StatisticsCase = {
  name: 'pooled-median-is-wrong',
  claim:
    'the exact interval of 4 pooled deployments, which differ as much as samples do, holds the median, as it should not',
  limits: { max: 0.8 },
  repetitions: 2_000,
  run: (random, repetitions) =>
    shareOf(repetitions, () => {
      const times = deployments(random, { blocks: 4, samples: 10, between: 1 }).flat();
      const { lower, upper } = quantileInterval(times, 0.5);
      return holds({ lower: lower?.value ?? null, upper: upper?.value ?? null }, Math.exp(TRUTH));
    }),
};

/** Comparisons of equals, and intervals over deployments. */
export const comparisonCases: readonly StatisticsCase[] = [
  ...falseVerdicts,
  ...shareVerdicts,
  ...medians,
  ...lopsided,
  ...signed,
  ...ninetieth,
  ...shareIntervals,
  pooled,
];
