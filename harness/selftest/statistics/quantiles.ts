import { normal } from '../../statistics/noise.ts';
import { quantileInterval } from '../../statistics/quantile.ts';
import { type StatisticsCase, shareOf } from './cases.ts';

/** Intervals of quantiles from independent values: exact, so that they may hold the truth more often, but not less. */
export const quantileCases: readonly StatisticsCase[] = [
  {
    name: 'quantile-median-of-20',
    claim: 'the 95 % interval of a median of 20 independent samples holds it (exactly 95.9 %)',
    limits: { min: 0.95, max: 0.97 },
    repetitions: 5_000,
    run: (random, repetitions) =>
      shareOf(repetitions, () => {
        const values = Array.from({ length: 20 }, () => normal(random));
        const { lower, upper } = quantileInterval(values, 0.5);
        return lower !== null && upper !== null && lower.value <= 0 && upper.value >= 0;
      }),
  },
];
