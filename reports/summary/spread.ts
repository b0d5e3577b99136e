import { middleInterval, type Scale } from '../../harness/statistics/middle.ts';
import { median, samplesNeeded } from '../../harness/statistics/quantile.ts';
import { FEWEST_BLOCKS } from '../../harness/statistics/ratio.ts';

/** Median of one value per block, and what is known of how far it may be off. */
export interface Spread {
  readonly value: number | null;
  /** `value` is null because it is infinite: what was waited for never came. */
  readonly never: boolean;
  readonly lower: number | null;
  readonly upper: number | null;
  /**
   * `interval`: 95 %, over three blocks or more. `range`: least and greatest of those that there are. `within`: 95 % of
   * the only one, which knows nothing of others. Null: nothing is known.
   */
  readonly kind: 'interval' | 'range' | 'within' | null;
  /** That have a value. */
  readonly blocks: number;
}

/** One block's value; null where it has none, Infinity for never. */
interface BlockValue {
  readonly value: number | null;
  /** Of that block alone, by a method that knows how its readings depend on each other. */
  readonly interval?: { readonly lower: number | null; readonly upper: number | null };
}

/**
 * From three blocks on there is an interval ({@link middleInterval}), widened where the median lies outside.
 *
 * @param scale `signed` for what could also be 0 or less, even where no value is
 */
export function spreadOf(blocks: readonly BlockValue[], scale: Scale = 'positive'): Spread {
  const known = blocks.flatMap(({ value, interval }) => (value === null ? [] : [{ value, interval }]));
  const values = known.map((it) => it.value);
  const middle = median(values);
  const never = middle === Number.POSITIVE_INFINITY;
  const place = { value: never ? null : middle, never, blocks: known.length };
  const none = { ...place, lower: null, upper: null, kind: null };
  // Where one block waits for ever there is no mean.
  if (!values.every(Number.isFinite)) return none;
  const { lower, upper, kind } = boundsOf(values, middle, scale, known[0]?.interval);
  return lower === null || upper === null ? none : { ...place, lower, upper, kind };
}

/** The least and the greatest, of as many blocks as there are: for what comes in steps, whose agreement proves nothing. */
export function rangeOf(values: readonly number[]): Spread {
  const ascending = values.toSorted((a, b) => a - b);
  const [lower, upper] = values.length < 2 ? [null, null] : [ascending[0] ?? null, ascending.at(-1) ?? null];
  return {
    value: median(values),
    never: false,
    lower,
    upper,
    kind: lower === null ? null : 'range',
    blocks: values.length,
  };
}

function boundsOf(values: readonly number[], middle: number | null, scale: Scale, own: BlockValue['interval']) {
  if (values.length === 1) return { lower: own?.lower ?? null, upper: own?.upper ?? null, kind: 'within' as const };
  if (values.length < FEWEST_BLOCKS || middle === null) {
    const { lower, upper } = rangeOf(values);
    return { lower, upper, kind: 'range' as const };
  }
  // What is 0 has no logarithm, whatever it was taken for.
  const arePositive = values.every((value) => value > 0);
  const { lower, upper } = middleInterval(values, arePositive ? scale : 'signed');
  const [low, high] = [
    lower === null ? null : Math.min(middle, lower),
    upper === null ? null : Math.max(middle, upper),
  ];
  return { lower: low, upper: high, kind: 'interval' as const };
}

/** From how many values on a quantile is shown at all: below, its 95 % interval lacks a bound. */
export function isShown(p: number, n: number): boolean {
  return n >= (p > 0.9 ? samplesNeeded(p) : 1);
}
