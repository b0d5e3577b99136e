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

interface WorstOf {
  readonly id: string;
  readonly machines: readonly Watched[];
  /** Null where that machine cannot tell. */
  measure(it: Watched, index: number): number | null;
  readonly limit: number;
  /** What the worst value is. */
  words(value: number): string;
  /** Where no machine can tell. */
  readonly unknown?: string;
  readonly hint: string;
}

/**
 * The worst machine counts. One above the limit is enough to fail; below it nothing is said unless all can tell, since the
 * one that cannot may be the bad one.
 */
function worstGate({ id, machines, measure, limit, words, unknown = 'not known', hint }: WorstOf): Gate {
  const all = machines.map((it, index) => ({ machine: it.machine, value: finite(measure(it, index)) }));
  const blind = all.filter((it) => it.value === null).map((it) => it.machine);
  const [worst] = all
    .flatMap(({ machine, value }) => (value === null ? [] : [{ machine, value }]))
    .toSorted(descending);
  if (worst === undefined) return gate(id, null, unknown, hint);
  const where = machines.length > 1 ? ` (${worst.machine})` : '';
  const but = blind.length === 0 ? '' : `; not known of ${blind.join(', ')}`;
  const ok = worst.value > limit ? false : blind.length === 0 || null;
  return gate(id, ok, `${words(worst.value)}${where}${but}`, hint);
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function descending(a: { readonly value: number }, b: { readonly value: number }): number {
  return b.value - a.value;
}

function generatorCpu(result: LoadResult, generators: readonly Watched[]): Gate {
  // Shares are in the order of their machines.
  const cpuOf = (index: number): number | null =>
    result.shares === undefined ? result.generatorCpuNs : (result.shares[index]?.cpuNs ?? null);
  const cores = generators[0]?.after.cores.length ?? 0;
  return worstGate({
    id: 'generator-cpu',
    machines: generators,
    measure: ({ after }, index) => {
      const cpuNs = cpuOf(index);
      return cpuNs === null ? null : cpuNs / result.durationNs / after.cores.length;
    },
    limit: 0.8,
    words: (value) => `the generator took ${percent(value)} of ${cores} processors (limit 80 %)`,
    hint: 'a busy generator measures itself: lower the rate, or give it more processors',
  });
}

function coresFree(generators: readonly Watched[]): Gate {
  return worstGate({
    id: 'processors-free',
    machines: generators,
    measure: ({ before, after }) => {
      const shares = after.cores.map((core, i) => {
        const total = core.total - (before.cores[i]?.total ?? 0);
        return total <= 0 ? 0 : (core.busy - (before.cores[i]?.busy ?? 0)) / total;
      });
      return shares.length === 0 ? null : Math.max(...shares);
    },
    limit: 0.9,
    words: (value) => `the busiest processor was busy for ${percent(value)} of the time (limit 90 %)`,
    hint: 'generator and target waited for processors: this is what the machine can do, not what they need',
  });
}

/**
 * A request is late when its processor is away at the moment when it is due, and again when it is when the answer comes: from
 * half a percent on that is one request in a hundred, and p99 is made of those.
 */
const STEAL_LIMIT = 0.005;

function steal(machines: readonly Watched[]): Gate {
  return worstGate({
    id: 'steal',
    machines,
    measure: ({ before, after }) => shareOfTime(before, after, 'steal'),
    limit: STEAL_LIMIT,
    words: (value) => `${percent(value, 2)} of processor time (limit 0.5 %)`,
    hint: 'a busy hypervisor: run again at another time',
  });
}

function pressure(generators: readonly Watched[]): Gate {
  return worstGate({
    id: 'cpu-pressure',
    machines: generators,
    measure: ({ before, after }) => {
      if (before.cpuPressureUs === null || after.cpuPressureUs === null) return null;
      return (after.cpuPressureUs - before.cpuPressureUs) / ((after.atNs - before.atNs) / 1000);
    },
    limit: 0.5,
    words: (value) => `somebody waited for a processor for ${percent(value)} of the time (limit 50 %)`,
    unknown: 'the kernel has no PSI',
    hint: 'something else ran, or the load is more than the machine can do without queues',
  });
}

function retransmits(machines: readonly Watched[]): Gate {
  const between = ({ before, after }: Watched, key: 'segmentsSent' | 'segmentsRetransmitted' | 'segmentsSentInVain') =>
    after[key] - before[key];
  return worstGate({
    id: 'retransmits',
    // What sent nothing has lost nothing.
    machines: machines.filter((it) => between(it, 'segmentsSent') > 0),
    measure: (it) => {
      const lost = between(it, 'segmentsRetransmitted') - between(it, 'segmentsSentInVain');
      return Math.max(0, lost) / between(it, 'segmentsSent');
    },
    limit: 0.001,
    words: (value) => `${percent(value, 3)} of TCP segments were sent again for want of the first (limit 0.1 %)`,
    unknown: 'no TCP segment was sent here',
    hint: 'a lossy network adds waits of 200 ms and more that are not the target’s',
  });
}

function queues(machines: readonly Watched[]): Gate {
  return worstGate({
    id: 'accepted',
    machines,
    measure: ({ before, after }) => after.listenOverflows - before.listenOverflows,
    limit: 0,
    words: (value) => `${value} connections found a full listen queue`,
    hint: 'the server does not accept in time; what its clients then wait for is TCP’s own timer',
  });
}
