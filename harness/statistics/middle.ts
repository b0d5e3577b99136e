import { meanEstimate } from './mean.ts';
import { quantileInterval } from './quantile.ts';

/** A bound is null where there is none at this confidence. */
export interface Bounds {
  readonly lower: number | null;
  readonly upper: number | null;
}

/**
 * `positive`: cannot be 0 or less, and varies by factors, as times do. `signed`: can be of either sign, whatever these values
 * are: logarithms of what is positive by chance would shut out 0, in every eighth case of three values around it.
 */
export type Scale = 'positive' | 'signed';

/** The fewest of whose order statistics two that are not the outermost hold the median in 95 %. */
const RANKED_FROM = 9;

/**
 * Interval for the median of all independent values of which these are some.
 *
 * - 9 or more: the exact one from order statistics ({@link quantileInterval}), which holds for any distribution. Student's
 *   is about the mean, and the more values there are, the surer it is of something else where they are skewed.
 * - 3 to 8, all finite: Student's, of logarithms on a positive scale; takes them to be roughly normal.
 * - Otherwise none.
 */
export function middleInterval(values: readonly number[], scale: Scale, confidence = 0.95): Bounds {
  if (values.length >= RANKED_FROM) {
    const { lower, upper } = quantileInterval(values, 0.5, confidence);
    return { lower: lower?.value ?? null, upper: upper?.value ?? null };
  }
  const onScale = scale === 'positive' ? values.map(Math.log) : values;
  if (values.length < 3 || !onScale.every(Number.isFinite)) return { lower: null, upper: null };
  const { lower, upper } = meanEstimate(onScale, confidence) ?? { lower: null, upper: null };
  const back = (bound: number | null) => (bound === null || scale === 'signed' ? bound : Math.exp(bound));
  return { lower: back(lower), upper: back(upper) };
}
