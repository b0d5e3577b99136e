import { countCells, countRecords } from '../../harness/runs/planned.ts';
import type { Run } from '../../harness/runs/run.ts';
import type { Verdict } from '../../harness/runs/schema.ts';

/**
 * `unfinished`: no verdict was written, so the run was killed or still goes on. `incomplete`: the records that are there are
 * not those that were judged, so its verdict is one on something else.
 */
export type RunState = Verdict['status'] | 'unfinished' | 'incomplete';

/** What the records and the verdict of a run make of it, whatever the verdict alone says. */
export function stateOf({ records, verdict }: Pick<Run, 'records' | 'verdict'>): RunState {
  if (verdict === null) return 'unfinished';
  return differences({ records, verdict }).length === 0 ? verdict.status : 'incomplete';
}

/** The verdict in one sentence, without the state's own word in front. `there`: how far the run got. */
export function headlineOf({ records, verdict }: Pick<Run, 'records' | 'verdict'>, there: string): string {
  if (verdict === null) return `no verdict was written: the run was killed or still goes on; ${there}`;
  const other = differences({ records, verdict });
  const said = verdict.summary;
  if (other.length > 0) {
    return `${there}; of the records that were judged ${other.join(', ')} are there; verdict.json says "${verdict.status}: ${said}"`;
  }
  const prefix = `${verdict.status}: `;
  return said.startsWith(prefix) ? said.slice(prefix.length) : said;
}

const MOST_NAMED = 3;

/**
 * "61 of 160 coldstart", for each kind of record of which there are fewer or more than were judged; where there are as many
 * of each kind, but not of each cell, those cells, since a copy of one record makes up for no other.
 */
function differences({ records, verdict }: { readonly records: Run['records']; readonly verdict: Verdict }): string[] {
  const kinds = differing(countRecords(records), verdict.judged);
  if (kinds.length > 0) return kinds;
  if (verdict.cells === undefined) return [];
  const cells = differing(countCells(records), verdict.cells);
  const more = cells.length - MOST_NAMED;
  if (cells.length > 0) return [...cells.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more cells otherwise`] : [])];
  const copies = records.length - new Set(records.map((record) => record.index)).size;
  return copies === 0 ? [] : [`all but ${copies}, in whose place others stand twice,`];
}

function differing(there: Readonly<Record<string, number>>, judged: Verdict['judged']): string[] {
  const names = new Set([...Object.keys(judged), ...Object.keys(there)]);
  return [...names].flatMap((name) => {
    const [now, then] = [there[name] ?? 0, judged[name] ?? 0];
    return now === then ? [] : [`${now} of ${then} ${name}`];
  });
}
