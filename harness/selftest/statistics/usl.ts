import type { Random } from '../../core/random.ts';
import { normal } from '../../statistics/noise.ts';
import { median } from '../../statistics/quantile.ts';
import { fallsBeyond } from '../../statistics/scaling-peak.ts';
import { type ScalingPoint, universalScalability } from '../../statistics/usl.ts';
import { type StatisticsCase, shareOf } from './cases.ts';

/** As `throughput` measures ceilings. */
const WIDTHS = [1, 2, 4, 8, 16, 32] as const;
const NOISE = 0.03;

/** Throughput by concurrency, of one world. */
type Curve = (concurrency: number) => number;

const lawOf =
  (sigma: number, kappa: number): Curve =>
  (n) =>
    (110 * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));

/** Curves that follow another law, and do not fall. */
const flattening: readonly (readonly [name: string, words: string, curve: Curve])[] = [
  ['hard-limit', 'rises in a straight line to 880/s and stays there', (n) => Math.min(110 * n, 880)],
  ['saturating', 'comes near to 880/s exponentially', (n) => 880 * (1 - Math.exp(-n / 6))],
];

/** Ceilings as the report fits them, each block's off by 3 %. */
export const uslCases: readonly StatisticsCase[] = [
  ...[0.09, 0.3].map((sigma) => ({
    name: `usl-no-peak-${sigma}`,
    claim: `a peak is reported where there is none (σ ${sigma}, κ 0), six widths to 32, 5 blocks`,
    limits: { max: 0.05 },
    repetitions: 2_000,
    run: (random: Random, repetitions: number) =>
      shareOf(repetitions, () => peakOf(random, lawOf(sigma, 0), 5) !== null),
  })),
  ...flattening.flatMap(([name, words, curve]) =>
    [1, 3, 5].map((blocks) => ({
      name: `usl-no-peak-${name}-${blocks}`,
      claim: `a peak is reported where throughput ${words}, six widths to 32, ${blocks} blocks`,
      limits: { max: 0.05 },
      repetitions: 1_000,
      run: (random: Random, repetitions: number) => shareOf(repetitions, () => peakOf(random, curve, blocks) !== null),
    })),
  ),
  ...[3, 5].map((blocks) => ({
    name: `usl-peak-within-${blocks}`,
    claim: `a peak at 14 connections is reported between 10 and 20 (σ 0.02, κ 0.005), six widths to 32, ${blocks} blocks`,
    limits: { min: 0.9 },
    repetitions: 1_000,
    run: (random: Random, repetitions: number) =>
      shareOf(repetitions, () => {
        const peak = peakOf(random, lawOf(0.02, 0.005), blocks);
        return peak !== null && peak >= 10 && peak <= 20;
      }),
  })),
];

/** Through the medians of each width over all blocks, and only where these agree that it falls beyond. */
function peakOf(random: Random, curve: Curve, blocks: number): number | null {
  const measured = Array.from({ length: blocks }, () =>
    WIDTHS.map((concurrency): ScalingPoint => {
      return { concurrency, throughput: curve(concurrency) * Math.exp(NOISE * normal(random)) };
    }),
  );
  const points = WIDTHS.map((concurrency, i) => ({
    concurrency,
    throughput: median(measured.map((block) => block[i]?.throughput ?? Number.NaN)) ?? Number.NaN,
  }));
  const peak = universalScalability(points, random, 0)?.peak?.concurrency ?? null;
  return peak !== null && fallsBeyond(measured, peak) ? peak : null;
}
