import { warmUp } from './mser.ts';
import { median } from './quantile.ts';
import { theilSenSlope } from './theil-sen.ts';

/** How a series moves from one value to the next. */
interface Drift {
  readonly perStep: number;
  /** 95 % interval of `perStep`. */
  readonly lower: number;
  readonly upper: number;
  /** From the first to the last value, as a share of the median. */
  readonly relative: number;
}

export type SteadyPart =
  | { readonly from: number; readonly values: number[]; readonly drift: Drift; readonly reason?: never }
  | { readonly from: null; readonly reason: string };

/** Less than this between beginning and end is flat whatever the interval says, as long series have narrow ones. */
const FLAT_SHARE = 0.1;
/** As for MSER. */
const FEWEST = 10;

/**
 * The part of a series that a figure may be taken from: without the warm-up, and flat. Flat is a rest whose slope may as
 * well be 0 (its 95 % interval contains it), or that drifts by less than 10 % of its median from beginning to end.
 * Method: {@link warmUp} (MSER), then {@link theilSenSlope} on what remains. Where MSER finds no cut but the series is the
 * same from beginning to end to within that share, nothing is cut.
 *
 * @param series in order of time and equally spaced, such as one value per second
 * @returns where it begins and what it holds, or a sentence that begins with "no steady state"
 */
export function steadyPart(series: readonly number[], options: { readonly batch?: number } = {}): SteadyPart {
  const warm = warmUp(series, options.batch);
  const cut = warm.cut ?? (sameThroughout(series, options.batch) ? 0 : null);
  if (cut === null) return { from: null, reason: `no steady state: ${warm.reason}` };
  const values = series.slice(cut);
  const drift = driftOf(values);
  if (drift === null) return { from: null, reason: `no steady state: ${values.length} values are too few for a trend` };
  const maybeNone = drift.lower <= 0 && drift.upper >= 0;
  if (maybeNone || Math.abs(drift.relative) < FLAT_SHARE) return { from: cut, values, drift };
  return { from: null, reason: `no steady state: ${inWords(drift, cut, series.length)}` };
}

/**
 * Among few values MSER puts the cut late by chance (in 14 % of series of 12 that are white noise). Where beginning and
 * end are alike, whatever lies before the cut biases a figure by less than what counts as flat.
 */
function sameThroughout(series: readonly number[], batch = 1): boolean {
  if (series.length < FEWEST * batch) return false;
  const third = Math.floor(series.length / 3);
  const [begin, end] = [median(series.slice(0, third)), median(series.slice(-third))];
  const drift = driftOf(series);
  if (begin === null || end === null || drift === null) return false;
  return Math.abs(drift.relative) < FLAT_SHARE && Math.abs(begin - end) < FLAT_SHARE * Math.abs(end);
}

function driftOf(values: readonly number[]): Drift | null {
  const fit = theilSenSlope(values.map((y, x) => ({ x, y })));
  const middle = median(values);
  if (fit === null || fit.lower === null || fit.upper === null || middle === null) return null;
  const total = fit.slope * (values.length - 1);
  return {
    perStep: fit.slope,
    lower: fit.lower,
    upper: fit.upper,
    relative: total === 0 ? 0 : total / Math.abs(middle),
  };
}

function inWords(drift: Drift, from: number, length: number): string {
  const direction = drift.perStep > 0 ? 'rises' : 'falls';
  const share = (100 * Math.abs(drift.relative)).toFixed(0);
  const [slope, lower, upper] = [drift.perStep, drift.lower, drift.upper].map((value) => value.toPrecision(3));
  return `from value ${from + 1} to ${length} it ${direction} by ${share} % of the median (${slope} a step, 95 % ${lower} to ${upper})`;
}
