import type { Level, Manifest, RunRecord } from './schema.ts';

/** Cold starts of one function at one level on one platform, as the plan has them. */
export interface PlannedCell {
  readonly platform: string;
  readonly level: Level;
  readonly function: string;
  readonly samples: number;
}

/** In the manifest's order; levels that a platform cannot do are no part of the plan. */
export function plannedCells(manifest: Manifest): readonly PlannedCell[] {
  return manifest.platforms.flatMap(({ label, unsupported }) => {
    const impossible = new Set(unsupported.map((it) => it.level));
    return manifest.levels
      .filter((level) => !impossible.has(level))
      .flatMap((level) =>
        manifest.functions.map((it) => ({
          platform: label,
          level,
          function: it.name,
          samples: level === 'L4' ? (manifest.machineSamplesPerCell ?? 0) : manifest.samplesPerCell,
        })),
      );
  });
}

/** One scenario that puts load on, one function and one platform: so many deployments, each measured alike. */
export interface PlannedLoad {
  readonly scenario: string;
  readonly platform: string;
  readonly function: string;
  readonly blocks: number;
  /** In each of them; undefined where the scenario finds it out as it goes. */
  readonly measurements: number | undefined;
}

const COLD = 'coldstart';

/** In the manifest's order. */
export function plannedLoads({ scenario, platforms, functions, load }: Manifest): readonly PlannedLoad[] {
  if (load === null) return [];
  const scenarios = scenario.split(',').filter((name) => name !== COLD);
  return scenarios.flatMap((name) =>
    platforms.flatMap(({ label }) =>
      functions.map((it) => ({
        scenario: name,
        platform: label,
        function: it.name,
        blocks: load.blocks,
        measurements: load.measurements[name],
      })),
    ),
  );
}

/** The scenario under load that a record comes from; null for those of cold starts, and for parts of a measurement. */
export function scenarioOf(record: RunRecord): string | null {
  switch (record.kind) {
    case 'load':
      return record.scenario;
    case 'capacity':
      return 'throughput';
    case 'burst':
    case 'async':
      return record.kind;
    case 'density':
    case 'density-step':
      return 'density';
    case 'footprint':
      return record.scenario ?? 'memory';
    case 'memory-limit':
      return 'memory';
    default:
      return null;
  }
}

/** Planned, and nothing of it is there: in words that tables use, too. */
export function plannedInVain(manifest: Manifest, records: readonly RunRecord[]): readonly string[] {
  const keyOf = (it: { platform: string; scenario: string | null; function: string }) =>
    JSON.stringify([it.platform, it.scenario, it.function]);
  const there = new Set(
    records.flatMap((it) => ('function' in it ? [keyOf({ ...it, scenario: scenarioOf(it) })] : [])),
  );
  return plannedLoads(manifest)
    .filter((it) => !there.has(keyOf(it)))
    .map((it) => `${it.platform} ${it.scenario} ${it.function}`);
}

export type RecordCounts = Partial<Record<RunRecord['kind'], number>>;

/** How many records of each kind there are. */
export function countRecords(records: readonly RunRecord[]): RecordCounts {
  const counts: RecordCounts = {};
  for (const { kind } of records) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The same of each cell and block, by a name that says which: "load latency rust-hello control, block 0". */
export function countCells(records: readonly RunRecord[]): Readonly<Record<string, number>> {
  const names = records.map((record) => {
    const { kind, platform, block } = record;
    const scenario = scenarioOf(record);
    const parts = [
      kind,
      ...(scenario === null ? [] : [scenario]),
      ...('function' in record ? [record.function] : []),
      ...('level' in record ? [record.level] : []),
      ...('path' in record ? [record.path] : []),
      platform,
      ...('trial' in record && kind !== 'load' ? [`measurement ${record.trial}`] : []),
    ];
    return `${parts.join(' ')}, block ${block}`;
  });
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, same]) => [name, same.length]));
}
