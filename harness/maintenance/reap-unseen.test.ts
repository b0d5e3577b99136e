import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { streamOutput } from '../core/output.ts';
import { PROJECT, sayJson, status } from '../openstack/cloud-server.fixture.ts';
import { openJournal, readJournal } from '../openstack/journal.ts';
import { descriptionOf, type Mark, metadataOf, nameOf, type ResourceKind } from '../openstack/marks.ts';
import { type ProjectCloud, startProjectCloud } from '../openstack/project-cloud.fixture.ts';
import { machineId } from '../runs/lock.ts';
import { type ReapOpenstackOptions, reapOpenstack } from './reap-openstack.ts';

let stateFolder: string;
let cloud: ProjectCloud;
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'givre-reap-'));
  cloud = await startProjectCloud();
});
afterEach(async () => {
  await cloud[Symbol.asyncDispose]();
  await rm(stateFolder, { recursive: true });
});

const RUN = 'f-dead';

async function reap(options: Partial<ReapOpenstackOptions> = {}) {
  const lines: string[] = [];
  const stream = { write: (text: string) => lines.push(text) };
  const all = { cloud: 'local', region: undefined, httpsProxy: undefined, yes: true, run: RUN, json: false };
  const exitCode = await reapOpenstack({ ...all, minAgeSeconds: 0, ...options }, streamOutput(stream, stream), {
    signal: AbortSignal.timeout(60_000),
    env: { HOME: cloud.folder, OS_CLIENT_CONFIG_FILE: join(cloud.folder, 'clouds.yaml') },
    stateFolder,
    settleMs: 0,
  });
  return { exitCode, said: lines.join('') };
}

/** As a killed run of this machine, or of another one, has left it. */
async function leave(machine?: string): Promise<Mark> {
  const here = machine ?? (await machineId(stateFolder));
  const mark = { runId: RUN, role: 'a', machine: here, expiresAtSeconds: Math.floor(Date.now() / 1000) - 60 };
  cloud.keep('ports', { id: 'p1', name: nameOf(mark), description: descriptionOf(mark), network_id: 'n1' });
  cloud.keep('security-groups', { id: 'g1', name: nameOf(mark), description: descriptionOf(mark) });
  return mark;
}

async function journalOf(...kinds: readonly ResourceKind[]): Promise<void> {
  const place = { cloud: 'local', region: 'RegionOne', projectId: PROJECT };
  const journal = await openJournal({ stateFolder, runId: RUN, place });
  for (const kind of kinds) await journal.created(await journal.intent(kind, `givre-${RUN}-a`), `${kind}-1`);
  await journal.close();
}

const forbidden = (_asked: unknown, response: Parameters<ReturnType<typeof status>>[1]): true =>
  sayJson(response, 403, { forbidden: { code: 403, message: 'Policy does not allow it' } });

test('a kind that may not be listed is told, all else is removed, and the exit code says that not all was seen', async () => {
  await leave();
  cloud.answer('GET', '/os-server-groups', forbidden);
  const { exitCode, said } = await reap();
  expect(said).toContain('error: server groups cannot be listed: ');
  expect(said).toContain(`removed port givre-${RUN}-a (p1`);
  expect([cloud.kept('ports').size, cloud.kept('security-groups').size]).toEqual([0, 0]);
  expect(exitCode).toBe(4);
  const again = await reap();
  expect(again.said).toContain(`nothing of run ${RUN} is in project`);
  expect(again).toMatchObject({ exitCode: 4, said: expect.stringContaining('as far as could be seen') });
});

test('a journal keeps what nobody could look for, and is ended once that was seen to be gone', async () => {
  await leave();
  await journalOf('port', 'server-group');
  cloud.answer('GET', '/os-server-groups', forbidden);
  await reap();
  const open = (await readJournal(stateFolder, RUN))?.filter((it) => !it.removed);
  expect(open?.map((it) => it.kind)).toEqual(['server-group']);
  cloud.answer('GET', '/os-server-groups', status(404));
  expect(await reap()).toMatchObject({ exitCode: 0 });
  expect(await readJournal(stateFolder, RUN)).toBeUndefined();
});

test('nothing of a run that may be alive elsewhere is taken for expired while its servers cannot be listed', async () => {
  const mark = await leave('elsewhere');
  const later = { ...mark, expiresAtSeconds: mark.expiresAtSeconds + 7_200 };
  cloud.keep('servers', { id: 's1', name: nameOf(mark), metadata: metadataOf(later) });
  cloud.answer('GET', '/servers/detail', forbidden);
  for (let pass = 0; pass < 3; pass++) expect((await reap({ run: undefined })).exitCode).toBe(4);
  expect((await reap()).said).toContain('servers cannot be listed, and they may say that its run goes on');
  expect([cloud.kept('ports').size, cloud.kept('security-groups').size]).toEqual([1, 1]);
});

test('a pass that cannot list a kind does not forget when its things were first seen', async () => {
  await leave('elsewhere');
  expect((await reap({ yes: false, run: undefined })).said).toContain('seen for the first time');
  cloud.answer('GET', '/ports', forbidden);
  await reap({ run: undefined });
  expect(cloud.kept('ports').size).toBe(1);
  cloud.answer('GET', '/ports', (_, response) => sayJson(response, 200, { ports: [...cloud.kept('ports').values()] }));
  expect((await reap({ run: undefined })).said).toContain('removed port');
  expect(cloud.kept('ports').size).toBe(0);
});

test('sightings that cannot be written down keep nothing from being removed', async () => {
  await leave();
  // A folder in its place fails like a full disk, also for root.
  await mkdir(join(stateFolder, 'reap-sightings.json'));
  const { exitCode, said } = await reap();
  expect(said).toContain('warning: could not write down what was seen');
  expect(cloud.kept('ports').size).toBe(0);
  expect(exitCode).toBe(0);
});
