import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fakeCloudPath, ingredients } from '../../ci/openstack/fake-cloud.fixture.ts';
import { streamOutput } from '../core/output.ts';
import { run } from '../core/subprocess.ts';
import type { Cloud } from '../openstack/cloud.ts';
import { auditRun, statesOfKind } from '../openstack/inventory.ts';
import { journaledRuns, readJournal } from '../openstack/journal.ts';
import { descriptionOf, type Mark, metadataOf, nameOf, type resourceKinds } from '../openstack/marks.ts';
import { openCloud } from '../openstack/open.ts';
import { lockRun, machineId } from '../runs/lock.ts';
import { type ReapOpenstackOptions, reapOpenstack } from './reap-openstack.ts';

const PROGRAM = join(import.meta.dirname, 'provisioning.fixture.ts');
/** As `run` says that a program was ended by a signal. */
const KILLED = 128;

const env: Record<string, string> = { OS_CLIENT_CONFIG_FILE: fakeCloudPath };

describe.skipIf(fakeCloudPath === '')('reap in a cloud', { timeout: 300_000 }, () => {
  let cloud: Cloud;
  let stateFolder: string;
  let undo: (() => Promise<unknown>)[];
  beforeAll(async () => {
    cloud = await openCloud({ cloud: 'tester', env, signal: AbortSignal.timeout(60_000) });
  });
  afterAll(() => cloud.close());
  beforeEach(async () => {
    stateFolder = await mkdtemp(join(tmpdir(), 'givre-reap-'));
    undo = [];
  });
  afterEach(async () => {
    for (const one of undo.reverse()) await one();
    await rm(stateFolder, { recursive: true });
  });

  const newRunId = (): string => `f-${randomBytes(5).toString('hex')}`;
  const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

  async function reap(options: Partial<ReapOpenstackOptions> = {}, now: () => number = Date.now) {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) };
    const all = { cloud: 'tester', region: undefined, httpsProxy: undefined, yes: false, run: undefined, json: false };
    const exitCode = await reapOpenstack({ ...all, minAgeSeconds: 60, ...options }, streamOutput(stream, stream), {
      signal: AbortSignal.timeout(60_000),
      env,
      stateFolder,
      now,
      settleMs: 1_000,
    });
    return { exitCode, said: lines.join('') };
  }

  /** A security group with any name and description: the cheapest thing that can carry a mark, or look like it. */
  async function makeGroup(name: string, description: string): Promise<string> {
    const { id } = await cloud.network.createSecurityGroup({ name, description });
    undo.push(() => cloud.network.deleteSecurityGroup(id));
    return id;
  }

  async function groupExists(id: string): Promise<boolean> {
    return (await statesOfKind(cloud, 'security-group')).has(id);
  }

  test('a dry run changes nothing; --run removes what a killed run has left, its journal and its lock', async () => {
    const runId = newRunId();
    await killed(runId, 16);
    const { marked: before } = await auditRun(cloud, runId);
    expect(before.map((it) => it.kind).sort()).toEqual(['port', 'security-group', 'server', 'server-group']);
    const dry = await reap({ run: runId });
    expect(dry.said).toContain(`would remove server givre-${runId}-a (`);
    expect(dry.said).toContain(`--yes --run ${runId}`);
    expect((await auditRun(cloud, runId)).marked).toHaveLength(4);
    const wet = await reap({ run: runId, yes: true });
    expect(wet).toMatchObject({ exitCode: 0, said: expect.stringContaining(`removed server givre-${runId}-a (`) });
    expect(await auditRun(cloud, runId)).toEqual({ marked: [], unseen: [] });
    expect(await journaledRuns(stateFolder)).toEqual([]);
    expect(await readdir(join(stateFolder, 'locks'))).toEqual([]);
  });

  test('what a run has left is found by its marks alone when its state is lost', async () => {
    const runId = newRunId();
    await killed(runId, 16);
    await rm(join(stateFolder, 'journals'), { recursive: true });
    await rm(join(stateFolder, 'locks'), { recursive: true });
    expect((await auditRun(cloud, runId)).marked).toHaveLength(4);
    await reap({ run: runId, yes: true });
    expect(await auditRun(cloud, runId)).toEqual({ marked: [], unseen: [] });
  });

  test('what its journal has written down goes though its mark was taken away', async () => {
    const runId = newRunId();
    await killed(runId, 12);
    const port = (await readJournal(stateFolder, runId))?.find((it) => it.kind === 'port');
    await cloud.network.setPortDescription(port?.ids[0] ?? '', '');
    expect((await auditRun(cloud, runId)).marked.map((it) => it.kind)).not.toContain('port');
    const { said } = await reap({ run: runId, yes: true });
    expect(said).toContain(
      `removed port givre-${runId}-a (${port?.ids[0]}) (written down by its run; its mark is lost)`,
    );
    expect((await statesOfKind(cloud, 'port')).has(port?.ids[0] ?? '')).toBe(false);
  });

  test('a run that is alive keeps what it has, even past its time', async () => {
    const mark: Mark = {
      runId: newRunId(),
      role: 'a',
      machine: await machineId(stateFolder),
      expiresAtSeconds: inSeconds(-60),
    };
    const id = await makeGroup(nameOf(mark), descriptionOf(mark));
    const release = await lockRun(mark.runId, stateFolder);
    for (const run of [undefined, mark.runId]) {
      const { said } = await reap({ yes: true, run, minAgeSeconds: 0 });
      expect(said).toMatch(new RegExp(`keeps security group givre-${mark.runId}-a .*its run is alive`));
    }
    expect(await groupExists(id)).toBe(true);
    await release();
    await reap({ yes: true, run: mark.runId });
    expect(await groupExists(id)).toBe(false);
  });

  test('what was made elsewhere goes only when it has expired and two passes, far enough apart, have seen it', async () => {
    const mark: Mark = { runId: newRunId(), role: 'a', machine: 'elsewhere', expiresAtSeconds: inSeconds(3_600) };
    const id = await makeGroup(nameOf(mark), descriptionOf(mark));
    const at = (seconds: number) => () => (mark.expiresAtSeconds + seconds) * 1000;
    const only = { yes: true, run: mark.runId };
    expect((await reap(only)).said).toContain('made elsewhere, expires');
    expect((await reap(only, at(10))).said).toContain('seen for the first time');
    expect((await reap(only, at(40))).said).toContain('first seen only 30 s ago');
    expect(await groupExists(id)).toBe(true);
    expect((await reap(only, at(71))).said).toMatch(/removed security group .*seen twice/);
    expect(await groupExists(id)).toBe(false);
  });

  test('the latest expiry of a run counts for all of it, and a dry pass is a pass', async () => {
    const early: Mark = { runId: newRunId(), role: 'a', machine: 'elsewhere', expiresAtSeconds: inSeconds(-60) };
    const late: Mark = { ...early, role: 'b', expiresAtSeconds: inSeconds(3_600) };
    const ids = [await makeGroup('any', descriptionOf(early)), await makeGroup('any', descriptionOf(late))];
    const only = { run: early.runId, minAgeSeconds: 0 };
    expect((await reap(only)).said.match(/made elsewhere, expires/g)).toHaveLength(2);
    const later = () => (late.expiresAtSeconds + 1) * 1000;
    expect((await reap(only, later)).said.match(/seen for the first time/g)).toHaveLength(2);
    expect((await reap({ ...only, yes: true }, later)).said.match(/removed .*seen twice/g)).toHaveLength(2);
    expect(await Promise.all(ids.map(groupExists))).toEqual([false, false]);
  });

  test('nobody else’s is touched, however similar its name', async () => {
    const mark: Mark = {
      runId: newRunId(),
      role: 'a',
      machine: await machineId(stateFolder),
      expiresAtSeconds: inSeconds(-60),
    };
    const ours = await makeGroup(nameOf(mark), descriptionOf(mark));
    const foreign = await makeForeign(mark);
    for (let pass = 0; pass < 2; pass++) await reap({ yes: true, run: mark.runId, minAgeSeconds: 0 });
    expect(await groupExists(ours)).toBe(false);
    for (const [kind, id] of foreign) expect((await statesOfKind(cloud, kind)).has(id)).toBe(true);
  });

  test('JSON says what was found and decided', async () => {
    const mark: Mark = { runId: newRunId(), role: 'a', machine: 'elsewhere', expiresAtSeconds: inSeconds(3_600) };
    const id = await makeGroup(nameOf(mark), descriptionOf(mark));
    const { said } = await reap({ run: mark.runId, json: true });
    expect(JSON.parse(said)).toMatchObject({
      removed: false,
      resources: [{ kind: 'security-group', id, mark, remove: false }],
      unmarked: [],
      failures: [],
    });
  });

  test('what is no run’s id is refused before anything is asked', async () => {
    await expect(reap({ run: '../../etc', yes: true })).rejects.toMatchObject({ code: 'E_RUN_ID', exitCode: 2 });
  });

  function program(runId: string, killAt: number, folder = stateFolder) {
    return run([process.execPath, PROGRAM, folder, runId, String(killAt)], { env, timeoutMs: 240_000 });
  }

  /** A run that was killed at that point of its journal. */
  async function killed(runId: string, point: number): Promise<void> {
    undo.push(() => reap({ run: runId, yes: true }));
    expect((await program(runId, point)).exitCode).toBe(KILLED);
  }

  /** Named like ours, marked almost like ours, or marked for another run: none of it is this run's. */
  async function makeForeign(mark: Mark): Promise<readonly (readonly [(typeof resourceKinds)[number], string])[]> {
    const { imageId, flavorId, networkId } = await ingredients(cloud);
    const name = nameOf(mark);
    const { 'givre:machine': _, ...halfMark } = metadataOf(mark);
    const port = await cloud.network.createPort({
      name,
      description: `${descriptionOf(mark)} (a copy)`,
      networkId,
      securityGroupIds: [],
    });
    undo.push(() => cloud.network.deletePort(port.id));
    const server = await cloud.compute.createServer({
      name,
      imageId,
      flavorId,
      portIds: [port.id],
      userData: '',
      metadata: halfMark,
      tags: ['givre'],
    });
    undo.push(() => cloud.compute.deleteServer(server.id));
    const group = await cloud.compute.createServerGroup(name, 'soft-anti-affinity');
    undo.push(() => cloud.compute.deleteServerGroup(group.id));
    const other = { ...mark, runId: `${mark.runId}-2`, expiresAtSeconds: inSeconds(3_600) };
    return [
      ['server', server.id],
      ['port', port.id],
      ['server-group', group.id],
      ['security-group', await makeGroup(name, 'givre')],
      ['security-group', await makeGroup(nameOf(other), descriptionOf(other))],
    ];
  }
});
