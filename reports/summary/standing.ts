import { countRecords } from '../../harness/runs/planned.ts';
import type { Run } from '../../harness/runs/read.ts';
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

/** "61 of 160 coldstart", for each kind of record of which there are fewer or more than were judged. */
function differences({ records, verdict }: { readonly records: Run['records']; readonly verdict: Verdict }): string[] {
  const there: Readonly<Record<string, number>> = countRecords(records);
  const kinds = new Set([...Object.keys(verdict.judged), ...Object.keys(there)]);
  return [...kinds].flatMap((kind) => {
    const [now, then] = [there[kind] ?? 0, verdict.judged[kind] ?? 0];
    return now === then ? [] : [`${now} of ${then} ${kind}`];
  });
}
