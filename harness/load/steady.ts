import { autocorrelation } from '../statistics/autocorrelation.ts';
import { decodeHistogram, emptyHistogram, type Histogram } from '../statistics/histogram.ts';
import { steadyPart } from '../statistics/steadiness.ts';
import type { LoadResult, LoadSecond } from './load.ts';

/** A measurement without its warm-up. */
export interface Reduced {
  readonly steady: {
    /** Null: no steady state, for `reason`; then the histograms hold all but the connecting. */
    readonly fromSecond: number | null;
    readonly reason: string | null;
    /** Change of the per-second median over what is left, as a share of it. */
    readonly drift: number | null;
    readonly autocorrelation: number | null;
  };
  readonly intended: Histogram;
  readonly service: Histogram;
  readonly lag: Histogram;
  /** Right answers per second. */
  readonly throughputPerSecond: number;
}

/** With all the seconds that its figures are taken from, in order. */
type Kept = Reduced & { readonly seconds: readonly LoadSecond[] };

/** Fewer whole seconds than this tell nothing about change. */
const FEWEST_SECONDS = 5;

/**
 * Cuts the warm-up off and merges what is left: first the seconds until every virtual user has opened its connection,
 * which is what they then keep, and from there on by MSER over the medians of each second.
 *
 * @param connectingSeconds how long the first requests of all virtual users take
 */
export function withoutWarmup(result: LoadResult, planDurationNs: number, connectingSeconds: number): Kept {
  const wholeSeconds = Math.floor(planDurationNs / 1e9);
  // What ended after the plan's last second are stragglers: in the figures, but no second of their own.
  const whole = result.seconds.filter((it) => it.second < wholeSeconds && it.second >= connectingSeconds);
  const steady = steadiness(whole);
  const kept = result.seconds.filter((it) => it.second >= (steady.fromSecond ?? connectingSeconds));
  const wholeKept = kept.filter((it) => it.second < wholeSeconds);
  const answers = wholeKept.reduce((sum, it) => sum + it.ok, 0);
  return {
    steady,
    ...histogramsOf(kept),
    seconds: kept,
    throughputPerSecond: wholeKept.length === 0 ? 0 : answers / wholeKept.length,
  };
}

function steadiness(whole: readonly LoadSecond[]): Reduced['steady'] {
  const series = whole.flatMap((it) => it.p50Ns ?? []);
  if (series.length < FEWEST_SECONDS) {
    const reason = `${series.length} whole seconds with answers are too few to tell (${FEWEST_SECONDS} needed)`;
    return { fromSecond: null, reason, drift: null, autocorrelation: null };
  }
  const part = steadyPart(series);
  if (part.from === null) return { fromSecond: null, reason: part.reason, drift: null, autocorrelation: null };
  return {
    fromSecond: whole.filter((it) => it.p50Ns !== null)[part.from]?.second ?? 0,
    reason: null,
    drift: part.drift.relative,
    autocorrelation: autocorrelation(part.values)?.r ?? null,
  };
}

/** Of all that these seconds hold. */
export function histogramsOf(seconds: readonly LoadSecond[]): Pick<Reduced, 'intended' | 'service' | 'lag'> {
  return {
    intended: merged(seconds.map((it) => it.intended)),
    service: merged(seconds.map((it) => it.service)),
    lag: merged(seconds.map((it) => it.lag)),
  };
}

function merged(histograms: readonly string[]): Histogram {
  const all = emptyHistogram();
  for (const text of histograms) all.add(decodeHistogram(text));
  return all;
}
