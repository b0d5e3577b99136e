import { decodeHistogram, emptyHistogram, type Histogram } from '../../harness/statistics/histogram.ts';
import { figuresOf, type LatencyFigure, latencyMeasures } from '../measures.ts';
import { isShown, type Spread, spreadOf } from './spread.ts';

/** Latencies of one block. A quantile is null where the block has too few requests for it: p99 needs 368. */
export interface Latencies extends Readonly<Record<LatencyFigure, number | null>> {
  readonly n: number;
  /** Null because so many requests never got a right answer, and not for being too few. */
  readonly never: readonly LatencyFigure[];
}

/** The same over blocks. */
export type LatencySpreads = Readonly<Record<LatencyFigure, Spread>>;

/** Histograms of one block, which may be merged: they are of the same machine and deployment. */
export function merged(encoded: readonly string[]): Histogram {
  const [first, ...others] = encoded;
  if (first === undefined) return emptyHistogram();
  const sum = decodeHistogram(first);
  for (const it of others) sum.add(decodeHistogram(it));
  return sum;
}

export function latenciesOf(histogram: Histogram): Latencies {
  const values = figuresOf(latencyMeasures, ({ key }) => figureOf(histogram, key));
  const finite = figuresOf(latencyMeasures, ({ key }) => (Number.isFinite(values[key]) ? values[key] : null));
  const never = latencyMeasures.filter(({ key }) => values[key] === NEVER).map(({ key }) => key);
  return { n: histogram.count, ...finite, never };
}

export function latencySpreads(blocks: readonly Histogram[]): LatencySpreads {
  return figuresOf(latencyMeasures, ({ key }) =>
    spreadOf(blocks.map((histogram) => ({ value: figureOf(histogram, key) }))),
  );
}

const NEVER = Number.POSITIVE_INFINITY;
const ORDERS = figuresOf(latencyMeasures, ({ order }) => order);

/** Nanoseconds; Infinity for never, null where there are too few requests. */
export function figureOf(histogram: Histogram, figure: LatencyFigure): number | null {
  const p = ORDERS[figure];
  if (histogram.count === 0 || (p < 1 && !isShown(p, histogram.count))) return null;
  return histogram.isNever(p) ? NEVER : histogram.quantile(p);
}
