import { falseAlarms, seenShare } from '../../statistics/steadiness-simulation.ts';
import type { StatisticsCase } from './cases.ts';

/** Noise at worst: 10 % of the level, correlated by 0.8 from one second to the next, at each usual length. */
const NOISES = [15, 30, 60].flatMap((n) => [
  { n, correlation: 0, share: 0.1, name: 'white' },
  { n, correlation: 0.8, share: 0.1, name: 'correlated' },
]);

/** Is a measurement of load the same from beginning to end? Both errors of the rule. */
export const steadinessCases: readonly StatisticsCase[] = NOISES.flatMap(({ name, ...noise }) => [
  {
    name: `steady-refused-${name}-${noise.n}`,
    claim: `${noise.n} s without a drift, 10 % of ${name} noise, are refused`,
    limits: { max: 0.05 },
    repetitions: 4_000,
    run: (random, repetitions) => falseAlarms(random, noise, repetitions),
  },
  {
    name: `steady-doubling-${name}-${noise.n}`,
    claim: `${noise.n} s in which latency doubles, 10 % of ${name} noise, are refused`,
    limits: { min: 0.95 },
    repetitions: 4_000,
    run: (random, repetitions) => seenShare(random, noise, 1, repetitions),
  },
]);
