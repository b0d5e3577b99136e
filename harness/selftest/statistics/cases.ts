import { createHash } from 'node:crypto';
import { type Random, seededRandom } from '../../core/random.ts';

/**
 * One rate that givre promises of a statistic, such as the share of intervals that hold the truth, found by simulation.
 * All that a case does at random comes from the source that it is given, so equal seeds give equal values everywhere.
 */
export interface StatisticsCase {
  /** For `--only`: lower case, with hyphens. */
  readonly name: string;
  readonly claim: string;
  /** Of the share; one of the two at least. */
  readonly limits: { readonly min?: number; readonly max?: number };
  /** Of the whole script. All cases together must stay below five minutes. */
  readonly repetitions: number;
  /** The share of `repetitions` simulated times in which what the claim tells of came true: 0 to 1. */
  run(random: Random, repetitions: number): number;
}

export interface StatisticsResult {
  readonly name: string;
  readonly claim: string;
  readonly share: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly repetitions: number;
  readonly elapsedMs: number;
  readonly ok: boolean;
}

/** Fewer say nothing. */
const FEWEST = 40;

/**
 * Simulates one case. A shortened one (`scale` below 1) is held to wider limits: by four standard errors of a share at
 * the limit, so that it fails for what is wrong and not for being short.
 *
 * @param seed of the whole script; each case has a source of its own, which does not change with the others
 */
export function simulate(it: StatisticsCase, seed: number, scale = 1): StatisticsResult {
  const repetitions = Math.max(FEWEST, Math.round(it.repetitions * scale));
  const begun = performance.now();
  const share = it.run(seededRandom(seedOf(it.name, seed)), repetitions);
  const { min, max } = it.limits;
  if (min === undefined && max === undefined) throw new RangeError(`${it.name} has no limit: it could not fail`);
  const slack = (limit: number) => (scale < 1 ? 4 * Math.sqrt((limit * (1 - limit)) / repetitions) : 0);
  // A share that is no number keeps no limit.
  const ok = (min === undefined || share >= min - slack(min)) && (max === undefined || share <= max + slack(max));
  const elapsedMs = Math.round(performance.now() - begun);
  return { name: it.name, claim: it.claim, share, min: min ?? null, max: max ?? null, repetitions, elapsedMs, ok };
}

/** In how many of `repetitions` this was so, as a share. */
export function shareOf(repetitions: number, happened: (repetition: number) => boolean): number {
  let count = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) count += happened(repetition) ? 1 : 0;
  return count / repetitions;
}

function seedOf(name: string, seed: number): number {
  return createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE(0);
}
