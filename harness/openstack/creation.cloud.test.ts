import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  fakeCloudPath,
  type Ingredients,
  ingredients,
  openTestAccess,
  type TestAccess,
} from '../../ci/openstack/fake-cloud.fixture.ts';
import type { Cloud } from './cloud.ts';
import { openTestRun, type TestRun } from './holdings.fixture.ts';
import { auditRun } from './inventory.ts';
import { readJournal } from './journal.ts';
import { serverPoller } from './poller.ts';
import { makePrivateNetwork } from './private-network.fixture.ts';
import { makeFloatingIp, makePort, makeSecurityGroup, makeServer, makeServerGroup } from './resources.ts';

describe.skipIf(fakeCloudPath === '')('making and removing in a real cloud', { timeout: 120_000 }, () => {
  let access: TestAccess;
  let cloud: Cloud;
  let parts: Ingredients;
  beforeEach(async () => {
    access = await openTestAccess();
    cloud = await access.open();
    parts = await ingredients(access.direct);
  });
  afterEach(() => access.close());

  const startServer = ({ holdings }: TestRun, role: string, portIds: readonly string[]) => {
    const { imageId, flavorId } = parts;
    return makeServer(holdings, role, { imageId, flavorId, portIds, userData: '#cloud-config\n' }, true);
  };

  /** A security group, a port in it and a server on the port. */
  async function makeMachine(run: TestRun, role = 'a') {
    const group = await makeSecurityGroup(run.holdings, role, [{ port: 22, cidr: '10.76.1.1/32' }]);
    const port = await makePort(run.holdings, role, { networkId: parts.networkId, securityGroupIds: [group.id] });
    const server = await startServer(run, role, [port.id]);
    return { group, port, server };
  }

  test('all that is made carries the mark, and nothing is left after the scope was closed', async () => {
    const { runId, direct } = access;
    await using run = await openTestRun(cloud, runId);
    const { server } = await makeMachine(run);
    await makeServerGroup(run.holdings, 'spread');
    const { marked: found } = await auditRun(direct, runId);
    expect(found.map((it) => it.kind).sort()).toEqual(['port', 'security-group', 'server', 'server-group']);
    expect(new Set(found.map((it) => it.mark.machine))).toEqual(new Set(['test-machine']));
    const active = await serverPoller(direct.compute).active(server.id, { deadlineMs: 60_000 });
    expect(active).toMatchObject({ name: `givre-${runId}-a`, tags: ['givre'], status: 'ACTIVE' });
    expect(await run.scope.close()).toEqual([]);
    expect(await auditRun(direct, runId)).toEqual({ marked: [], unseen: [] });
    const entries = (await readJournal(run.stateFolder, runId)) ?? [];
    expect(entries.length).toBeGreaterThanOrEqual(found.length);
    expect(entries.filter((it) => !it.removed)).toEqual([]);
    await run.journal.close();
    expect(await readdir(join(run.stateFolder, 'journals'))).toEqual([]);
  });

  test('a role that a run has had before gets a name of its own', async () => {
    await using run = await openTestRun(cloud, access.runId);
    await makeServerGroup(run.holdings, 'a');
    await makeServerGroup(run.holdings, 'a');
    const names = (await auditRun(access.direct, access.runId)).marked.map((it) => it.name);
    expect(names.sort((a, b) => a.length - b.length)).toEqual([
      `givre-${access.runId}-a`,
      expect.stringMatching(new RegExp(`^givre-${access.runId}-a-[a-z0-9]{4}$`)),
    ]);
  });

  test('a floating IP is known by its description alone, adopted when its answer is lost, and goes before its port', async () => {
    const { runId, direct, faulty } = access;
    await using network = await makePrivateNetwork(fakeCloudPath, parts.networkId, `f-${runId}`);
    await using run = await openTestRun(cloud, runId);
    const { networkId, externalId } = network;
    const port = await makePort(run.holdings, 'a', { networkId, securityGroupIds: [] });
    const losses = faulty.inject({ fault: 'lost-answer', method: 'POST', path: /floatingips$/, times: 1 });
    const ip = await makeFloatingIp(run.holdings, 'a', { networkId: externalId, portId: port.id });
    expect(losses.hits).toBe(1);
    expect(ip.portId).toBe(port.id);
    const [found, ...others] = (await auditRun(direct, runId)).marked.filter((it) => it.kind === 'floating-ip');
    expect(found).toMatchObject({ id: ip.id, name: `givre-${runId}-a`, status: ip.address });
    expect(others).toEqual([]);
    const begun = faulty.log.length;
    expect(await run.scope.close()).toEqual([]);
    const deleted = faulty.log.slice(begun).filter((it) => it.method === 'DELETE');
    expect(deleted.map((it) => it.path.split('/').at(-1))).toEqual([ip.id, port.id]);
    expect(await auditRun(direct, runId)).toEqual({ marked: [], unseen: [] });
  });

  test('a rule whose answer was lost is there once', async () => {
    const { runId, direct, faulty } = access;
    await using run = await openTestRun(cloud, runId);
    faulty.inject({ fault: 'lost-answer', method: 'POST', path: /security-group-rules$/, times: 1 });
    const before = (await direct.network.quota()).securityGroupRules.used;
    await makeSecurityGroup(run.holdings, 'a', [{ port: 22, cidr: '10.76.1.1/32' }]);
    // Ours, and Neutron's own two for a new group.
    expect((await direct.network.quota()).securityGroupRules.used - before).toBe(3);
  });

  test('a request that lands after it was sent again makes a second one, which is removed', async () => {
    const { runId, direct, faulty } = access;
    await using run = await openTestRun(cloud, runId, { looksAfterMs: [0] });
    faulty.inject({ fault: 'late-request', value: 2_500, method: 'POST', path: /\/servers$/, times: 1 });
    await startServer(run, 'a', []).catch(() => {});
    await faulty.idle();
    expect(await run.scope.close()).toEqual([]);
    expect(await auditRun(direct, runId)).toEqual({ marked: [], unseen: [] });
  });

  test('a refusal is passed on as it is, and nothing is asked twice', async () => {
    const { runId, faulty } = access;
    await using run = await openTestRun(cloud, runId);
    await expect(
      makePort(run.holdings, 'a', { networkId: '00000000-0000-4000-8000-000000000000', securityGroupIds: [] }),
    ).rejects.toMatchObject({ code: 'E_CLOUD_NOT_FOUND', message: expect.stringContaining('req-') });
    expect(faulty.log.filter((it) => it.method === 'POST' && it.path.includes('/ports'))).toHaveLength(1);
    expect(await run.scope.close()).toEqual([]);
  });

  test('a creation under way while the run begins to clean up is waited for and removed', async () => {
    const { runId, direct, faulty } = access;
    await using run = await openTestRun(cloud, runId);
    faulty.inject({ fault: 'delay', value: 1_500, method: 'POST', path: /\/servers$/ });
    const made = startServer(run, 'a', []).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await run.scope.close()).toEqual([]);
    await made;
    expect(await auditRun(direct, runId)).toEqual({ marked: [], unseen: [] });
    await expect(startServer(run, 'b', [])).rejects.toThrow('begun to clean up');
  });

  test('what cannot be removed is named with its id, its kind and why; the rest goes', async () => {
    const { runId, direct, faulty } = access;
    await using run = await openTestRun(cloud, runId, { removalDeadlineMs: 3_000 });
    const { port } = await makeMachine(run);
    faulty.inject({ fault: 'delete-lies', method: 'DELETE', path: /\/ports\// });
    const [failure] = await run.scope.close();
    expect(failure?.error).toMatchObject({ code: 'E_CLOUD_LEFT', exitCode: 5 });
    expect(String(failure?.error)).toContain(`port givre-${runId}-a (${port.id})`);
    expect((await auditRun(direct, runId)).marked.map((it) => it.kind).sort()).toEqual(['port', 'security-group']);
    const open = (await readJournal(run.stateFolder, runId))?.filter((it) => !it.removed);
    expect(open?.map((it) => it.kind).sort()).toEqual(['port', 'security-group']);
  });
});
