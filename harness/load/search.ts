import type { CapacitySample, Objective, SearchStep } from '../runs/schema.ts';
import { seemsBroken } from './judge-slo.ts';
import type { LoadSecond } from './load.ts';
import { type OpenArrivals, rateAt } from './schedule.ts';
import type { Slo } from './slo.ts';

/** What a search for the highest sustained rate knows by now. */
export interface Bracket {
  /** The highest rate at which the objective was kept, and the lowest at which it was not. */
  readonly kept: number | undefined;
  readonly broken: number | undefined;
}

const FIRST_RATE = 50;
/** Where even this is broken nothing is sustained. */
const LOWEST_RATE = 1;
export const HIGHEST_RATE = 20_000;
/** The search ends when the kept and the broken rate differ by no more than this. */
const PRECISION = 1.1;
/** A ramp's word is good to within this or so. Steps away from it grow as the distance from it does, up to these factors. */
const NEAR = 1.25;
const MOST_UP = 2;
const MOST_DOWN = 4;

/**
 * The next rate to be tried; undefined when the search is over. Starts at the guess and leaves it by steps that grow, or
 * without one doubles from a low rate; then halves the distance on the logarithmic scale.
 */
export function nextRate({ kept, broken }: Bracket, guess: number | undefined): number | undefined {
  if (kept === undefined && broken === undefined) return guess ?? FIRST_RATE;
  if (broken === undefined) return above(kept ?? FIRST_RATE, guess);
  if (broken <= LOWEST_RATE) return undefined;
  if (kept === undefined) return below(broken, guess);
  if (broken / kept <= PRECISION) return undefined;
  const middle = Math.round(Math.sqrt(kept * broken));
  return middle <= kept || middle >= broken ? undefined : middle;
}

function above(kept: number, guess: number | undefined): number | undefined {
  if (kept >= HIGHEST_RATE) return undefined;
  const factor = guess === undefined ? MOST_UP : Math.min(MOST_UP, Math.max(NEAR, kept / guess));
  return Math.min(HIGHEST_RATE, Math.max(kept + 1, Math.round(kept * factor)));
}

function below(broken: number, guess: number | undefined): number {
  const factor = guess === undefined ? MOST_DOWN : Math.min(MOST_DOWN, Math.max(NEAR, guess / broken));
  return Math.max(LOWEST_RATE, Math.floor(broken / factor));
}

/** How many steps a search takes where everything up to a rate is kept, and nothing above. */
export function stepsOfSearch(sustained: number, guess: number | undefined): number {
  let bracket: Bracket = { kept: undefined, broken: undefined };
  let steps = 0;
  for (let rate = nextRate(bracket, guess); rate !== undefined; rate = nextRate(bracket, guess)) {
    bracket = rate <= sustained ? { ...bracket, kept: rate } : { ...bracket, broken: rate };
    steps += 1;
  }
  return steps;
}

/**
 * The rate at which a ramp begins to break the objective: at the start of the first of two seconds in a row that do, or of
 * its last one. Undefined when it keeps it to its end. A guess, and no more: a few requests a second say little of a high
 * quantile, and what a lower rate has left waiting breaks a higher one.
 */
export function breakingRate(arrivals: OpenArrivals, seconds: readonly LoadSecond[], slo: Slo): number | undefined {
  const last = Math.ceil(arrivals.durationMs / 1000) - 1;
  const within = seconds.filter((it) => it.second <= last);
  const isBroken = (second: LoadSecond): boolean => seemsBroken(slo, second);
  const found = within.find((it, index) => {
    const next = within[index + 1];
    return isBroken(it) && (next === undefined || isBroken(next));
  });
  return found === undefined ? undefined : Math.max(1, Math.round(rateAt(arrivals, found.second * 1000)));
}

/**
 * Of the intervals by which a step is decided: it is looked at twice, and whoever looks twice errs more often. By Bonferroni
 * both looks together are wrong in at most 2.5 % on either side.
 */
export const STEP_CONFIDENCE = 0.975;
/** A step goes on until it is decided, up to this many times the length of one measurement. */
const LONGEST = 4;
/** Shorter ones are mostly their own beginning. */
const SHORTEST_MS = 5_000;

/**
 * For how long a step that was measured once has to go on until its objective is decided: 0 where it is, and where four
 * times as many requests cannot decide it.
 */
export function extensionMs({ verdict, limits }: Objective, ratePerSecond: number, durationMs: number): number {
  if (verdict !== 'undecided' || isHopeless({ verdict, limits })) return 0;
  const open = limits.filter((limit) => limit.verdict === 'undecided');
  const most = (LONGEST - 1) * durationMs;
  const wanted = open.map(({ needed, n }) => (needed === null ? most : (1000 * (1.2 * needed - n)) / ratePerSecond));
  const seconds = Math.ceil(Math.max(SHORTEST_MS, ...wanted) / 1000);
  return Math.min(most, seconds * 1000);
}

/**
 * Whether even four times as many requests, all of them in time, would be too few to tell. Fewer a second are, too. Where
 * another limit is broken the objective is decided, and lower rates are still to be tried.
 */
export function isHopeless({ verdict: whole, limits }: Pick<Objective, 'verdict' | 'limits'>): boolean {
  if (whole !== 'undecided') return false;
  return limits.some(
    ({ verdict, missed, needed, n }) => verdict === 'undecided' && missed === 0 && (needed ?? 0) > LONGEST * n,
  );
}

/**
 * What a search has found, and whether it counts: only if the steps that the two rates rest on do. That no rate is
 * sustained is found at the lowest one only.
 */
export function concluded(steps: readonly SearchStep[]): Conclusion {
  const kept = highest(steps.filter((step) => step.verdict === 'kept'));
  const broken = highest(
    steps.filter((step) => step.verdict !== 'kept'),
    -1,
  );
  const whyNot = [kept, broken].flatMap((step) =>
    step === undefined || step.counts ? [] : [`the step at ${step.ratePerSecond}/s does not count: ${step.whyNot}`],
  );
  if (kept === undefined && broken?.verdict !== 'broken') {
    whyNot.push(broken === undefined ? 'nothing was measured' : `not even ${broken.ratePerSecond}/s was decided`);
  } else if (kept === undefined && broken !== undefined && broken.ratePerSecond > LOWEST_RATE) {
    whyNot.push(`nothing below ${broken.ratePerSecond}/s was tried`);
  }
  return {
    counts: whyNot.length === 0,
    whyNot: whyNot.length === 0 ? null : whyNot.join('; '),
    sustainedPerSecond: kept?.ratePerSecond ?? null,
    brokenPerSecond: broken?.ratePerSecond ?? null,
    brokenVerdict: broken === undefined || broken.verdict === 'kept' ? null : broken.verdict,
    why: broken?.why ?? null,
  };
}

type Conclusion = Pick<
  CapacitySample,
  'counts' | 'whyNot' | 'sustainedPerSecond' | 'brokenPerSecond' | 'brokenVerdict' | 'why'
>;

/** The one at the highest rate, or with `sign` −1 at the lowest. */
function highest(steps: readonly SearchStep[], sign = 1): SearchStep | undefined {
  return [...steps].sort((a, b) => sign * (b.ratePerSecond - a.ratePerSecond))[0];
}
