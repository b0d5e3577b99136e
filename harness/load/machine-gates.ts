import { percent } from '../core/percent.ts';
import { type Gate, gate } from '../runs/schema.ts';
import { type KernelCounters, shareOfTime } from './counters.ts';
import type { LoadResult } from './load.ts';

/** What the kernel of one machine has counted around a measurement. */
export interface Watched {
  /** For messages. */
  readonly machine: string;
  /** Load came from here. The machine under test does so, too, unless there are machines for it. */
  readonly generates: boolean;
  readonly before: KernelCounters;
  readonly after: KernelCounters;
}

/** What the kernel of one machine has counted by now. */
export type Reading = Pick<Watched, 'machine' | 'generates'> & { readonly counters: KernelCounters };

/** Pairs readings of the same machines. */
export function watched(before: readonly Reading[], after: readonly Reading[]): readonly Watched[] {
  return after.flatMap(({ machine, generates, counters }, index) => {
    const earlier = before[index];
    return earlier === undefined ? [] : [{ machine, generates, before: earlier.counters, after: counters }];
  });
}

/** What a kernel can say against a measurement; of several machines the worst one counts. */
export function machineGates(result: LoadResult, machines: readonly Watched[]): readonly Gate[] {
  const generators = machines.filter((it) => it.generates);
  return [
    generatorCpu(result, generators),
    coresFree(generators),
    steal(machines),
    pressure(generators),
    retransmits(machines),
    queues(machines),
  ];
}

interface Worst {
  readonly value: number;
  /** Which machine it is of, where there are several. */
  readonly where: string;
}

/** Null where no machine can tell. */
function worst(machines: readonly Watched[], measure: (it: Watched, index: number) => number | null): Worst | null {
  const known = machines.flatMap((it, index) => {
    const value = measure(it, index);
    return value === null || !Number.isFinite(value) ? [] : [{ value, it }];
  });
  const [first] = known.toSorted((a, b) => b.value - a.value);
  if (first === undefined) return null;
  return { value: first.value, where: machines.length > 1 ? ` (${first.it.machine})` : '' };
}

function generatorCpu(result: LoadResult, generators: readonly Watched[]): Gate {
  // Shares are in the order of their machines.
  const cpuOf = (index: number): number | null =>
    result.shares === undefined ? result.generatorCpuNs : (result.shares[index]?.cpuNs ?? null);
  const found = worst(generators, ({ after }, index) => {
    const cpuNs = cpuOf(index);
    return cpuNs === null ? null : cpuNs / result.durationNs / after.cores.length;
  });
  const cores = generators[0]?.after.cores.length ?? 0;
  return gate(
    'generator-cpu',
    found === null ? null : found.value <= 0.8,
    found === null
      ? 'not known'
      : `the generator took ${percent(found.value)} of ${cores} processors (limit 80 %)${found.where}`,
    'a busy generator measures itself: lower the rate, or give it more processors',
  );
}

function coresFree(generators: readonly Watched[]): Gate {
  const found = worst(generators, ({ before, after }) => {
    const shares = after.cores.map((core, i) => {
      const total = core.total - (before.cores[i]?.total ?? 0);
      return total <= 0 ? 0 : (core.busy - (before.cores[i]?.busy ?? 0)) / total;
    });
    return shares.length === 0 ? null : Math.max(...shares);
  });
  return gate(
    'processors-free',
    found === null ? null : found.value <= 0.9,
    found === null
      ? 'not known'
      : `the busiest processor was busy for ${percent(found.value)} of the time (limit 90 %)${found.where}`,
    'generator and target waited for processors: this is what the machine can do, not what they need',
  );
}

/**
 * A request is late when its processor is away at the moment when it is due, and again when it is when the answer comes: from
 * half a percent on that is one request in a hundred, and p99 is made of those.
 */
const STEAL_LIMIT = 0.005;

function steal(machines: readonly Watched[]): Gate {
  const found = worst(machines, ({ before, after }) => shareOfTime(before, after, 'steal'));
  return gate(
    'steal',
    found === null ? null : found.value <= STEAL_LIMIT,
    found === null ? 'not known' : `${percent(found.value, 2)} of processor time (limit 0.5 %)${found.where}`,
    'a busy hypervisor: run again at another time',
  );
}

function pressure(generators: readonly Watched[]): Gate {
  const found = worst(generators, ({ before, after }) => {
    if (before.cpuPressureUs === null || after.cpuPressureUs === null) return null;
    return (after.cpuPressureUs - before.cpuPressureUs) / ((after.atNs - before.atNs) / 1000);
  });
  return gate(
    'cpu-pressure',
    found === null ? null : found.value <= 0.5,
    found === null
      ? 'the kernel has no PSI'
      : `somebody waited for a processor for ${percent(found.value)} of the time (limit 50 %)${found.where}`,
    'something else ran, or the load is more than the machine can do without queues',
  );
}

function retransmits(machines: readonly Watched[]): Gate {
  const found = worst(machines, ({ before, after }) => {
    const sent = after.segmentsSent - before.segmentsSent;
    return sent <= 0 ? null : (after.segmentsRetransmitted - before.segmentsRetransmitted) / sent;
  });
  return gate(
    'retransmits',
    found === null ? null : found.value <= 0.001,
    found === null
      ? 'no TCP segment was sent here'
      : `${percent(found.value, 3)} of TCP segments (limit 0.1 %)${found.where}`,
    'a lossy network adds waits of 200 ms and more that are not the target’s',
  );
}

function queues(machines: readonly Watched[]): Gate {
  const found = worst(machines, ({ before, after }) => after.listenOverflows - before.listenOverflows);
  return gate(
    'accepted',
    found === null ? null : found.value === 0,
    found === null ? 'not known' : `${found.value} connections found a full listen queue${found.where}`,
    'the server does not accept in time; what its clients then wait for is TCP’s own timer',
  );
}
