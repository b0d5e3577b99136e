import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/errors.ts';
import type { Cloud } from '../openstack/cloud.ts';
import { type Inventory, listMarked, statesOfKind, type Unseen } from '../openstack/inventory.ts';
import { type JournalEntry, journaledRuns, openJournal, type Place, readJournal } from '../openstack/journal.ts';
import type { Doomed } from '../openstack/removal.ts';
import { isRunAlive } from '../runs/lock.ts';

/** What journals of runs that are over say about one project. */
export interface Remembered {
  readonly runId: string;
  /** In this project, not known to be removed. */
  readonly open: readonly JournalEntry[];
  /** Other places in which the run may have left something. */
  readonly elsewhere: readonly Place[];
}

/** Journals of dead runs of this machine; of one run when it is named. */
export async function rememberedRuns(
  stateFolder: string,
  cloud: Cloud,
  run: string | undefined,
): Promise<readonly Remembered[]> {
  const runs = run === undefined ? await journaledRuns(stateFolder) : [run];
  const remembered = await Promise.all(
    runs.map(async (runId): Promise<Remembered | undefined> => {
      // In this order: a run locks before it begins a journal, so one that has begun meanwhile is seen to be alive.
      const entries = await readJournal(stateFolder, runId);
      if (entries === undefined || (await isRunAlive(runId, stateFolder))) return undefined;
      const open = entries.filter((it) => !it.removed);
      const elsewhere = open.filter((it) => !isHere(it.place, cloud)).map((it) => it.place);
      return { runId, open: open.filter((it) => isHere(it.place, cloud)), elsewhere: distinct(elsewhere) };
    }),
  );
  return remembered.filter((it) => it !== undefined);
}

/**
 * A request that was under way when its run was killed may still make something. Waits until every intent without an
 * answer is old enough.
 */
export async function waitForRequestsUnderWay(
  remembered: readonly Remembered[],
  { settleMs, nowMs, onNote }: { settleMs: number; nowMs: number; onNote: (line: string) => void },
): Promise<void> {
  const unanswered = remembered.flatMap(({ open }) => open.filter((it) => it.ids.length === 0));
  const waitMs = Math.min(settleMs, Math.max(0, ...unanswered.map((it) => it.atMs + settleMs - nowMs)));
  if (waitMs === 0) return;
  onNote(`waiting ${Math.ceil(waitMs / 1000)} s for requests that may have been under way`);
  await sleep(waitMs);
}

/** What journals know of that has lost its mark, and of which kinds nobody knows that. */
interface Unmarked {
  readonly found: readonly Doomed[];
  readonly unseen: readonly Unseen[];
}

/** Things that journals have written down by id, and so are ours for certain, though their mark is gone. */
export async function unmarkedOnes(
  cloud: Cloud,
  remembered: readonly Remembered[],
  { marked, unseen: before }: Inventory,
): Promise<Unmarked> {
  const known = new Set(marked.map((it) => it.id));
  const entries = remembered.flatMap(({ open }) => open.filter(({ ids }) => ids.some((id) => !known.has(id))));
  const found: Doomed[] = [];
  const unseen: Unseen[] = [];
  for (const kind of new Set(entries.map((it) => it.kind))) {
    if (before.some((it) => it.kind === kind)) continue;
    try {
      const states = await statesOfKind(cloud, kind);
      const ofKind = entries.filter((it) => it.kind === kind);
      const ids = ofKind.flatMap(({ name, ids }) => ids.map((id) => ({ kind, name, id })));
      found.push(...ids.filter(({ id }) => states.has(id) && !known.has(id)));
    } catch (error) {
      unseen.push({ kind, why: messageOf(error) });
    }
  }
  return { found, unseen: [...before, ...unseen] };
}

/** Crosses out what the project is seen not to have any more, and so ends journals of which nothing is left. */
export async function settleJournals(
  stateFolder: string,
  cloud: Cloud,
  remembered: readonly Remembered[],
): Promise<void> {
  if (remembered.length === 0) return;
  const inventory = await listMarked(cloud);
  const { found, unseen } = await unmarkedOnes(cloud, remembered, inventory);
  const unmarked = new Set(found.map((it) => it.id));
  // What was made to outlive its run is no longer the run's.
  const belongings = inventory.marked.filter((it) => !it.lasting);
  for (const { runId, open } of remembered) {
    const mayBeThere = (entry: JournalEntry): boolean =>
      unseen.some(({ kind }) => kind === entry.kind) ||
      entry.ids.some((id) => unmarked.has(id)) ||
      belongings.some((it) => it.kind === entry.kind && it.mark.runId === runId && it.name === entry.name);
    const place = { cloud: cloud.name, region: cloud.region, projectId: cloud.projectId };
    const journal = await openJournal({ stateFolder, runId, place });
    try {
      for (const entry of open.filter((it) => !mayBeThere(it))) await journal.removed(entry.seq);
    } finally {
      await journal.close();
    }
  }
}

/** The name that a user gives to a cloud may change; the project does not. */
function isHere(place: Place, { region, projectId }: Cloud): boolean {
  return place.projectId === projectId && place.region === region;
}

function distinct(places: readonly Place[]): readonly Place[] {
  return [...new Map(places.map((it) => [JSON.stringify(it), it])).values()];
}
