import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Scope } from '../../core/scope.ts';
import { status } from '../../openstack/cloud-server.fixture.ts';
import { journaledRuns } from '../../openstack/journal.ts';
import { descriptionOf, nameOf } from '../../openstack/marks.ts';
import { furnish, type ProjectCloud, startProjectCloud } from '../../openstack/project-cloud.fixture.ts';
import { isRunAlive, machineId, stateFolder } from '../../runs/lock.ts';
import { optionsOf } from '../bench.fixture.ts';
import { bench } from '../bench.ts';
import type { OpenstackOptions } from '../options.ts';
import { makePlan, type Plan } from '../plan.ts';
import { reapOpenstack } from '../reap-openstack.ts';
import { openSite } from './open.ts';

let cloud: ProjectCloud;
let folder: string;
beforeEach(async () => {
  cloud = await startProjectCloud();
  furnish(cloud);
  folder = await mkdtemp(join(tmpdir(), 'givre-site-'));
  vi.stubEnv('XDG_STATE_HOME', folder);
  vi.stubEnv('OS_CLIENT_CONFIG_FILE', join(cloud.folder, 'clouds.yaml'));
  for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '127.0.0.1');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await cloud[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();

function planOn(target: Partial<OpenstackOptions> = {}): Promise<Plan> {
  const openstack: OpenstackOptions = {
    cloud: 'local',
    region: undefined,
    flavor: 'small',
    image: 'debian-12',
    network: 'private',
    floatingNetwork: undefined,
    availabilityZone: undefined,
    configDrive: false,
    bootVolumeGb: undefined,
    serverGroup: false,
    sshUser: 'debian',
    sshJump: undefined,
    allowFrom: ['192.0.2.0/24'],
    golden: true,
    httpsProxy: undefined,
    ...target,
  };
  const options = optionsOf({ out: join(folder, 'runs'), target: { kind: 'openstack', ...openstack } });
  return makePlan(options, { signal, now: new Date() });
}

interface Opened {
  readonly scope: Scope;
  readonly site: Awaited<ReturnType<typeof openSite>>;
  readonly said: string[];
}

async function open(plan: Plan): Promise<Opened> {
  const scope = new Scope();
  const said: string[] = [];
  return { scope, said, site: await openSite(plan, { scope, signal, progress: (line) => said.push(line) }) };
}

async function reapAll(run: string | undefined): Promise<void> {
  const output = { result: () => {}, note: () => {}, status: () => {} };
  const options = { cloud: 'local', region: undefined, httpsProxy: undefined, yes: true, json: false };
  await reapOpenstack({ ...options, run, minAgeSeconds: 0 }, output, { signal, settleMs: 0 });
}

async function remembered(): Promise<readonly string[]> {
  const kept = ['locks', 'journals'].map((name) => readdir(join(stateFolder(), name)).catch(() => []));
  return (await Promise.all(kept)).flat();
}

test('whoever reaps as soon as a run has a journal sees that the run is alive', async () => {
  const plan = await planOn();
  const { scope, site } = await open(plan);
  expect(await isRunAlive(plan.runId)).toBe(true);
  for (const run of [undefined, plan.runId]) await reapAll(run);
  expect(await journaledRuns(stateFolder())).toEqual([plan.runId]);
  expect(await scope.close()).toEqual([]);
  await site.close();
  expect(await remembered()).toEqual([]);
});

test('a run whose place cannot be opened leaves neither lock nor journal', async () => {
  const output = { result: () => {}, note: () => {}, status: () => {} };
  const unknown = bench(await planOn({ flavor: 'smal' }), output, signal);
  await expect(unknown).rejects.toMatchObject({ code: 'E_FLAVOR_UNKNOWN' });
  // Found out when the journal is there already.
  const nowhere = bench(await planOn({ sshJump: 'no such host:x' }), output, signal);
  await expect(nowhere).rejects.toThrow();
  expect(await remembered()).toEqual([]);
});

test('the audit after a run counts a kind that cannot be listed only where the run has made something of it', async () => {
  const plan = await planOn();
  const { scope, site, said } = await open(plan);
  cloud.answer('GET', '/os-server-groups', status(403));
  expect(await site.audit()).toEqual([]);
  expect(said.at(-1)).toMatch(/^server groups cannot be listed: .*; this run has made none$/);
  const mark = { runId: plan.runId, role: 'a', machine: await machineId(), expiresAtSeconds: 2_000_000_000 };
  cloud.keep('ports', { id: 'p1', name: nameOf(mark), description: descriptionOf(mark), network_id: 'n1' });
  expect(await site.audit()).toEqual([`port ${nameOf(mark)} (p1, DOWN)`]);
  await scope.close();
  await site.close();
});
