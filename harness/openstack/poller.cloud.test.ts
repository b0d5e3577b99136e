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
import { serverPoller } from './poller.ts';
import { makeServer } from './resources.ts';

describe.skipIf(fakeCloudPath === '')('waiting for servers of a real cloud', { timeout: 120_000 }, () => {
  let access: TestAccess;
  let cloud: Cloud;
  let run: TestRun;
  let parts: Ingredients;
  beforeEach(async () => {
    access = await openTestAccess();
    cloud = await access.open();
    run = await openTestRun(cloud, access.runId);
    parts = await ingredients(access.direct);
  });
  afterEach(async () => {
    access.faulty.heal();
    await run[Symbol.asyncDispose]();
    await access.close();
  });

  const start = async (role: string): Promise<string> => {
    const server = { imageId: parts.imageId, flavorId: parts.flavorId, portIds: [], userData: '' };
    return (await makeServer(run.holdings, role, server, true)).id;
  };
  const listsAsked = (): number =>
    access.faulty.log.filter((it) => it.method === 'GET' && it.path.startsWith('/v2.1/servers/detail')).length;

  test('several waits share their looks: lists, not a request for each', async () => {
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((role) => start(role)));
    access.faulty.inject({ fault: 'endless-build', times: 3, method: 'GET', path: /detail$/ });
    const before = access.faulty.log.length;
    const poller = serverPoller(cloud.compute, { everyMs: 400, loneEveryMs: 200 });
    const servers = await Promise.all(ids.map((id) => poller.active(id, { deadlineMs: 60_000 })));
    expect(servers.map((it) => it.id)).toEqual(ids);
    expect(servers.every((it) => it.status === 'ACTIVE')).toBe(true);
    expect(listsAsked()).toBeGreaterThanOrEqual(4);
    // No more than one look at each by itself, after the others were done.
    expect(access.faulty.log.length - before).toBeLessThanOrEqual(listsAsked() + ids.length);
  });

  test('a server that somebody else deletes is not waited for any longer', async () => {
    const id = await start('a');
    access.faulty.inject({ fault: 'endless-build', times: 2 });
    // Waited for at once: it may come true while the other one is still being waited for.
    const vanishing = expect(serverPoller(cloud.compute).active(id, { deadlineMs: 60_000 })).rejects.toMatchObject({
      code: 'E_SERVER_VANISHED',
      message: expect.stringContaining(id),
    });
    await access.direct.compute.deleteServer(id);
    await Promise.all([vanishing, serverPoller(access.direct.compute).gone(id, { deadlineMs: 60_000 })]);
  });

  test('an aborted wait ends', async () => {
    const id = await start('a');
    access.faulty.inject({ fault: 'endless-build' });
    const signal = AbortSignal.timeout(1_000);
    const begun = performance.now();
    await expect(serverPoller(cloud.compute).active(id, { deadlineMs: 60_000, signal })).rejects.toThrow();
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
});
