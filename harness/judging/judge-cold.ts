import { percent } from '../core/percent.ts';
import type { PlannedCell } from '../runs/planned.ts';
import { type ColdStartSample, type Gate, gate, type RunRecord } from '../runs/schema.ts';
import { median } from '../statistics/median.ts';
import { some } from './judge-gate.ts';
import { sentinelGate } from './sentinel.ts';

/** Above this share of CPU time taken by the hypervisor a machine measures its neighbours. */
const STEAL_LIMIT = 0.02;
/** The kernel counts steal in ticks; in a short window a single one is a large share. */
const TICK_NS = 1e7;
const TICKS_ALLOWED = 2;
const MOST_STEAL = 0.1;
const RESIDUAL_LIMIT = 0.05;
/** Samples of a cell that may be lost without proof or to a clock. */
const LOSS_LIMIT = 0.05;

/** Cold starts by platform, level and function, under the name of these three. */
type Cells = ReadonlyMap<string, readonly ColdStartSample[]>;

interface ColdRun {
  readonly records: readonly RunRecord[];
  readonly cells: readonly PlannedCell[];
  /** Processors of a machine under test. */
  readonly cores: number;
  /** Machines per platform. */
  readonly lanes: number;
  readonly interrupted: boolean;
  /** Leaked network state is cleaned up between blocks (false: `--no-clean`). */
  readonly clean: boolean;
}

/** The gates of a run of cold starts. Each looks at the worst cell or platform: a bad one must not hide among good ones. */
export function coldGates({ records, cells, cores, lanes, interrupted, clean }: ColdRun): Gate[] {
  const samples = records.filter((record) => record.kind === 'coldstart');
  const sentinels = records.filter((record) => record.kind === 'sentinel');
  const byCell = Map.groupBy(samples, nameOf);
  return [
    completeness(records, byCell, cells, interrupted),
    everyCell(byCell, cells, interrupted),
    provenCold(byCell),
    ownFailures(samples),
    clockGate(samples, byCell),
    stealGate(samples, byCell, cores),
    explained(byCell),
    sentinelGate(sentinels, samples, { interrupted, lanes }),
    cleanliness(records, samples, { clean, interrupted }),
  ];
}

function nameOf(it: { platform: string; level: string; function: string }): string {
  return `${it.platform} ${it.level} ${it.function}`;
}

function completeness(
  records: readonly RunRecord[],
  byCell: Cells,
  cells: readonly PlannedCell[],
  interrupted: boolean,
): Gate {
  const planned = new Map(cells.map((cell) => [nameOf(cell), cell.samples]));
  const names = [...new Set([...planned.keys(), ...byCell.keys()])];
  const wrong = names.flatMap((name) => {
    const [there, wanted] = [byCell.get(name)?.length ?? 0, planned.get(name) ?? 0];
    return there === wanted ? [] : [`${name}: ${there} of ${wanted}`];
  });
  wrong.push(...missingFloors(records, cells));
  const there = [...byCell.values()].reduce((sum, own) => sum + own.length, 0);
  const wanted = cells.reduce((sum, cell) => sum + cell.samples, 0);
  const why = wrong.length === 0 ? '' : ` (${some(wrong)})`;
  const ok = interrupted ? null : wanted > 0 && wrong.length === 0;
  return gate('complete', ok, `${there} of ${wanted} samples${why}`, 'a run cut short shows only how it began');
}

/** One for each round of a level; a resume has none. */
function missingFloors(records: readonly RunRecord[], cells: readonly PlannedCell[]): string[] {
  const floorOf = ({ platform, level }: { platform: string; level: string }) => `${platform} ${level} floor`;
  const seen = Map.groupBy(
    records.filter((record) => record.kind === 'floor'),
    floorOf,
  );
  const planned = new Map(cells.filter((it) => it.level !== 'L0').map((it) => [floorOf(it), it.samples]));
  return [...planned].flatMap(([name, wanted]) => {
    const there = seen.get(name)?.length ?? 0;
    return there === wanted ? [] : [`${name}: ${there} of ${wanted}`];
  });
}

/** A cell from which nothing is left has no row of numbers, and nobody would miss it. */
function everyCell(byCell: Cells, cells: readonly PlannedCell[], interrupted: boolean): Gate {
  const empty = cells.flatMap((cell) => {
    const own = byCell.get(nameOf(cell)) ?? [];
    return own.some(isTimed) ? [] : [`${nameOf(cell)}: ${whyEmpty(own)}`];
  });
  const why = empty.length === 0 ? '' : `; none in ${some(empty)}`;
  return gate(
    'cells-measured',
    interrupted ? null : cells.length > 0 && empty.length === 0,
    `${cells.length - empty.length} of ${cells.length} cells have a sample that counts${why}`,
    'what is missing from a table is no result either: see the reasons of its samples',
  );
}

function isTimed({ verdict, origin }: ColdStartSample): boolean {
  return verdict === 'ok' || (verdict === 'failed' && origin !== 'harness');
}

function whyEmpty(own: readonly ColdStartSample[]): string {
  if (own.length === 0) return 'no sample';
  const kinds = Map.groupBy(own, ({ verdict }) => (verdict === 'failed' ? 'failed by the harness' : verdict));
  return [...kinds].map(([kind, same]) => `${same.length} of ${own.length} ${kind}`).join(', ');
}

function provenCold(byCell: Cells): Gate {
  const worst = worstOf(byCell, (own) => own.filter((it) => it.verdict === 'not-cold').length / own.length);
  return gate(
    'proven-cold',
    worst === undefined ? null : worst.value <= LOSS_LIMIT,
    worst === undefined ? 'no sample' : `at most ${percent(worst.value)} not proven cold (limit 5 %; ${worst.name})`,
    'samples without proof are left out of the numbers; many of them mean that the level does not work here',
  );
}

function ownFailures(samples: readonly ColdStartSample[]): Gate {
  const own = samples.filter((sample) => sample.verdict === 'failed' && sample.origin === 'harness').length;
  return gate(
    'harness-sound',
    samples.length === 0 ? null : own === 0,
    `${own} samples failed through the harness`,
    'see the reasons in samples.ndjson; such a failure says nothing about the platform',
  );
}

/** One of a cell's samples may be lost whatever its size; of a platform's, and of a large cell's, 5 %. */
function clockGate(samples: readonly ColdStartSample[], byCell: Cells): Gate {
  const groups = new Map([...Map.groupBy(samples, (it) => it.platform), ...byCell]);
  const lost = (own: readonly ColdStartSample[]) => own.filter((sample) => sample.verdict === 'invalid').length;
  const tooMany = [...groups].filter(([, own]) => lost(own) > Math.max(1, own.length * LOSS_LIMIT));
  const where = tooMany.map(([name, own]) => `${name}: ${lost(own)} of ${own.length}`);
  return gate(
    'clock-steady',
    samples.length === 0 ? null : tooMany.length === 0,
    `${lost(samples)} of ${samples.length} windows with a clock step above 100 µs (limit 5 % of each cell and platform, or one)${where.length === 0 ? '' : `; ${some(where)}`}`,
    'edges come from two clocks; let time synchronisation settle before measuring',
  );
}

/** At L4 the machine did not exist when the window began, and what never began on it has no window: nobody read there. */
function stealGate(samples: readonly ColdStartSample[], byCell: Cells, cores: number): Gate {
  const hint = 'a busy hypervisor: run again at another time';
  const isRead = (it: ColdStartSample) => it.level !== 'L4' && !(it.verdict === 'failed' && it.origin === 'harness');
  const groups = [...Map.groupBy(samples, (it) => it.platform), ...byCell].flatMap(([name, all]) => {
    const own = all.filter(isRead);
    return own.length === 0 ? [] : [{ name, own, share: meanSteal(own), limit: stealLimit(own, cores) }];
  });
  const known = groups.flatMap(({ share, ...group }) => (share === null ? [] : [{ ...group, share }]));
  if (known.length === 0) return gate('steal', null, 'not reported by the kernel', hint);
  const blind = groups.filter((group) => group.share === null).map((group) => group.name);
  const [worst] = known.toSorted((a, b) => b.share / b.limit - a.share / a.limit);
  const share = worst?.share ?? Number.NaN;
  const measured = `at most ${percent(share, 2)} of CPU time (limit ${percent(worst?.limit ?? 0)}; ${worst?.name})`;
  const unseen = blind.length === 0 ? '' : `; not read in ${some(blind)}`;
  return gate('steal', blind.length === 0 && share <= (worst?.limit ?? 0), `${measured}${unseen}`, hint);
}

function meanSteal(own: readonly ColdStartSample[]): number | null {
  const shares = own.flatMap((sample) => sample.stealShare ?? []);
  return shares.length === 0 ? null : shares.reduce((sum, it) => sum + it, 0) / shares.length;
}

function stealLimit(own: readonly ColdStartSample[], cores: number): number {
  const windowNs = own.reduce((sum, { totalNs }) => sum + (totalNs ?? 0), 0);
  return Math.min(MOST_STEAL, Math.max(STEAL_LIMIT, (TICKS_ALLOWED * TICK_NS) / (windowNs * cores)));
}

/** The residual as a share of the total. A sample whose residual nobody knows is explained by nothing. */
export function unexplainedShare({ residualNs, totalNs }: ColdStartSample): number {
  return residualNs === null || !totalNs ? 1 : residualNs / totalNs;
}

function explained(byCell: Cells): Gate {
  const timed = new Map([...byCell].map(([name, own]) => [name, own.filter((it) => it.verdict === 'ok')]));
  const worst = worstOf(timed, (own) => median(own.map(unexplainedShare)));
  return gate(
    'explained',
    worst === undefined ? null : worst.value <= RESIDUAL_LIMIT,
    worst === undefined
      ? 'no right answer'
      : `median residual at most ${percent(worst.value)} (limit 5 %; ${worst.name})`,
    'phases do not explain the total: totals stand, the breakdown does not',
  );
}

/** The platform, level and function with the largest value; undefined without any sample. */
function worstOf(byCell: Cells, measure: (own: readonly ColdStartSample[]) => number) {
  const values = [...byCell].flatMap(([name, own]) => (own.length === 0 ? [] : [{ name, value: measure(own) }]));
  return values.toSorted((a, b) => b.value - a.value)[0];
}

function cleanliness(
  records: readonly RunRecord[],
  samples: readonly ColdStartSample[],
  { clean, interrupted }: { readonly clean: boolean; readonly interrupted: boolean },
): Gate {
  const hint = 'leaked network state slows down every later request';
  if (!clean) return gate('clean-between-blocks', null, 'not wanted in this run', hint);
  const hygiene = records.filter((record) => record.kind === 'hygiene');
  const left = Math.max(0, ...hygiene.map((record) => record.after.cniFiles));
  const seen = new Set(hygiene.map((record) => `${record.platform} block ${record.block}`));
  const unseen = new Set(samples.map((it) => `${it.platform} block ${it.block}`)).difference(seen);
  const missing = interrupted || unseen.size === 0 ? '' : `; nobody looked after ${some([...unseen])}`;
  const ok = hygiene.length === 0 && interrupted ? null : left === 0 && missing === '';
  return gate('clean-between-blocks', ok, `at most ${left} leaked lease files after cleaning${missing}`, hint);
}
