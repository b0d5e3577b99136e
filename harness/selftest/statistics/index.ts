import type { StatisticsCase } from './cases.ts';
import { comparisonCases } from './comparisons.ts';
import { growthCases } from './growth.ts';
import { objectiveCases } from './objectives.ts';
import { quantileCases } from './quantiles.ts';
import { searchCases } from './searches.ts';
import { sentinelCases } from './sentinel.ts';
import { steadinessCases } from './steadiness.ts';
import { uslCases } from './usl.ts';

/** Every rate that `npm run bench:statistics` simulates. */
export const statisticsCases: readonly StatisticsCase[] = [
  ...quantileCases,
  ...comparisonCases,
  ...growthCases,
  ...uslCases,
  ...objectiveCases,
  ...searchCases,
  ...sentinelCases,
  ...steadinessCases,
];
