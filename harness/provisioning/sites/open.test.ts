import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bench } from '../../bench/bench.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { stateFolder } from '../../core/paths.ts';
import { reapOpenstack } from '../../maintenance/reap-openstack.ts';
import { status } from '../../openstack/cloud-server.fixture.ts';
import { journaledRuns } from '../../openstack/journal.ts';
import { descriptionOf, nameOf } from '../../openstack/marks.ts';
import { isRunAlive, machineId } from '../../runs/lock.ts';
import { withRun } from '../run.ts';
import { runOf } from './open.ts';
import { type SiteTest, startSiteTest } from './site.fixture.ts';

let here: SiteTest;
beforeEach(async () => {
  here = await startSiteTest();
});
afterEach(() => here[Symbol.asyncDispose]());

const { signal } = new AbortController();
const silent = { result: () => {}, note: () => {}, status: () => {} };

async function reapAll(run: string | undefined): Promise<void> {
  const options = { cloud: 'local', region: undefined, httpsProxy: undefined, yes: true, json: false };
  await reapOpenstack({ ...options, run, minAgeSeconds: 0 }, silent, { signal, settleMs: 0 });
}

async function remembered(): Promise<readonly string[]> {
  const kept = ['locks', 'journals'].map((name) => readdir(join(stateFolder(), name)).catch(() => []));
  return (await Promise.all(kept)).flat();
}

test('whoever reaps as soon as a run has a journal sees that the run is alive', async () => {
  const plan = await here.planOn();
  const ended = await withRun(runOf(plan), { output: silent, signal }, async () => {
    expect(await isRunAlive(plan.runId)).toBe(true);
    for (const run of [undefined, plan.runId]) await reapAll(run);
    expect(await journaledRuns(stateFolder())).toEqual([plan.runId]);
    return { exitCode: exitCodes.ok };
  });
  expect(ended).toEqual({ exitCode: 0 });
  expect(await remembered()).toEqual([]);
});

test('a run whose place cannot be opened leaves neither lock nor journal', async () => {
  const unknown = bench(await here.planOn({ flavor: 'smal' }), silent, signal);
  await expect(unknown).rejects.toMatchObject({ code: 'E_FLAVOR_UNKNOWN' });
  // Found out when the journal is there already.
  const nowhere = bench(await here.planOn({ sshJump: 'no such host:x' }), silent, signal);
  await expect(nowhere).rejects.toThrow();
  expect(await remembered()).toEqual([]);
});

test('the audit after a run counts a kind that cannot be listed only where the run has made something of it', async () => {
  const plan = await here.planOn();
  const { scope, site, said } = await here.open(plan);
  here.cloud.answer('GET', '/os-server-groups', status(403));
  expect(await site.audit()).toEqual([]);
  expect(said.at(-1)).toMatch(/^server groups cannot be listed: .*; this run has made none$/);
  const mark = { runId: plan.runId, role: 'a', machine: await machineId(), expiresAtSeconds: 2_000_000_000 };
  here.cloud.keep('ports', { id: 'p1', name: nameOf(mark), description: descriptionOf(mark), network_id: 'n1' });
  expect(await site.audit()).toEqual([`port ${nameOf(mark)} (p1, DOWN)`]);
  await scope.close();
  await site.close();
});
