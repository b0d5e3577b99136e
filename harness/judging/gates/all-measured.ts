import { type PlannedLoad, scenarioOf } from '../../runs/planned.ts';
import type { RunRecord } from '../../runs/schema.ts';
import type { RunGate } from '../run-evidence.ts';
import { some } from '../some.ts';

/** What a scenario leaves behind of each function in each of its blocks; any other scenario leaves measurements of load. */
const WITNESSES: Readonly<Record<string, readonly RunRecord['kind'][]>> = {
  throughput: ['capacity'],
  burst: ['burst'],
  async: ['async'],
  memory: ['footprint', 'load'],
  soak: ['footprint', 'load'],
  density: ['density'],
};

interface Witness {
  readonly kind: RunRecord['kind'];
  readonly scenario: string;
  readonly platform: string;
  readonly function: string;
  readonly block: number;
  /** What tells one measurement of a block from the others. */
  readonly cell: string;
}

/** Each scenario measured each function on each platform in as many blocks as planned, and in each of them all of it. */
export const allMeasured: RunGate = {
  id: 'all-measured',
  limit: null,
  hint: 'what is missing from a table is no result either; a run cut short shows only how it began',
  mustLook: true,
  applies: ({ loads }) => loads.length > 0,
  judge: ({ records, loads, interrupted }) => {
    const seen = Map.groupBy(records.flatMap(witnessOf), keyOf);
    const wrong = loads.flatMap((plan) => {
      const kinds = WITNESSES[plan.scenario] ?? ['load' as const];
      const [why] = kinds.flatMap((kind) => whatIsWrong(seen.get(keyOf({ ...plan, kind })) ?? [], plan));
      return why === undefined ? [] : [`${plan.scenario} of ${plan.function} on ${plan.platform}: ${why}`];
    });
    const why = wrong.length === 0 ? '' : `; not ${some(wrong)}`;
    return {
      ok: interrupted ? null : wrong.length === 0,
      measured: `${loads.length - wrong.length} of ${loads.length} functions under load measured as planned${why}`,
    };
  },
};

function keyOf(it: Pick<Witness, 'kind' | 'scenario' | 'platform' | 'function'>): string {
  return JSON.stringify([it.kind, it.scenario, it.platform, it.function]);
}

function whatIsWrong(own: readonly Witness[], { blocks, measurements }: PlannedLoad): string[] {
  const byCell = Map.groupBy(own, (it) => it.cell);
  const seen = new Set(own.map((it) => it.block)).size;
  if (seen !== blocks) return [`${seen} of ${blocks} blocks`];
  const uneven = [...byCell].filter(([, same]) => new Set(same.map((it) => it.block)).size !== blocks);
  if (uneven.length > 0) return [`not all of it in each of ${blocks} blocks`];
  const isCounted = own[0]?.kind === 'load' || own[0]?.kind === 'async';
  if (isCounted && measurements !== undefined && byCell.size !== measurements) {
    return [`${byCell.size} of ${measurements} measurements in each block`];
  }
  const twice = [...byCell].some(([, same]) => same.length > blocks && same[0]?.kind !== 'footprint');
  return twice ? ['something twice in a block'] : [];
}

/** Only what is a result by itself: no step of a search, no forecast. */
function witnessOf(record: RunRecord): Witness[] {
  const by = (...cell: readonly unknown[]): Witness[] => {
    const scenario = scenarioOf(record);
    if (!('function' in record) || scenario === null) return [];
    const { kind, platform, block } = record;
    return [{ kind, scenario, platform, function: record.function, block, cell: JSON.stringify(cell) }];
  };
  switch (record.kind) {
    case 'load': {
      const { purpose, path, arrivals, payloadBytes } = record;
      return purpose === 'probe' ? [] : by(path, Object.entries(arrivals).sort(), payloadBytes);
    }
    case 'capacity':
      return by(record.path, record.payloadBytes);
    case 'burst':
      return by(record.level, record.concurrency);
    case 'async':
      return by(record.ratePerSecond);
    case 'footprint':
      return record.scenario === 'soak' ? by() : by(record.moment);
    case 'density':
      return record.truth === null ? [] : by();
    default:
      return [];
  }
}
