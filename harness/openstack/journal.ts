import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { systemCode } from '../core/errors.ts';
import { makeFolder } from '../core/folder.ts';
import { checkedRunId, type ResourceKind, resourceKinds } from './marks.ts';

/** Where a run makes its resources. */
const placeSchema = z.object({ cloud: z.string(), region: z.string(), projectId: z.string() });
export type Place = z.infer<typeof placeSchema>;

/** What one line says. Nothing secret may ever stand in one. */
const lineSchema = z.discriminatedUnion('event', [
  /** Written, and on the disk, before the request that creates is sent. */
  placeSchema.extend({
    event: z.literal('intent'),
    seq: z.number().int(),
    atMs: z.number(),
    kind: z.enum(resourceKinds),
    name: z.string(),
  }),
  /** A lost answer may have made more than one: then one line each. */
  z.object({ event: z.literal('created'), seq: z.number().int(), id: z.string() }),
  /** Seen to be gone, or never made. */
  z.object({ event: z.literal('removed'), seq: z.number().int() }),
]);
type JournalLine = z.infer<typeof lineSchema>;

export interface JournalEntry {
  readonly seq: number;
  readonly place: Place;
  /** Milliseconds since 1970 at which the intent was written. */
  readonly atMs: number;
  readonly kind: ResourceKind;
  readonly name: string;
  readonly ids: readonly string[];
  readonly removed: boolean;
}

/** A point of the journal: `line` is about to be written, or is on the disk. */
export interface JournalPoint {
  readonly when: 'before' | 'after';
  readonly line: JournalLine;
}

/** A write-ahead journal: what a run is about to make stands on the disk before it is asked for. */
export interface Journal {
  readonly runId: string;
  readonly place: Place;
  entries(): readonly JournalEntry[];
  /** The entry's number, once it is on the disk. */
  intent(kind: ResourceKind, name: string): Promise<number>;
  created(seq: number, id: string): Promise<void>;
  removed(seq: number): Promise<void>;
  /** Ends writing. Deletes the file when nothing in it is left to remove. */
  close(): Promise<void>;
}

interface JournalOptions {
  /** Folder of what givre remembers on this machine. */
  readonly stateFolder: string;
  readonly runId: string;
  readonly place: Place;
  /** Called around every line. */
  readonly onPoint?: ((point: JournalPoint) => void) | undefined;
  readonly now?: () => number;
}

/** Opens a run's journal for writing; one that is there already is continued. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { stateFolder, runId, place, onPoint = () => {}, now = Date.now } = options;
  const path = journalPath(stateFolder, runId);
  await makeFolder(join(stateFolder, 'journals'));
  const before = (await readText(path)) ?? '';
  const entries = parse(before);
  const file = await open(path, 'a', 0o600);
  await syncFolder(join(stateFolder, 'journals'));
  const append = lineWriter(file, before !== '' && !before.endsWith('\n'));
  const write = async (line: JournalLine): Promise<void> => {
    onPoint({ when: 'before', line });
    await append(JSON.stringify(line));
    apply(entries, line);
    onPoint({ when: 'after', line });
  };
  let last = Math.max(0, ...entries.keys());
  return {
    runId,
    place,
    entries: () => [...entries.values()],
    async intent(kind, name) {
      last += 1;
      const seq = last;
      await write({ event: 'intent', seq, atMs: now(), kind, name, ...place });
      return seq;
    },
    created: (seq, id) => write({ event: 'created', seq, id }),
    removed: (seq) => write({ event: 'removed', seq }),
    async close() {
      await file.close();
      if ([...entries.values()].every((entry) => entry.removed)) await rm(path, { force: true });
    },
  };
}

/** What the journal of a run says; undefined when there is none. Cut lines are nothing: they were never acted on. */
export async function readJournal(stateFolder: string, runId: string): Promise<readonly JournalEntry[] | undefined> {
  const text = await readText(journalPath(stateFolder, runId));
  return text === undefined ? undefined : [...parse(text).values()];
}

/** Ids of the runs that have a journal. */
export async function journaledRuns(stateFolder: string): Promise<readonly string[]> {
  const names = await readdir(join(stateFolder, 'journals')).catch(() => []);
  return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
}

const SUFFIX = '.ndjson';

function journalPath(stateFolder: string, runId: string): string {
  return join(stateFolder, 'journals', `${checkedRunId(runId)}${SUFFIX}`);
}

function parse(text: string): Map<number, JournalEntry> {
  const entries = new Map<number, JournalEntry>();
  for (const line of text.split('\n')) {
    const parsed = lineSchema.safeParse(jsonOrUndefined(line));
    if (parsed.success) apply(entries, parsed.data);
  }
  return entries;
}

function apply(entries: Map<number, JournalEntry>, line: JournalLine): void {
  if (line.event === 'intent') {
    const { seq, atMs, kind, name, cloud, region, projectId } = line;
    entries.set(seq, { seq, atMs, kind, name, place: { cloud, region, projectId }, ids: [], removed: false });
    return;
  }
  const entry = entries.get(line.seq);
  if (entry === undefined) return;
  if (line.event === 'removed') entries.set(line.seq, { ...entry, removed: true });
  else entries.set(line.seq, { ...entry, ids: [...entry.ids, line.id] });
}

/**
 * Lines that come while the disk is busy go down together, so that a hundred intents do not cost a hundred syncs.
 * After a cut line (`torn`) the next one must not become its continuation.
 */
function lineWriter(file: FileHandle, torn: boolean): (line: string) => Promise<void> {
  let waiting: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const flush = async (): Promise<void> => {
    const lines = waiting.map((line) => `${line}\n`);
    waiting = [];
    next = undefined;
    const text = `${torn ? '\n' : ''}${lines.join('')}`;
    torn = true;
    await file.appendFile(text);
    torn = false;
    await file.datasync();
  };
  return (line) => {
    waiting.push(line);
    next ??= writing.then(flush);
    writing = next.catch(() => {});
    return next;
  };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function jsonOrUndefined(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
