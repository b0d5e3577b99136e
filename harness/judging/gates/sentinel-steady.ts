import type { Finding, SentinelSample } from '../../runs/schema.ts';
import { median } from '../../statistics/median.ts';
import { hasColdStarts, kindOf, type RunEvidence, type RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

/**
 * By which factor the warm latency may change between two sides, by how many groups of requests the smaller side has. A
 * single group moves by chance alone as far as four together do not: `docs/method.md` has the rates.
 */
const BETWEEN_SIDES = [2, 1.75, 1.75, 1.5] as const;
/** Both of two groups in a row against the machine's typical one: what lasts, but not for half of a run. */
const IN_A_ROW = 1.75;
/** Any single group against the typical one. */
const AT_ALL = 4;

/** One warm request, as its record has it. */
type Warm = Pick<SentinelSample, 'platform' | 'block' | 'position' | 'correct' | 'latencyNs'>;

interface Group {
  readonly block: number;
  readonly position: SentinelSample['position'];
  /** Infinite when half of the requests or more were answered wrong or not at all. */
  readonly logLatency: number;
}

/** How far one comparison is off, and how far it may be; both as logarithms. */
interface Deviation {
  readonly what: string;
  readonly by: number;
  readonly limit: number;
}

/** Is the machine at the end of each block, and at the end of the run, the one that it was? */
export const sentinelSteady: RunGate = {
  id: 'sentinel-steady',
  limit: 'a factor of 1.5 to 2 from side to side by how many blocks there are, of 1.75 twice in a row, of 4 once',
  hint: 'the machine or platform itself changed while it was measured: something else ran, or state piled up',
  mustLook: true,
  applies: hasColdStarts,
  judge: (evidence) => changeOf(kindOf(evidence.records, 'sentinel'), evidence.coldStarts, evidence),
};

/**
 * Each group of warm requests, before or after one block, counts by its median. Compared are the second half of the groups
 * with the first, the middle half with both ends, those after a block with those before it, each two in a row and each by
 * itself with the typical one.
 */
export function changeOf(
  sentinels: readonly Warm[],
  samples: readonly Pick<SentinelSample, 'platform' | 'block'>[],
  { interrupted, lanes }: Pick<RunEvidence, 'interrupted' | 'lanes'>,
): Finding {
  // Blocks are numbered around the machines of a platform.
  const machineOf = ({ platform, block }: { platform: string; block: number }) =>
    lanes > 1 ? `${platform}, machine ${(block % lanes) + 1}` : platform;
  const requests = Math.max(0, ...[...Map.groupBy(sentinels, groupKey).values()].map((own) => own.length));
  // A block without its requests has two silent groups; in a run that was cut short they were still to come.
  const blocks = interrupted ? sentinels : [...sentinels, ...samples];
  const machines = [...Map.groupBy(blocks, machineOf)].map(([name, own]) => {
    const numbers = new Set(own.map((it) => it.block));
    const seen = sentinels.filter((it) => machineOf(it) === name);
    return { name, groups: groupsOf(seen, [...numbers], interrupted ? 0 : requests) };
  });
  if (machines.every(({ groups }) => groups.length < 2)) {
    return { ok: null, measured: 'no warm requests before and after a block' };
  }
  const silent = machines.flatMap(({ name, groups }) =>
    groups.filter(isSilent).map((it) => `${it.position} block ${it.block} on ${name}`),
  );
  if (silent.length > 0) {
    return { ok: false, measured: `half or more of the warm requests were not answered right ${some(silent)}` };
  }
  const deviations = machines.flatMap(({ name, groups }) =>
    deviationsOf(groups.map((it) => it.logLatency)).map((it) => ({ ...it, what: `${name}: ${it.what}` })),
  );
  const [worst] = deviations.toSorted((a, b) => b.by / b.limit - a.by / a.limit);
  if (worst === undefined) return { ok: null, measured: 'no block has warm requests before and after it' };
  const factors = `a factor of ${Math.exp(worst.by).toFixed(2)} (limit ${Math.exp(worst.limit).toFixed(2)})`;
  return { ok: worst.by <= worst.limit, measured: `${worst.what} by ${factors}` };
}

function groupKey({ platform, block, position }: Warm): string {
  return JSON.stringify([platform, block, position]);
}

function isSilent({ logLatency }: Group): boolean {
  return !Number.isFinite(logLatency);
}

/** In the order of time. */
function groupsOf(own: readonly Warm[], blocks: readonly number[], requests: number): readonly Group[] {
  const places = blocks
    .toSorted((a, b) => a - b)
    .flatMap((block) => (['before', 'after'] as const).map((position) => ({ block, position })));
  return places.flatMap(({ block, position }) => {
    const seen = own.filter((it) => it.block === block && it.position === position);
    const latencies = seen.map((it) =>
      it.correct ? (it.latencyNs ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
    );
    const missing = Array.from({ length: Math.max(0, requests - seen.length) }, () => Number.POSITIVE_INFINITY);
    const all = [...latencies, ...missing];
    return all.length === 0 ? [] : [{ block, position, logLatency: Math.log(median(all)) }];
  });
}

/** `groups` are logarithms, alternately before and after a block. */
function deviationsOf(groups: readonly number[]): readonly Deviation[] {
  const half = Math.floor(groups.length / 2);
  if (half === 0) return [];
  const typical = median(groups);
  const off = groups.map((it) => it - typical);
  const steps = Array.from({ length: half }, (_, block) => (groups[2 * block + 1] ?? 0) - (groups[2 * block] ?? 0));
  const pairs = off.slice(1).map((it, i) => lesserOf(off[i] ?? 0, it));
  const limit = Math.log(BETWEEN_SIDES[Math.min(half, BETWEEN_SIDES.length) - 1] ?? 1);
  const between = (one: readonly number[], other: readonly number[]) => Math.abs(median(one) - median(other));
  const quarter = Math.floor(half / 2);
  const ends = [...groups.slice(0, quarter), ...groups.slice(-quarter)];
  return [
    {
      what: 'the second half of the warm requests differs from the first',
      by: between(groups.slice(-half), groups.slice(0, half)),
      limit,
    },
    ...(quarter === 0
      ? []
      : [
          {
            what: 'the middle half of the warm requests differs from both ends',
            by: between(groups.slice(quarter, -quarter), ends),
            limit,
          },
        ]),
    { what: 'warm requests after blocks differ from those before', by: Math.abs(median(steps)), limit },
    { what: 'warm requests were off twice in a row', by: Math.max(...pairs), limit: Math.log(IN_A_ROW) },
    { what: 'warm requests were off once', by: Math.max(...off.map(Math.abs)), limit: Math.log(AT_ALL) },
  ];
}

/** How far both are off to the same side; 0 for different sides. */
function lesserOf(a: number, b: number): number {
  return a * b <= 0 ? 0 : Math.min(Math.abs(a), Math.abs(b));
}
