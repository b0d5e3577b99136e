import { decodeHistogram, emptyHistogram, type Histogram } from '../../harness/statistics/histogram.ts';
import { isShown, type Spread, spreadOf } from './spread.ts';

/** Latencies of one block. A quantile is null where the block has too few requests for it: p99 needs 368. */
export interface Latencies {
  readonly n: number;
  readonly p50Ns: number | null;
  readonly p90Ns: number | null;
  readonly p99Ns: number | null;
  readonly p999Ns: number | null;
  readonly maxNs: number | null;
  /** Null because so many requests never got a right answer, and not for being too few. */
  readonly never: readonly LatencyFigure[];
}

export type LatencyFigure = 'p50Ns' | 'p90Ns' | 'p99Ns' | 'p999Ns' | 'maxNs';

const ORDERS: Readonly<Record<LatencyFigure, number>> = {
  p50Ns: 0.5,
  p90Ns: 0.9,
  p99Ns: 0.99,
  p999Ns: 0.999,
  maxNs: 1,
};

/** The same over blocks: never a percentile of several blocks' requests together. */
export interface LatencySpreads {
  readonly p50Ns: Spread;
  readonly p90Ns: Spread;
  readonly p99Ns: Spread;
  readonly p999Ns: Spread;
  readonly maxNs: Spread;
}

/** Histograms of one block, which may be merged: they are of the same machine and deployment. */
export function merged(encoded: readonly string[]): Histogram {
  const [first, ...others] = encoded;
  if (first === undefined) return emptyHistogram();
  const sum = decodeHistogram(first);
  for (const it of others) sum.add(decodeHistogram(it));
  return sum;
}

export function latenciesOf(histogram: Histogram): Latencies {
  const at = (figure: LatencyFigure) => figureOf(histogram, figure);
  const finite = (figure: LatencyFigure) => (Number.isFinite(at(figure)) ? at(figure) : null);
  const never = (['p50Ns', 'p90Ns', 'p99Ns', 'p999Ns', 'maxNs'] as const).filter((it) => at(it) === NEVER);
  return {
    n: histogram.count,
    p50Ns: finite('p50Ns'),
    p90Ns: finite('p90Ns'),
    p99Ns: finite('p99Ns'),
    p999Ns: finite('p999Ns'),
    maxNs: finite('maxNs'),
    never,
  };
}

export function latencySpreads(blocks: readonly Histogram[]): LatencySpreads {
  const over = (figure: LatencyFigure) => spreadOf(blocks.map((histogram) => ({ value: figureOf(histogram, figure) })));
  return {
    p50Ns: over('p50Ns'),
    p90Ns: over('p90Ns'),
    p99Ns: over('p99Ns'),
    p999Ns: over('p999Ns'),
    maxNs: over('maxNs'),
  };
}

const NEVER = Number.POSITIVE_INFINITY;

/** Nanoseconds; Infinity for never, null where there are too few requests. */
export function figureOf(histogram: Histogram, figure: LatencyFigure): number | null {
  const p = ORDERS[figure];
  if (histogram.count === 0 || (p < 1 && !isShown(p, histogram.count))) return null;
  return histogram.isNever(p) ? NEVER : histogram.quantile(p);
}
