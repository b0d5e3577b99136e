import type { FootprintSample, LoadSample, MemorySample } from '../harness/runs/schema.ts';
import { formatBytes, formatMicroseconds, formatMs } from './format.ts';

/** As names of CSV's columns end; times are nanoseconds wherever they are kept. */
type Unit = 'bytes' | 'ns' | 'ns_per_request';

/** All that a table, a chart or a file has to know of one figure, so that none of them has a case for it. */
interface Measure {
  /** Head of its column in the terminal, where room is dear. */
  readonly column: string;
  /** Head of its column on the page. */
  readonly heading: string;
  /** Its name in files, without the unit. */
  readonly csv: string;
  readonly unit: Unit;
}

/** What is read again and again, and how many readings become one. Mean: each weighs as much as it had requests. */
export interface ReadMeasure extends Measure {
  readonly reduce: 'median' | 'mean';
}

/** A measure and the name that its figure has in records and summaries. */
type Keyed<K extends string, M> = M & { readonly key: K };

const FORMATS: Readonly<Record<Unit, (value: number | null | undefined) => string>> = {
  bytes: formatBytes,
  ns: formatMs,
  ns_per_request: formatMicroseconds,
};

/** For people: bytes in the unit that fits, times in ms, those of one request in µs. */
export function formatFigure({ unit }: Measure, value: number | null | undefined): string {
  return FORMATS[unit](value);
}

/** For files, which have the number as it is. */
export function csvName({ csv, unit }: Measure): string {
  return `${csv}_${unit}`;
}

/** In the order in which they are written down; the compiler asks for each figure of `K`. */
function listed<K extends string, M>(table: Readonly<Record<K, M>>): readonly Keyed<K, M>[] {
  // What is known of the table's keys, Object.keys does not say.
  return (Object.keys(table) as K[]).map((key) => ({ ...table[key], key }));
}

/** One value for each measure, under its key. */
export function figuresOf<M extends { readonly key: string }, V>(
  measures: readonly M[],
  of: (measure: M) => V,
): Readonly<Record<M['key'], V>> {
  const entries = measures.map((measure) => [measure.key, of(measure)] as const);
  // Lists of measures have each of their keys, which Object.fromEntries does not say.
  return Object.fromEntries(entries) as Record<M['key'], V>;
}

export type FootprintFigure = Extract<keyof FootprintSample, `${string}Bytes`>;
export type MemoryFigure = Extract<keyof MemorySample, `${string}Bytes`>;

interface MemoryMeasure extends ReadMeasure {
  /** What it is called as a part of a stacked bar, and the number of its colour; null where it overlaps other parts. */
  readonly bar: { readonly label: string; readonly colour: number } | null;
}

const bytes = { unit: 'bytes', reduce: 'median', bar: null } as const;
const cgroupBytes: MemoryMeasure = { ...bytes, column: 'cgroup', heading: 'cgroup', csv: 'cgroup' };
/** PSS shares pages fairly among processes. */
const processes = {
  functionPssBytes: {
    ...bytes,
    ...{ column: 'process', heading: 'function, PSS', csv: 'function_pss' },
    bar: { label: 'function, PSS', colour: 1 },
  },
  shimPssBytes: {
    ...bytes,
    ...{ column: 'shim', heading: 'shim, PSS', csv: 'shim_pss' },
    bar: { label: 'containerd shim, PSS', colour: 0 },
  },
  collectorPssBytes: {
    ...bytes,
    ...{ column: 'collector', heading: 'collector, PSS', csv: 'collector_pss' },
    bar: { label: 'log collector, PSS', colour: 3 },
  },
} satisfies Partial<Record<FootprintFigure, MemoryMeasure>>;

/** Memory of a function that is warm and idle after its last cold start. */
export const memoryMeasures = listed<MemoryFigure, MemoryMeasure>({ cgroupBytes, ...processes });

/** Memory at one moment of a function's life. */
export const footprintMeasures = listed<FootprintFigure, MemoryMeasure>({
  cgroupBytes,
  cgroupPeakBytes: { ...bytes, column: 'its peak', heading: 'its peak', csv: 'cgroup_peak' },
  ...processes,
  machineAvailableBytes: { ...bytes, column: 'available', heading: 'available', csv: 'machine_available' },
});

export type CpuPart = keyof NonNullable<LoadSample['targetCpu']>['perRequestNs'];

const perRequest = { unit: 'ns_per_request', reduce: 'mean' } as const;

/** Whose processor time a request took on the machine under test. */
export const cpuParts = listed<CpuPart, ReadMeasure>({
  gateway: { ...perRequest, column: 'gateway', heading: 'Gateway', csv: 'cpu_gateway' },
  proxy: { ...perRequest, column: 'proxy', heading: 'Proxy', csv: 'cpu_proxy' },
  provider: { ...perRequest, column: 'provider', heading: 'Provider', csv: 'cpu_provider' },
  function: { ...perRequest, column: 'function', heading: 'Function', csv: 'cpu_function' },
  rest: { ...perRequest, column: 'rest', heading: 'Rest', csv: 'cpu_rest' },
});

/** Read by itself: what the parts should add up to. */
export const cpuWhole = { ...perRequest, key: 'whole', column: 'whole', heading: 'Whole', csv: 'cpu_whole' } as const;
const cpuTotal = { ...perRequest, key: 'total', column: 'total', heading: 'Total', csv: 'cpu_total' } as const;

/** The parts, their sum, and the whole. */
export const cpuMeasures = [...cpuParts, cpuTotal, cpuWhole];

export type LatencyFigure = 'p50Ns' | 'p90Ns' | 'p99Ns' | 'p999Ns' | 'maxNs';

interface LatencyMeasure extends Measure {
  /** Which quantile of the requests of one block it is. */
  readonly order: number;
  /** Shown with how far it may be off. */
  readonly isRanged: boolean;
}

const latency = { unit: 'ns', isRanged: false } as const;

/** Latencies of one block's requests; over blocks the middle one, never a quantile of several blocks' requests together. */
export const latencyMeasures = listed<LatencyFigure, LatencyMeasure>({
  p50Ns: { ...latency, order: 0.5, column: 'p50', heading: 'p50', csv: 'p50', isRanged: true },
  p90Ns: { ...latency, order: 0.9, column: 'p90', heading: 'p90', csv: 'p90' },
  p99Ns: { ...latency, order: 0.99, column: 'p99', heading: 'p99', csv: 'p99', isRanged: true },
  p999Ns: { ...latency, order: 0.999, column: 'p99.9', heading: 'p99.9', csv: 'p999' },
  maxNs: { ...latency, order: 1, column: 'max', heading: 'Max', csv: 'max' },
});
