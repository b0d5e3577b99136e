import { detectableRatio, fewestBlocks } from '../statistics/power.ts';
import type { ColdPlan, Plan } from './plan.ts';

/** What a table of comparisons of a run can show, known before anything is measured. */
export interface ComparisonForecast {
  readonly of: 'cold starts' | 'machines (L4)' | 'load';
  /** Of either side. */
  readonly deployments: number;
  /** That are judged together. */
  readonly comparisons: number;
  /** The smallest ratio that would be told in four of five cases; null where there will be no verdict. */
  readonly smallestRatio: number | null;
}

/** How much a ratio is taken to vary from deployment to deployment, as a share of it. */
const TYPICAL_DEVIATION = 0.05;

/** Scenarios whose measurements are compared: each has one latency per block, where searches have steps. */
const COMPARED = ['latency', 'payload', 'soak'];

/** One for each table that the run will have; none where it compares nothing. */
export function comparisonForecasts(plan: Plan): readonly ComparisonForecast[] {
  const { cold, load } = plan;
  const others = plan.platforms.length - 1;
  const levels = cold.levels.filter((level) => level !== 'L4').length;
  const all = others * plan.functions.length * cold.levels.length;
  const tables: Omit<ComparisonForecast, 'smallestRatio'>[] = [
    { of: 'cold starts', deployments: coldBlocks(cold), comparisons: levels === 0 ? 0 : all },
    { of: 'machines (L4)', deployments: cold.machineSamples, comparisons: levels < cold.levels.length ? all : 0 },
    { of: 'load', deployments: load.together.blocks, comparisons: loadComparisons(plan) },
  ];
  return tables
    .filter(({ comparisons }) => comparisons > 0)
    .map((table) => ({
      ...table,
      smallestRatio: detectableRatio({
        blocks: table.deployments,
        comparisons: table.comparisons,
        deviation: TYPICAL_DEVIATION,
      }),
    }));
}

/** Deployments of each platform for cold starts. */
export function coldBlocks({ samples, roundsPerBlock }: Pick<ColdPlan, 'samples' | 'roundsPerBlock'>): number {
  return Math.ceil(samples / roundsPerBlock);
}

/** Platforms with the first one, and functions of one workload with the first of them, at p50 and p99. */
function loadComparisons({ load, platforms, functions }: Plan): number {
  const workloads = new Set(functions.flatMap(({ labels }) => labels['dev.givre/workload'] ?? []));
  const withWorkload = functions.filter(({ labels }) => labels['dev.givre/workload'] !== undefined).length;
  const pairs = (platforms.length - 1) * functions.length + platforms.length * (withWorkload - workloads.size);
  const measured = [...load.byScenario].filter(([scenario]) => COMPARED.includes(scenario));
  return measured.reduce((sum, [, it]) => sum + 2 * pairs * it.rates.length * it.payloads.length * it.paths.length, 0);
}

/** For people, before the run. */
export function forecastWords({ of, deployments, comparisons, smallestRatio }: ComparisonForecast): string {
  const what = `${of}: ${deployments} ${deployments === 1 ? 'deployment' : 'deployments'} of each, ${comparisons} comparisons`;
  if (smallestRatio === null) {
    const how = {
      'cold starts': '--samples or --rounds-per-block',
      'machines (L4)': '--machine-samples',
      load: '--blocks',
    };
    return `${what}: no verdict is possible below ${fewestBlocks(comparisons)} deployments (${how[of]})`;
  }
  return `${what}: tells ratios from ${smallestRatio.toFixed(2)} on, if they vary by ${TYPICAL_DEVIATION * 100} % between deployments`;
}
