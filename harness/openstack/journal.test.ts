import { appendFile, mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JournalPoint, journaledRuns, openJournal, readJournal } from './journal.ts';

const place = { cloud: 'mycloud', region: 'RegionOne', projectId: 'p1' };
const runId = 'f-run-1';

let stateFolder: string;
let path: string;
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'givre-journal-'));
  path = join(stateFolder, 'journals', `${runId}.ndjson`);
});
afterEach(() => rm(stateFolder, { recursive: true }));

const open = (onPoint?: (point: JournalPoint) => void) => openJournal({ stateFolder, runId, place, onPoint });

test('an intent is on the disk, with the place it concerns, before it is acted on', async () => {
  const journal = await open();
  await journal.intent('server', 'givre-f-run-1-a');
  const [line = ''] = (await readFile(path, 'utf8')).split('\n');
  expect(JSON.parse(line)).toMatchObject({ event: 'intent', kind: 'server', name: 'givre-f-run-1-a', ...place });
  expect(await readJournal(stateFolder, runId)).toMatchObject([
    { kind: 'server', name: 'givre-f-run-1-a', place, ids: [], removed: false },
  ]);
  await journal.close();
});

test('ids and removals are told of the entry that they belong to', async () => {
  const journal = await open();
  const [server, port] = await Promise.all([journal.intent('server', 'a'), journal.intent('port', 'a')]);
  await Promise.all([journal.created(server, 's1'), journal.created(port, 'p1'), journal.created(server, 's2')]);
  await journal.removed(port);
  await journal.close();
  expect(await readJournal(stateFolder, runId)).toMatchObject([
    { kind: 'server', ids: ['s1', 's2'], removed: false },
    { kind: 'port', ids: ['p1'], removed: true },
  ]);
});

test('a journal is kept while anything in it is left, and deleted when nothing is', async () => {
  const first = await open();
  const seq = await first.intent('port', 'a');
  await first.close();
  expect(await journaledRuns(stateFolder)).toEqual([runId]);
  const second = await open();
  await second.removed(seq);
  await second.close();
  expect(await readdir(join(stateFolder, 'journals'))).toEqual([]);
  expect(await readJournal(stateFolder, runId)).toBeUndefined();
});

test('wherever a kill cuts the last line, all lines before it count and the next one is whole', async () => {
  const journal = await open();
  await journal.intent('port', 'a');
  const kept = (await readFile(path)).length;
  await journal.intent('server', 'b');
  await journal.close();
  const whole = (await readFile(path)).length;
  for (let length = whole - 1; length > kept; length -= 1) {
    await truncate(path, length);
    const continued = await open();
    const names = continued.entries().map((it) => it.name);
    // Cut of its line end only, the second line is still whole.
    expect(names).toEqual(length === whole - 1 ? ['a', 'b'] : ['a']);
    await continued.intent('volume', 'c');
    await continued.close();
    expect((await readJournal(stateFolder, runId))?.map((it) => it.name)).toEqual([...names, 'c']);
    await truncate(path, length);
  }
});

test('numbers go on where they stopped, so that entries of two processes are told apart', async () => {
  const first = await open();
  await first.intent('port', 'a');
  await first.close();
  const second = await open();
  const seq = await second.intent('port', 'b');
  await second.created(seq, 'id-b');
  await second.close();
  expect(await readJournal(stateFolder, runId)).toMatchObject([
    { name: 'a', ids: [] },
    { name: 'b', ids: ['id-b'] },
  ]);
});

test('every line has a point before it is written and one after it is on the disk', async () => {
  const points: string[] = [];
  const journal = await open(({ when, line }) => points.push(`${when} ${line.event}`));
  const seq = await journal.intent('port', 'a');
  await journal.created(seq, 'id');
  await journal.removed(seq);
  expect(points).toEqual([
    'before intent',
    'after intent',
    'before created',
    'after created',
    'before removed',
    'after removed',
  ]);
  await journal.close();
});

test('hundreds of intents at once share their way to the disk and all arrive', async () => {
  const journal = await open();
  const seqs = await Promise.all(Array.from({ length: 300 }, (_, index) => journal.intent('server', `s-${index}`)));
  expect(new Set(seqs).size).toBe(300);
  const entries = await readJournal(stateFolder, runId);
  expect(entries).toHaveLength(300);
  expect(entries?.every((it) => it.name === `s-${it.seq - 1}`)).toBe(true);
  await journal.close();
});

test('strange lines are no entries', async () => {
  const journal = await open();
  await journal.intent('port', 'a');
  await appendFile(path, '{"event":"created","seq":99,"id":"x"}\n{"event":"intent"}\nnonsense\n');
  expect(await readJournal(stateFolder, runId)).toHaveLength(1);
  await journal.close();
});
