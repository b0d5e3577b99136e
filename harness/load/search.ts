import type { CapacitySample, SearchStep } from '../runs/schema.ts';
import { type Clue, quantileBetween } from './belief.ts';
import { HIGHEST_RATE } from './ramp.ts';

/** What a search for the highest sustained rate knows by now. */
export interface Bracket {
  /** The highest rate at which the objective was kept, and the lowest at which it was not. */
  readonly kept: number | undefined;
  readonly broken: number | undefined;
}

/** Where even this is broken nothing is sustained. */
const LOWEST_RATE = 1;
/** The search ends when the kept and the broken rate differ by no more than this. */
const PRECISION = 1.08;
/** So far beyond what is known a step may go: far above its limit a platform may die. */
const MOST_UP = 2;
const MOST_DOWN = 4;
/**
 * The first step is to be kept rather more often than not: at the limit itself nothing can be decided, however long it
 * takes, and one that was kept narrows the search as much.
 */
const FIRST_STEP_BELOW = 0.4;
/** Whatever is found and believed, no search takes more steps. */
export const MOST_STEPS = 18;

/**
 * The next rate to be tried; undefined when the search is over. It is the one which the limit lies above as likely as
 * below, by all clues and by what was kept and broken; but no nearer to a rate that is known than the search's precision,
 * so that it may be the last.
 *
 * @param clues at least one: a ramp's, and those of steps
 */
export function nextRate({ kept, broken }: Bracket, clues: readonly Clue[]): number | undefined {
  if ((broken ?? HIGHEST_RATE) <= LOWEST_RATE || (kept ?? LOWEST_RATE) >= HIGHEST_RATE) return undefined;
  const least = kept === undefined ? LOWEST_RATE : kept + 1;
  const most = broken === undefined ? HIGHEST_RATE : broken - 1;
  const isFound = kept !== undefined && broken !== undefined && broken / kept <= PRECISION;
  if (isFound || least > most) return undefined;
  return Math.min(most, Math.max(least, Math.round(wanted({ kept, broken }, clues))));
}

function wanted({ kept, broken }: Bracket, clues: readonly Clue[]): number {
  const isFirst = kept === undefined && broken === undefined;
  const rate = quantileBetween(clues, kept ?? LOWEST_RATE, broken ?? HIGHEST_RATE, isFirst ? FIRST_STEP_BELOW : 0.5);
  // Rates are whole numbers: rounded towards the known one, or the step could not be the last.
  const low = kept === undefined ? LOWEST_RATE : Math.floor(kept * PRECISION);
  const high = broken === undefined ? HIGHEST_RATE : Math.ceil(broken / PRECISION);
  if (kept !== undefined && broken !== undefined)
    return low >= high ? Math.sqrt(kept * broken) : within(rate, low, high);
  if (broken !== undefined) return within(rate, broken / MOST_DOWN, high);
  return within(rate, low, (kept ?? HIGHEST_RATE) * MOST_UP);
}

function within(rate: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, rate));
}

/** A platform that answers less than this share of what it is sent is overloaded. */
const OVERLOADED = 0.9;
/** What it answers then is near what it sustains, or below, where it manages less the more it is sent. */
const OVERLOAD_SPREAD = 0.15;
/** What cannot be decided in four times the time is near the limit. */
const UNDECIDED_SPREAD = 0.05;

interface StepSeen extends Pick<SearchStep, 'ratePerSecond' | 'verdict'> {
  /** Right answers; null where the platform died, which says nothing of how many it manages. */
  readonly answeredPerSecond: number | null;
}

/** What a step points at, besides higher or lower rates. */
export function cluesOfStep({ ratePerSecond, verdict, answeredPerSecond }: StepSeen): readonly Clue[] {
  if (verdict === 'undecided') return [{ ratePerSecond, spread: UNDECIDED_SPREAD }];
  if (verdict === 'kept' || answeredPerSecond === null) return [];
  const isOverloaded = answeredPerSecond >= LOWEST_RATE && answeredPerSecond < OVERLOADED * ratePerSecond;
  return isOverloaded ? [{ ratePerSecond: answeredPerSecond, spread: OVERLOAD_SPREAD }] : [];
}

const FIRST_RATE = 50;

/** Plain doubling and bisection, without any clue: what a search is held against. */
export function nextByDoubling({ kept, broken }: Bracket): number | undefined {
  if (kept === undefined && broken === undefined) return FIRST_RATE;
  if (broken === undefined) return above(kept ?? FIRST_RATE);
  if (broken <= LOWEST_RATE) return undefined;
  if (kept === undefined) return Math.max(LOWEST_RATE, Math.floor(broken / MOST_DOWN));
  if (broken / kept <= PRECISION) return undefined;
  const middle = Math.round(Math.sqrt(kept * broken));
  return middle <= kept || middle >= broken ? undefined : middle;
}

function above(kept: number): number | undefined {
  return kept >= HIGHEST_RATE ? undefined : Math.min(HIGHEST_RATE, kept * MOST_UP);
}

/** How many steps that takes where everything up to a rate is kept, and nothing above. */
export function stepsByDoubling(sustained: number): number {
  let bracket: Bracket = { kept: undefined, broken: undefined };
  let steps = 0;
  for (let rate = nextByDoubling(bracket); rate !== undefined; rate = nextByDoubling(bracket)) {
    bracket = rate <= sustained ? { ...bracket, kept: rate } : { ...bracket, broken: rate };
    steps += 1;
  }
  return steps;
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
