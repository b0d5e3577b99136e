import type { PlannedCell, PlannedLoad } from '../runs/planned.ts';
import type { AsyncSample, ColdStartSample, GateDefinition, LoadSample, RunRecord } from '../runs/schema.ts';

/** Cold starts by platform, level and function, under the name of these three. */
export type Cells = ReadonlyMap<string, readonly ColdStartSample[]>;

/** What the gates of a run look at: all that was recorded, and what was planned. */
export interface RunEvidence {
  readonly records: readonly RunRecord[];
  readonly coldStarts: readonly ColdStartSample[];
  readonly byCell: Cells;
  /** Those of one measurement each, with gates of their own. */
  readonly measurements: readonly (LoadSample | AsyncSample)[];
  /** Of these, those for which none of their gates could look, or not one that must. */
  readonly unjudged: ReadonlySet<RunRecord>;
  readonly cells: readonly PlannedCell[];
  readonly loads: readonly PlannedLoad[];
  /** Processors of a machine under test. */
  readonly cores: number;
  /** Machines per platform. */
  readonly lanes: number;
  readonly interrupted: boolean;
  /** Leaked network state is cleaned up between blocks (false: `--no-clean`). */
  readonly clean: boolean;
}

/** A gate of a run as a whole, or of all measurements of one kind together. */
export interface RunGate extends GateDefinition<RunEvidence> {
  /** Where it failed, records of this kind are no result; `what` is what reports call them. */
  readonly leavesOut?: { readonly kind: RunRecord['kind']; readonly what: string };
}

/** The name of a cell of cold starts. */
export function cellName(it: { platform: string; level: string; function: string }): string {
  return `${it.platform} ${it.level} ${it.function}`;
}

/** Were cold starts planned, or measured? */
export function hasColdStarts({ cells, coldStarts }: RunEvidence): boolean {
  return cells.length > 0 || coldStarts.length > 0;
}

export function kindOf<K extends RunRecord['kind']>(
  records: readonly RunRecord[],
  kind: K,
): readonly Extract<RunRecord, { kind: K }>[] {
  return records.filter((record): record is Extract<RunRecord, { kind: K }> => record.kind === kind);
}

/** The cell with the largest value; undefined without any sample. A bad cell must not hide among good ones. */
export function worstOf(byCell: Cells, measure: (own: readonly ColdStartSample[]) => number) {
  const values = [...byCell].flatMap(([name, own]) => (own.length === 0 ? [] : [{ name, value: measure(own) }]));
  return values.toSorted((a, b) => b.value - a.value)[0];
}
