import type { Random } from '../../core/random.ts';
import type { Clue } from '../../load/belief.ts';
import { decide, type MissedLimit, verdictOfAll } from '../../load/judge-slo.ts';
import { clueOfRamp, clueOfRamps, nextRamp, type RampSeen } from '../../load/ramp.ts';
import { type Bracket, cluesOfStep, MOST_STEPS, nextByDoubling, nextRate } from '../../load/search.ts';
import { extensionMs, isHopeless, STEP_CONFIDENCE } from '../../load/step.ts';
import {
  BETWEEN_STEPS,
  ERRORS_ALLOWED,
  LATE_ALLOWED,
  measurementOf,
  ON_RAMPS,
  type ResponseCurve,
  type Second,
} from './response-curves.ts';

/** Of profile standard. */
const DURATION_S = 20;
const WARM_UP_S = 5;

export interface Searched {
  /** Each ramp counts as one. */
  readonly steps: number;
  readonly elapsedS: number;
  /** Requests per second; undefined where nothing was kept. */
  readonly sustained: number | undefined;
}

/** As the scenario `throughput` searches. */
export function searched(curve: ResponseCurve, random: Random): Searched {
  const ramps = rampUp(curve, random);
  const clues = [clueOfRamps(ramps)];
  const found = closeIn(curve, random, clues, (bracket) => nextRate(bracket, clues));
  const elapsedS = found.elapsedS + ramps.length * DURATION_S;
  return { sustained: found.bracket.kept, steps: found.steps + ramps.length, elapsedS };
}

/** The same by plain doubling and bisection. */
export function searchedByDoubling(curve: ResponseCurve, random: Random): Searched {
  const { bracket, ...found } = closeIn(curve, random, [], nextByDoubling);
  return { ...found, sustained: bracket.kept };
}

function rampUp(curve: ResponseCurve, random: Random): readonly RampSeen[] {
  const ramps: RampSeen[] = [];
  for (let range = nextRamp(ramps, curve.ceiling); range !== undefined; range = nextRamp(ramps, curve.ceiling)) {
    const { fromPerSecond: from, toPerSecond: to } = range;
    const next = measurementOf(curve, random, ON_RAMPS);
    const at = (second: number): number => from + ((to - from) * second) / DURATION_S;
    const seconds = Array.from({ length: DURATION_S }, (_, second) => {
      return { second, limits: missedIn(next(at(second), at(second + 1))) };
    });
    ramps.push({ ...range, clue: clueOfRamp({ kind: 'ramping', ...range, durationMs: DURATION_S * 1000 }, seconds) });
  }
  return ramps;
}

interface Closed {
  readonly steps: number;
  readonly elapsedS: number;
  readonly bracket: Bracket;
}

function closeIn(
  curve: ResponseCurve,
  random: Random,
  clues: Clue[],
  next: (bracket: Bracket) => number | undefined,
): Closed {
  let bracket: Bracket = { kept: undefined, broken: undefined };
  let [steps, elapsedS] = [0, 0];
  for (let rate = next(bracket); rate !== undefined && steps < MOST_STEPS; rate = next(bracket)) {
    const held = hold(curve, random, rate);
    steps += 1;
    elapsedS += held.elapsedS;
    clues.push(...cluesOfStep({ ratePerSecond: rate, ...held }));
    // Too few requests to tell: doubling, which begins low, is let off, or it would never get beyond.
    const isKept = held.verdict === 'kept' || (held.isHopeless && next === nextByDoubling);
    bracket = isKept ? { ...bracket, kept: rate } : { ...bracket, broken: rate };
    if (!isKept && held.isHopeless && bracket.kept === undefined) break;
  }
  return { steps, elapsedS, bracket };
}

/** A step, looked at once and, where it is not decided, once more after at most four times as long. */
function hold(curve: ResponseCurve, random: Random, rate: number) {
  const seconds = measured(curve, random, rate, DURATION_S);
  const first = judged(seconds);
  const longerS = extensionMs(first, rate, DURATION_S * 1000) / 1000;
  if (longerS > 0) seconds.push(...measured(curve, random, rate, longerS));
  return {
    verdict: judged(seconds).verdict,
    answeredPerSecond: seconds.reduce((sum, it) => sum + it.answered, 0) / seconds.length,
    elapsedS: seconds.length + (longerS > 0 ? 2 : 1) * WARM_UP_S,
    isHopeless: isHopeless(first),
  };
}

function measured(curve: ResponseCurve, random: Random, rate: number, seconds: number): Second[] {
  const next = measurementOf(curve, random, BETWEEN_STEPS);
  for (let second = 0; second < WARM_UP_S; second++) next(rate, rate);
  return Array.from({ length: seconds }, () => next(rate, rate));
}

function judged(seconds: readonly Second[]) {
  const limits = [0, 1].map((limit) => {
    const counted = seconds.flatMap((it) => missedIn(it)[limit] ?? []);
    const tallies = counted.map(({ n, missed }) => ({ n, least: missed, most: missed }));
    return decide(tallies, counted[0]?.allowed ?? 0, STEP_CONFIDENCE);
  });
  return { verdict: verdictOfAll(limits.map((it) => it.verdict)), limits };
}

function missedIn({ n, late, failed }: Second): readonly MissedLimit[] {
  return [
    { n, missed: late, allowed: LATE_ALLOWED },
    { n, missed: failed, allowed: ERRORS_ALLOWED },
  ];
}
