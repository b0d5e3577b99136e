import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Behaviour, PROJECT, sayJson, startCloudServer } from './cloud-server.fixture.ts';
import { openTestRun } from './holdings.fixture.ts';
import { auditRun } from './inventory.ts';
import { serverPoller } from './poller.ts';
import { removeAll } from './removal.ts';
import { makeVolume } from './resources.ts';

/** Cinder and soft deletion are in few test clouds: here they speak their protocol without a disk behind it. */

const VOLUMES = `/volume/v3/${PROJECT}/volumes`;
const newVolume = z.object({ volume: z.looseObject({ name: z.string(), metadata: z.record(z.string(), z.string()) }) });

type Asked = Parameters<Behaviour>[0];

interface FakeVolume {
  readonly id: string;
  readonly name: string;
  readonly metadata: Record<string, string>;
  status: string;
}

interface Cinder {
  readonly volumes: Map<string, FakeVolume>;
  readonly behaviour: Behaviour;
  /** How many of the next creations are done without an answer. */
  losses: number;
  /** How many of the next deletions find the volume in use. */
  inUse: number;
}

function cinder(): Cinder {
  const volumes = new Map<string, FakeVolume>();
  const create = (asked: Asked, response: ServerResponse): true => {
    const { name, metadata } = newVolume.parse(JSON.parse(asked.body)).volume;
    const volume = { id: randomUUID(), name, metadata, status: 'creating' };
    volumes.set(volume.id, volume);
    if (state.losses === 0) return sayJson(response, 202, { volume });
    state.losses -= 1;
    response.socket?.resetAndDestroy();
    return true;
  };
  const remove = (id: string, response: ServerResponse): true => {
    if (state.inUse > 0) {
      state.inUse -= 1;
      const message = 'Invalid volume: Volume status must be available or error or error_restoring';
      return sayJson(response, 400, { badRequest: { code: 400, message } });
    }
    volumes.delete(id);
    response.writeHead(202).end();
    return true;
  };
  const state: Cinder = {
    volumes,
    losses: 0,
    inUse: 0,
    behaviour(asked, response) {
      if (!asked.url.startsWith(VOLUMES)) return emptyLists(asked, response);
      const id = asked.url.slice(VOLUMES.length + 1);
      if (asked.method === 'POST') return create(asked, response);
      if (asked.method === 'DELETE') return remove(id, response);
      return sayJson(response, 200, { volumes: [...volumes.values()] });
    },
  };
  return state;
}

/** The other services have nothing. */
function emptyLists({ method, url }: Asked, response: ServerResponse): boolean {
  const key = /\/(servers|ports|floatingips|security-groups|os-server-groups|images)\b/.exec(url)?.[1];
  if (method !== 'GET' || key === undefined) return false;
  const name = key === 'os-server-groups' ? 'server_groups' : key.replaceAll('-', '_');
  return sayJson(response, 200, { [name]: [] });
}

test('a boot volume is ours: named, marked, adopted when its answer is lost, removed once nothing uses it', async () => {
  const state = cinder();
  await using server = await startCloudServer(state.behaviour);
  const cloud = await server.open();
  await using run = await openTestRun(cloud, 'f-volumes', { looksAfterMs: [0] });
  state.losses = 1;
  const { id } = await makeVolume(run.holdings, 'a', { sizeGb: 10, imageId: 'image' });
  expect([...state.volumes.values()]).toMatchObject([
    { id, name: 'givre-f-volumes-a', metadata: { 'givre:run': 'f-volumes', 'givre:role': 'a' } },
  ]);
  expect((await auditRun(cloud, 'f-volumes')).marked.map((it) => [it.kind, it.id])).toEqual([['volume', id]]);
  state.inUse = 2;
  expect(await run.scope.close()).toEqual([]);
  expect(state.volumes.size).toBe(0);
  await cloud.close();
});

test('a server that the cloud only puts aside counts as gone, and that is said', async () => {
  let status = 'ACTIVE';
  await using server = await startCloudServer(({ method, url }, response) => {
    if (!url.startsWith('/compute/v2.1/servers/')) return false;
    if (method === 'DELETE') {
      status = 'SOFT_DELETED';
      response.writeHead(204).end();
      return true;
    }
    return sayJson(response, 200, { server: { id: 's1', name: 'givre-f-soft-a', status } });
  });
  const cloud = await server.open();
  const notes: string[] = [];
  const poller = serverPoller(cloud.compute, { loneEveryMs: 20 });
  const doomed = [{ kind: 'server', id: 's1', name: 'givre-f-soft-a' } as const];
  expect(await removeAll(doomed, { cloud, poller, onNote: (line) => notes.push(line) })).toEqual([]);
  expect(notes).toEqual([expect.stringContaining('SOFT_DELETED')]);
  await cloud.close();
});

test('a server in ERROR while it is deleted is waited for until it is gone, and its volume only then removed', async () => {
  const order: string[] = [];
  let looks = 0;
  const state = cinder();
  await using server = await startCloudServer((asked, response) => {
    if (asked.method === 'DELETE') order.push(asked.url.split('/').slice(-2).join('/'));
    if (!asked.url.startsWith('/compute/v2.1/servers/s1')) return state.behaviour(asked, response);
    if (asked.method === 'DELETE') {
      response.writeHead(204).end();
      return true;
    }
    looks += 1;
    if (looks > 3) return sayJson(response, 404, { itemNotFound: { message: 'gone', code: 404 } });
    return sayJson(response, 200, {
      server: { id: 's1', name: 'x', status: 'ERROR', 'OS-EXT-STS:task_state': 'deleting' },
    });
  });
  const cloud = await server.open();
  state.volumes.set('v1', { id: 'v1', name: 'x', metadata: {}, status: 'in-use' });
  const poller = serverPoller(cloud.compute, { loneEveryMs: 20 });
  const doomed = [{ kind: 'volume', id: 'v1', name: 'x' } as const, { kind: 'server', id: 's1', name: 'x' } as const];
  expect(await removeAll(doomed, { cloud, poller })).toEqual([]);
  expect(order).toEqual(['servers/s1', 'volumes/v1']);
  expect(looks).toBe(4);
  await cloud.close();
});
