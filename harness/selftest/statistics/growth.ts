import type { Random } from '../../core/random.ts';
import { growthOf } from '../../statistics/growth.ts';
import { autoregressive, normal, randomWalk } from '../../statistics/noise.ts';
import { type StatisticsCase, shareOf } from './cases.ts';

type Series = (random: Random) => number[];

const walk =
  (length: number): Series =>
  (random) =>
    randomWalk(random, length);
const returning =
  (length: number, phi: number): Series =>
  (random) =>
    autoregressive(random, length, phi);
/** Errors of reading three times as large as a step of the walk. */
const blurred =
  (length: number): Series =>
  (random) =>
    randomWalk(random, length).map((value) => value + 3 * normal(random));
/** Steps that are never negative, and far from normal: functions that cost more or less. */
const costs =
  (length: number): Series =>
  (random) =>
    Array.from({ length }, () => -Math.log(1 - random())).map(cumulative());

/** How much the line rises with each reading, beside the noise of about 1. */
const SLOPE = 0.7;

/** Memory that is read again and again: does the interval of its growth hold the true growth? */
export const growthCases: readonly StatisticsCase[] = [
  growthCase('walk-12', '12 readings whose errors add up', walk(12), { min: 0.93, max: 0.97 }),
  growthCase('walk-51', '51 readings whose errors add up', walk(51), { min: 0.93, max: 0.97 }),
  growthCase('walk-400', '400 readings whose errors add up', walk(400), { min: 0.93, max: 0.97 }),
  growthCase('walk-blurred-200', '200 such readings, each with an error of its own', blurred(200), {
    min: 0.93,
    max: 0.97,
  }),
  growthCase('costs-51', '51 readings of memory after one more function, each of another cost', costs(51), {
    min: 0.92,
    max: 0.97,
  }),
  growthCase('independent-51', '51 readings with independent errors (wider than need be)', returning(51, 0), {
    min: 0.93,
  }),
  growthCase('independent-400', '400 readings with independent errors', returning(400, 0), { min: 0.93, max: 0.97 }),
  growthCase('ar-0.5-400', '400 readings with errors of the first order, φ = 0.5', returning(400, 0.5), {
    min: 0.93,
    max: 0.985,
  }),
  growthCase('ar-0.8-400', '400 readings with errors of the first order, φ = 0.8', returning(400, 0.8), {
    min: 0.93,
    max: 0.97,
  }),
  standing('walk-12', '12 readings of a random walk without growth', walk(12)),
  standing('walk-200', '200 readings of a random walk without growth', walk(200)),
];

function growthCase(name: string, of: string, series: Series, limits: StatisticsCase['limits']): StatisticsCase {
  return {
    name: `growth-${name}`,
    claim: `the 95 % interval of growth holds the true one: ${of}`,
    limits,
    repetitions: 1_500,
    run(random, repetitions) {
      const truth = SLOPE + (name.startsWith('costs') ? 1 : 0);
      return shareOf(repetitions, () => {
        const { lower, upper } = growthIn(series(random).map((value, i) => value + SLOPE * i));
        return lower <= truth && upper >= truth;
      });
    },
  };
}

function standing(name: string, of: string, series: Series): StatisticsCase {
  return {
    name: `growth-none-${name}`,
    claim: `called growth (its interval lies above 0): ${of}`,
    limits: { max: 0.05 },
    repetitions: 1_500,
    run: (random, repetitions) => shareOf(repetitions, () => growthIn(series(random)).lower > 0),
  };
}

function growthIn(values: readonly number[]): { lower: number; upper: number } {
  const growth = growthOf(values.map((y, x) => ({ x, y })));
  return { lower: growth?.lower ?? Number.NaN, upper: growth?.upper ?? Number.NaN };
}

function cumulative(): (step: number) => number {
  let sum = 0;
  return (step) => {
    sum += step;
    return sum;
  };
}
