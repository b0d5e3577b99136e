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
}

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
  const at = (p: number) => (isShown(p, histogram.count) ? histogram.quantile(p) : null);
  return {
    n: histogram.count,
    p50Ns: at(0.5),
    p90Ns: at(0.9),
    p99Ns: at(0.99),
    p999Ns: at(0.999),
    maxNs: histogram.max,
  };
}

export function latencySpreads(blocks: readonly Histogram[]): LatencySpreads {
  const at = (p: number) =>
    spreadOf(blocks.map((histogram) => ({ value: isShown(p, histogram.count) ? histogram.quantile(p) : null })));
  return {
    p50Ns: at(0.5),
    p90Ns: at(0.9),
    p99Ns: at(0.99),
    p999Ns: at(0.999),
    maxNs: spreadOf(blocks.map((histogram) => ({ value: histogram.max }))),
  };
}
