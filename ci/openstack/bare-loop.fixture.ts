import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { fakeCloudPath, type Ingredients, smallServer } from './fake-cloud.fixture.ts';

/** What one whole life of many servers has cost. */
export interface LoopCost {
  readonly createdMs: number;
  readonly removedMs: number;
  readonly wallMs: number;
  readonly requests: number;
}

/** At most `width` at a time, in order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) {
      const item = items[i];
      if (item !== undefined) results.set(i, await act(item));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}

const createdSchema = z.record(z.string(), z.object({ id: z.string() }));
const listSchema = z.object({ servers: z.array(z.object({ id: z.string(), status: z.string() })) });
const cloudsSchema = z.object({
  clouds: z.object({
    tester: z.object({
      auth: z.object({ auth_url: z.string(), username: z.string(), password: z.string(), project_name: z.string() }),
    }),
  }),
});
const tokenSchema = z.object({
  token: z.object({
    catalog: z.array(z.object({ type: z.string(), endpoints: z.array(z.object({ url: z.string() })) })),
  }),
});

/** For all servers to come up, or to go. */
const WAIT_MS = 900_000;

type Ask = (method: string, url: string, body?: unknown) => Promise<unknown>;

/**
 * The least that a program can do: plain fetch, no marks checked, no journal, no repetition, one list a second for all
 * waits. What our own code is measured against.
 */
export async function bareLoop(runId: string, count: number, width: number, parts: Ingredients): Promise<LoopCost> {
  let requests = 0;
  const { ask, compute, network } = await signIn(() => {
    requests += 1;
  });
  const start = performance.now();
  const group = idIn(
    await ask('POST', `${network}/security-groups`, { security_group: { name: `givre-${runId}-ssh` } }),
  );
  const roles = Array.from({ length: count }, (_, i) => `m${i}`);
  const made = await inParallel(roles, width, async (role) => {
    const name = `givre-${runId}-${role}`;
    const port = { network_id: parts.networkId, name, security_groups: [group] };
    const portId = idIn(await ask('POST', `${network}/ports`, { port }));
    const { imageId, flavorId, userData, metadata, tags } = smallServer(runId, role, parts, portId);
    const server = {
      name,
      imageRef: imageId,
      flavorRef: flavorId,
      networks: [{ port: portId }],
      user_data: Buffer.from(userData).toString('base64'),
      metadata,
      tags,
    };
    return { portId, serverId: idIn(await ask('POST', `${compute}/servers`, { server })) };
  });
  const ours = new Set(made.map(({ serverId }) => serverId));
  await until(ask, compute, ours, (found) => found.length === count && found.every((status) => status === 'ACTIVE'));
  const createdMs = performance.now() - start;
  await inParallel(made, width, ({ serverId }) => ask('DELETE', `${compute}/servers/${serverId}`));
  await until(ask, compute, ours, (found) => found.length === 0);
  await inParallel(made, width, ({ portId }) => ask('DELETE', `${network}/ports/${portId}`));
  await ask('DELETE', `${network}/security-groups/${group}`);
  const wallMs = performance.now() - start;
  return { createdMs, removedMs: wallMs - createdMs, wallMs, requests };
}

async function signIn(count: () => void): Promise<{ ask: Ask; compute: string; network: string }> {
  const { auth } = cloudsSchema.parse(parse(await readFile(fakeCloudPath, 'utf8'))).clouds.tester;
  const domain = { id: 'default' };
  const user = { name: auth.username, domain, password: auth.password };
  const identity = { methods: ['password'], password: { user } };
  const scope = { project: { name: auth.project_name, domain } };
  const body = JSON.stringify({ auth: { identity, scope } });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${auth.auth_url}/auth/tokens`, { method: 'POST', headers, body });
  const { token } = tokenSchema.parse(await answer.json());
  const own = {
    ...headers,
    'x-auth-token': answer.headers.get('x-subject-token') ?? '',
    'openstack-api-version': 'compute 2.52',
  };
  const urlOf = (type: string): string => token.catalog.find((it) => it.type === type)?.endpoints[0]?.url ?? '';
  const ask: Ask = async (method, url, json) => {
    count();
    const given = json === undefined ? {} : { body: JSON.stringify(json) };
    const result = await fetch(url, { method, headers: own, ...given });
    const text = await result.text();
    if (!result.ok) throw new Error(`${method} ${url}: ${result.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return { ask, compute: urlOf('compute'), network: `${urlOf('network')}/v2.0` };
}

function idIn(answer: unknown): string {
  return Object.values(createdSchema.parse(answer))[0]?.id ?? '';
}

async function until(
  ask: Ask,
  compute: string,
  ids: ReadonlySet<string>,
  done: (states: readonly string[]) => boolean,
): Promise<void> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const { servers } = listSchema.parse(await ask('GET', `${compute}/servers/detail?tags=givre`));
    const states = servers.filter(({ id }) => ids.has(id)).map(({ status }) => status);
    if (done(states)) return;
    // It repeats nothing, so one failure of the cloud is its end.
    const overdue = performance.now() > end;
    if (overdue || states.includes('ERROR')) throw new Error(`the bare loop's servers are ${states.join(', ')}`);
    await sleep(1_000);
  }
}
