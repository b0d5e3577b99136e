import { median, samplesNeeded } from '../../harness/statistics/quantile.ts';

/**
 * Median of one value per block, with the least and the greatest of them. One block says nothing about others: then
 * `lower` and `upper` are the exact 95 % interval of its own quantile, or null for what has none.
 */
export interface Spread {
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly kind: 'blocks' | 'interval' | null;
  /** That have a value. */
  readonly blocks: number;
}

/** One block's value; null where it has none. */
interface BlockValue {
  readonly value: number | null;
  /** Of that block alone. */
  readonly interval?: { readonly lower: number | null; readonly upper: number | null };
}

export function spreadOf(blocks: readonly BlockValue[]): Spread {
  const known = blocks.flatMap(({ value, interval }) => (value === null ? [] : [{ value, interval }]));
  const values = known.map((it) => it.value);
  const value = median(values);
  const [only, another] = known;
  if (another === undefined) {
    const interval = only?.interval;
    const bounded = interval !== undefined && interval.lower !== null && interval.upper !== null;
    return {
      value,
      lower: bounded ? interval.lower : null,
      upper: bounded ? interval.upper : null,
      kind: bounded ? 'interval' : null,
      blocks: known.length,
    };
  }
  return { value, lower: least(values), upper: greatest(values), kind: 'blocks', blocks: known.length };
}

/** From how many values on a quantile is shown at all: below, its 95 % interval lacks a bound. */
export function isShown(p: number, n: number): boolean {
  return n >= (p > 0.9 ? samplesNeeded(p) : 1);
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}
