import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fakeCloudPath, ingredients, openTestAccess, smallServer } from '../../ci/openstack/fake-cloud.fixture.ts';
import { streamOutput } from '../core/output.ts';
import { run } from '../core/subprocess.ts';
import type { Cloud } from '../openstack/cloud.ts';
import { auditRun, statesOfKind } from '../openstack/inventory.ts';
import { journaledRuns } from '../openstack/journal.ts';
import { openCloud } from '../openstack/open.ts';
import { reapOpenstack } from './reap-openstack.ts';

const PROGRAM = join(import.meta.dirname, 'provisioning.fixture.ts');
/** Of the program's journal: before and after intent, created and removed of five kinds. */
const POINTS = 5 * 3 * 2;
/** As `run` says that a program was ended by a signal. */
const KILLED = 128;

// Each waits for the cloud most of the time; more at once only wait longer.
vi.setConfig({ maxConcurrency: 3 });

const env: Record<string, string> = { OS_CLIENT_CONFIG_FILE: fakeCloudPath };

describe.skipIf(fakeCloudPath === '')('kill -9 and then reap', { timeout: 300_000 }, () => {
  /** Every run's id begins with it. */
  const base = `f-${randomBytes(4).toString('hex')}`;
  const foreignServers: string[] = [];
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await openCloud({ cloud: 'tester', env, signal: AbortSignal.timeout(60_000) });
    const parts = await ingredients(cloud);
    const [network] = (await cloud.network.listNetworks()).filter((it) => it.id === parts.networkId);
    if (network === undefined) throw new Error('no network');
    // Of another run whose id begins like ours and which is not over; and somebody else's with our name and half a mark.
    const other = { ...smallServer(base, 'a', parts, ''), portIds: [] };
    const { 'givre:machine': _, ...half } = other.metadata;
    for (const server of [other, { ...other, metadata: half }]) {
      foreignServers.push((await cloud.compute.createServer(server)).id);
    }
  });
  afterAll(async () => {
    const left = await statesOfKind(cloud, 'server');
    for (const id of foreignServers) await cloud.compute.deleteServer(id);
    await cloud.close();
    for (const id of foreignServers) expect(left.has(id)).toBe(true);
  });

  const program = (runId: string, folder: string, killAt: number) =>
    run([process.execPath, PROGRAM, folder, runId, String(killAt)], { env, timeoutMs: 240_000 });

  async function reap(runId: string, stateFolder: string, settleMs: number): Promise<string> {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) };
    const options = { cloud: 'tester', region: undefined, httpsProxy: undefined, json: false, minAgeSeconds: 60 };
    const surroundings = { signal: AbortSignal.timeout(60_000), env, stateFolder, settleMs };
    const exitCode = await reapOpenstack(
      { ...options, yes: true, run: runId },
      streamOutput(stream, stream),
      surroundings,
    );
    expect([exitCode, lines.join('')]).toEqual([0, expect.any(String)]);
    return lines.join('');
  }

  test.concurrent('a run that is not killed passes all points and leaves nothing', async () => {
    const runId = `${base}-0`;
    const folder = await mkdtemp(join(tmpdir(), 'givre-kill-'));
    expect(await program(runId, folder, 0)).toMatchObject({ exitCode: 0, stdout: `${POINTS}\n` });
    expect(await auditRun(cloud, runId)).toEqual({ marked: [], unseen: [] });
    expect(await journaledRuns(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  const points = Array.from({ length: POINTS }, (_, index) => index + 1);
  test.concurrent.each(points)('at point %i of the journal: 0 left, nobody else’s touched', async (point) => {
    const runId = `${base}-${point}`;
    const folder = await mkdtemp(join(tmpdir(), 'givre-kill-'));
    const lookAlike = await cloud.network.createSecurityGroup({ name: `givre-${runId}-ssh`, description: 'mine' });
    try {
      expect(await program(runId, folder, point)).toMatchObject({ exitCode: KILLED, stderr: '' });
      await reap(runId, folder, 1_000);
      expect(await auditRun(cloud, runId)).toEqual({ marked: [], unseen: [] });
      expect(await journaledRuns(folder)).toEqual([]);
      expect((await statesOfKind(cloud, 'security-group')).has(lookAlike.id)).toBe(true);
    } finally {
      await reap(runId, folder, 0);
      await cloud.network.deleteSecurityGroup(lookAlike.id);
      await rm(folder, { recursive: true });
    }
  });

  test('while a request is under way that the cloud serves only later: 0 left', async () => {
    const access = await openTestAccess();
    const folder = await mkdtemp(join(tmpdir(), 'givre-kill-'));
    try {
      access.faulty.inject({ fault: 'late-request', value: 4_000, method: 'POST', path: /\/ports$/, times: 1 });
      const asked = () => access.faulty.log.find((it) => it.method === 'POST' && it.path.endsWith('/ports'));
      const child = spawn(process.execPath, [PROGRAM, folder, access.runId], {
        env: { ...process.env, OS_CLIENT_CONFIG_FILE: access.cloudsPath },
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      await expect.poll(asked, { timeout: 120_000, interval: 50 }).toBeDefined();
      child.kill('SIGKILL');
      await ended;
      expect((await auditRun(cloud, access.runId)).marked.map((it) => it.kind)).not.toContain('port');
      expect(await reap(access.runId, folder, 10_000)).toContain(`removed port givre-${access.runId}-a`);
      expect(asked()?.cloudStatus).toBe(201);
      expect(await auditRun(cloud, access.runId)).toEqual({ marked: [], unseen: [] });
    } finally {
      await access.close();
      await rm(folder, { recursive: true });
    }
  });
});
