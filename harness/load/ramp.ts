import type { Clue } from './belief.ts';
import { type MissedLimit, missedIn } from './judge-slo.ts';
import type { LoadSecond } from './load.ts';
import { type OpenArrivals, rateAt } from './schedule.ts';
import type { Slo } from './slo.ts';

export const HIGHEST_RATE = 20_000;
/** A ramp begins here, and ends above what closed loops reach; without any it goes on eightfold until it breaks. */
const RAMP_FROM = 20;
const ABOVE_CEILING = 1.25;
const RAMP_GROWTH = 8;

type Ramping = Extract<OpenArrivals, { kind: 'ramping' }>;

/** The range of a ramp, requests per second. */
export type RampRange = Pick<Ramping, 'fromPerSecond' | 'toPerSecond'>;

/** One that was let run: what it points at, or nothing where the objective was kept to its end. */
export interface RampSeen extends RampRange {
  readonly clue: Clue | undefined;
}

/**
 * The next ramp; undefined when one has broken the objective, or none may go higher.
 *
 * @param ceiling requests per second that closed loops have reached; undefined where there were none
 */
export function nextRamp(ramps: readonly RampSeen[], ceiling: number | undefined): RampRange | undefined {
  const last = ramps.at(-1);
  if (last === undefined) {
    const end = ceiling === undefined ? RAMP_FROM * RAMP_GROWTH : Math.ceil(ceiling * ABOVE_CEILING);
    return { fromPerSecond: RAMP_FROM, toPerSecond: Math.min(HIGHEST_RATE, Math.max(RAMP_FROM + 1, end)) };
  }
  if (last.clue !== undefined || last.toPerSecond >= HIGHEST_RATE) return undefined;
  return {
    fromPerSecond: last.toPerSecond,
    toPerSecond: Math.min(HIGHEST_RATE, last.toPerSecond * RAMP_GROWTH),
  };
}

/** Of a limit that no ramp has come to. */
const BEYOND_SPREAD = 0.5;

/** What ramps point at: where the last one broke, or about its end. */
export function clueOfRamps(ramps: readonly RampSeen[]): Clue {
  const last = ramps.at(-1);
  return last?.clue ?? { ratePerSecond: last?.toPerSecond ?? RAMP_FROM, spread: BEYOND_SPREAD };
}

/** No search lets run more: each begins where the last one ended, the second one at least a little above the first's start. */
export const MOST_RAMPS = 1 + Math.ceil(Math.log(HIGHEST_RATE / RAMP_FROM) / Math.log(RAMP_GROWTH));

/** Of one second of a ramp. */
export interface RampSecond {
  readonly second: number;
  readonly limits: readonly MissedLimit[];
}

/** What the objective is held against. */
export function rampSeconds(slo: Slo, seconds: readonly LoadSecond[]): readonly RampSecond[] {
  return seconds.map((it) => ({ second: it.second, limits: missedIn(slo, it) }));
}

/** One second tells no more than this, whatever happens in it: a stop of the machine is no limit. */
const MOST_EVIDENCE = 3;
/** Between a share of requests that miss the limit of so many times what it allows, and the same fraction of it. */
const APART = 3;
/** However finely a ramp grows, it leaves behind what waits, and so few requests a second say little. */
const LEAST_SPREAD = 0.15;

/**
 * Where a ramp begins to break the objective, if it does before its end: where what its seconds say changes from kept to
 * broken. Each has its say by a likelihood ratio that is bounded, so that neither a lone slow second nor one that seems in
 * order amid the broken ones decides (the maximum of a cumulated sum, as in E. S. Page, "Continuous inspection schemes",
 * Biometrika 41, 1954). A clue, and no more: what a lower rate has left waiting breaks a higher one, and in one second the
 * rate grows by as much as the spread says.
 */
export function clueOfRamp(arrivals: Ramping, seconds: readonly RampSecond[]): Clue | undefined {
  const last = Math.ceil(arrivals.durationMs / 1000) - 1;
  let [sum, highest] = [0, 0];
  let from: number | undefined;
  for (const { second, limits } of seconds.filter((it) => it.second <= last).toReversed()) {
    sum += evidenceOf(limits);
    if (sum <= highest) continue;
    highest = sum;
    from = second;
  }
  if (from === undefined) return undefined;
  const [begin, end] = [rateAt(arrivals, from * 1000), rateAt(arrivals, (from + 1) * 1000)];
  return { ratePerSecond: Math.max(1, begin), spread: Math.max(LEAST_SPREAD, Math.log(end / begin)) };
}

/** Above 0 where any limit seems broken. */
function evidenceOf(limits: readonly MissedLimit[]): number {
  const each = limits.map(({ n, missed, allowed }) => {
    const log = missed * 2 * Math.log(APART) - n * allowed * (APART - 1 / APART);
    return n === 0 ? MOST_EVIDENCE : Math.max(-MOST_EVIDENCE, Math.min(MOST_EVIDENCE, log));
  });
  const worst = Math.max(...each);
  return worst > 0
    ? worst
    : Math.max(
        -MOST_EVIDENCE,
        each.reduce((total, it) => total + it, 0),
      );
}
