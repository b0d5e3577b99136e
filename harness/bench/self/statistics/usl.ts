import type { Random } from '../../../core/random.ts';
import { normal } from '../../../statistics/noise.ts';
import { type ScalingPoint, universalScalability } from '../../../statistics/usl.ts';
import { type StatisticsCase, shareOf } from './cases.ts';

/** As `throughput` measures ceilings. */
const WIDTHS = [1, 2, 4, 8, 16, 32] as const;
const NOISE = 0.03;

/** Ceilings by the universal scalability law, each off by 3 %. */
export const uslCases: readonly StatisticsCase[] = [
  ...[0.09, 0.3].map((sigma) => ({
    name: `usl-no-peak-${sigma}`,
    claim: `a peak is reported where there is none (σ ${sigma}, κ 0), six widths to 32`,
    limits: { max: 0.05 },
    repetitions: 2_000,
    run: (random: Random, repetitions: number) => shareOf(repetitions, () => peakOf(random, sigma, 0) !== null),
  })),
  {
    name: 'usl-peak-within',
    claim: 'a peak at 14 connections is reported between 10 and 20 (σ 0.02, κ 0.005), six widths to 32',
    limits: { min: 0.95 },
    repetitions: 2_000,
    run: (random, repetitions) =>
      shareOf(repetitions, () => {
        const peak = peakOf(random, 0.02, 0.005);
        return peak !== null && peak >= 10 && peak <= 20;
      }),
  },
];

function peakOf(random: Random, sigma: number, kappa: number): number | null {
  const points = WIDTHS.map((concurrency): ScalingPoint => {
    const law = (110 * concurrency) / (1 + sigma * (concurrency - 1) + kappa * concurrency * (concurrency - 1));
    return { concurrency, throughput: law * Math.exp(NOISE * normal(random)) };
  });
  return universalScalability(points, random, 0)?.peak?.concurrency ?? null;
}
