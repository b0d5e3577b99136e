import type { DescriptorRecord, FailureCount, TargetCpu } from '../runs/schema.ts';

/** A part of what runs on the machine under test. `proxy`: what stands before the gateway; `harness`: ours. */
export type UsagePart = 'gateway' | 'proxy' | 'provider' | 'function' | 'harness' | 'rest';

export interface UsageProcess {
  readonly pid: number;
  readonly parent: number;
  /** Tells it from a later process with the same pid. */
  readonly started: number;
  readonly part: UsagePart;
  readonly cpuNs: number;
  /** Of its children that have ended and were waited for, theirs included. */
  readonly childrenCpuNs: number;
  readonly files: { readonly open: number; readonly limit: number | null } | null;
}

/** What counts by itself on the machine under test, at one moment. */
export interface Usage {
  /** All that ran there, ended or not; null where nothing counts it. */
  readonly wholeCpuNs: number | null;
  /** The function's cgroup. */
  readonly functionCpuNs: number | null;
  readonly processes: readonly UsageProcess[];
}

/**
 * Processor time of the target between two readings, by part. A process counts with its children that have ended, so that
 * those which live for a moment are not lost; the function counts by its cgroup.
 *
 * @param requests all that were sent meanwhile, the warm-up's too
 * @param generatorNs what the generator took on the same machine; 0 where it ran elsewhere, null where nobody knows
 */
export function targetCpu(
  before: Usage,
  after: Usage,
  { requests, generatorNs }: { readonly requests: number; readonly generatorNs: number | null },
): TargetCpu | null {
  if (requests === 0) return null;
  const spent = spentByPart(before, after);
  const inFunction = differenceOf(before.functionCpuNs, after.functionCpuNs);
  const each = (ns: number): number => Math.max(0, ns) / requests;
  const whole = differenceOf(before.wholeCpuNs, after.wholeCpuNs);
  const ours = generatorNs === null ? null : generatorNs + spent('harness');
  return {
    requests,
    perRequestNs: {
      gateway: each(spent('gateway')),
      proxy: each(spent('proxy')),
      provider: each(spent('provider')),
      function: each(inFunction ?? spent('function')),
      rest: each(spent('rest')),
    },
    wholePerRequestNs: whole === null || ours === null ? null : each(whole - ours),
  };
}

function differenceOf(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}

function spentByPart(before: Usage, after: Usage): (part: UsagePart) => number {
  const was = new Map(before.processes.map((it) => [keyOf(it), it]));
  const is = new Set(after.processes.map(keyOf));
  const sums = new Map<UsagePart, number>();
  const add = (part: UsagePart, ns: number) => sums.set(part, (sums.get(part) ?? 0) + ns);
  for (const it of after.processes) {
    const old = was.get(keyOf(it));
    add(it.part, it.cpuNs + it.childrenCpuNs - (old === undefined ? 0 : old.cpuNs + old.childrenCpuNs));
  }
  // What one had taken before is in the sum of the children of whoever waited for it.
  for (const gone of before.processes) {
    if (is.has(keyOf(gone))) continue;
    const parent = before.processes.find((it) => it.pid === gone.parent);
    if (parent !== undefined && is.has(keyOf(parent))) add(parent.part, -(gone.cpuNs + gone.childrenCpuNs));
  }
  return (part) => sums.get(part) ?? 0;
}

function keyOf({ pid, started }: UsageProcess): string {
  return `${pid} ${started}`;
}

/** From this share of its limit on a process is said to have run out of descriptors. */
const FULL_SHARE = 0.9;
const NO_DESCRIPTOR = /too many open files|EMFILE/i;

/**
 * Descriptors of gateway, provider and what stands before the gateway.
 *
 * @param most the most that were seen open in between, by process
 */
export function descriptorRecords(
  before: Usage,
  after: Usage,
  most: ReadonlyMap<number, number>,
  failures: readonly FailureCount[],
): DescriptorRecord[] {
  return after.processes.flatMap(({ pid, part, files }) => {
    if (files === null || (part !== 'gateway' && part !== 'proxy' && part !== 'provider')) return [];
    const old = before.processes.find((it) => it.pid === pid)?.files?.open ?? null;
    const highest = Math.max(files.open, old ?? 0, most.get(pid) ?? 0);
    const isFull = files.limit !== null && highest >= FULL_SHARE * files.limit;
    // The words come from the gateway whoever of the two it was; a failed dial of its own names it.
    const said = failures.some((it) => it.origin === part && it.words !== null && NO_DESCRIPTOR.test(it.words));
    return [{ part, limit: files.limit, before: old, after: files.open, most: highest, ranOut: isFull || said }];
  });
}
