import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  createdSchema,
  failureOf,
  listSchema,
  openPlainClient,
  type PlainClient,
  tokenSchema,
} from '../plain-client.fixture.ts';
import { startFaultyCloud } from './cloud.ts';
import { errorAnswer } from './error-bodies.ts';
import { LOOK_ALIKE_ID } from './lies.ts';

/** Each fault does what it says. */

let client: PlainClient;
beforeEach(async () => {
  client = await openPlainClient();
});
afterEach(() => client.close());

describe('connections', () => {
  test('lost-request: reset, and the cloud has seen nothing', async () => {
    client.faulty.inject({ fault: 'lost-request', method: 'POST', times: 1 });
    expect(await failureOf(client.create('one'))).toContain('ECONNRESET');
    expect(client.plain.serverNames()).toEqual([]);
  });

  test('lost-answer: reset, and the server exists', async () => {
    client.faulty.inject({ fault: 'lost-answer', method: 'POST', times: 1 });
    expect(await failureOf(client.create('one'))).toContain('ECONNRESET');
    expect(client.plain.serverNames()).toEqual(['one']);
    expect(client.faulty.log.at(-1)).toMatchObject({ status: null, cloudStatus: 202, fault: 'lost-answer' });
  });

  test('late-request: reset, and the server comes into being afterwards', async () => {
    client.faulty.inject({ fault: 'late-request', value: 100, method: 'POST', times: 1 });
    expect(await failureOf(client.create('one'))).toContain('ECONNRESET');
    expect(client.plain.serverNames()).toEqual([]);
    await client.faulty.idle();
    expect(client.plain.serverNames()).toEqual(['one']);
  });

  test('delay: late, and right', async () => {
    client.faulty.inject({ fault: 'delay', value: 150, path: /detail$/ });
    const { value, tookMs } = await timed(() => client.list());
    expect(value.servers).toEqual([]);
    expect(tookMs).toBeGreaterThan(145);
  });

  test.each([
    ['hang', []],
    ['hang-after', ['one']],
  ] as const)('%s: no answer until the client gives up', async (fault, names) => {
    client.faulty.inject({ fault, method: 'POST' });
    const call = fetch(`${client.compute}/servers`, {
      method: 'POST',
      body: JSON.stringify({ server: { name: 'one' } }),
      signal: AbortSignal.timeout(200),
    });
    expect(await failureOf(call)).toMatch(/timeout/);
    expect(client.plain.serverNames()).toEqual(names);
    await client.faulty.idle();
  });

  test('crash: reset, then refused for a while, then well again', async () => {
    client.faulty.inject({ fault: 'crash', value: 300, method: 'GET', times: 1 });
    expect(await failureOf(client.list())).toMatch(/ECONNRESET|other side closed/);
    expect(await failureOf(client.list())).toContain('ECONNREFUSED');
    await expect.poll(() => client.list().catch(() => 'refused'), { timeout: 3000 }).toEqual({ servers: [] });
  });

  test('a service that is down refuses connections while the others answer', async () => {
    await client.faulty.down('compute');
    expect(await failureOf(client.list())).toContain('ECONNREFUSED');
    expect((await client.catalog()).get('compute')).toBe(client.compute);
    await client.faulty.up('compute');
    expect(await client.list()).toEqual({ servers: [] });
    await client.faulty.down('compute');
    await client.faulty.heal();
    expect(await client.list()).toEqual({ servers: [] });
  });

  test('a service may be down before its address is known', async () => {
    const other = await startFaultyCloud({ authUrl: client.plain.authUrl });
    await other.down('image');
    const answer = await fetch(`${other.authUrl}/auth/tokens`, { method: 'POST', body: '{}' });
    const { token } = tokenSchema.parse(await answer.json());
    const image = token.catalog.find(({ type }) => type === 'image')?.endpoints[0]?.url ?? '';
    expect(await failureOf(fetch(image))).toContain('ECONNREFUSED');
    await other.close();
  });

  test('garbage: no HTTP', async () => {
    client.faulty.inject({ fault: 'garbage', method: 'GET' });
    expect(await failureOf(client.list())).toMatch(/HTTP|parse|Expected/i);
  });

  test('drip: byte by byte', async () => {
    client.faulty.inject({ fault: 'drip', value: 10, path: /detail$/ });
    const { value, tookMs } = await timed(() => client.list());
    expect(value).toEqual({ servers: [] });
    expect(tookMs).toBeGreaterThan('{"servers":[]}'.length * 9);
  });

  test('cut-body: the head promises more than comes', async () => {
    client.faulty.inject({ fault: 'cut-body', path: /detail$/ });
    const answer = await fetch(`${client.compute}/servers/detail`);
    expect(answer.status).toBe(200);
    expect(await failureOf(answer.text())).toMatch(/ECONNRESET|terminated|closed/);
  });

  test.each([
    ['truncated-json', /^\{"server/],
    ['empty-body', /^$/],
    ['wrong-shape', /^\{"unexpected"/],
  ] as const)('%s: status as it should be, the body not', async (fault, body) => {
    client.faulty.inject({ fault, method: 'POST' });
    const answer = await client.create('one');
    const text = await answer.text();
    expect(answer.status).toBe(202);
    expect(text).toMatch(body);
    expect(createdSchema.safeParse(parsed(text)).success).toBe(false);
    expect(client.plain.serverNames()).toEqual(['one']);
  });
});

describe('statuses', () => {
  test.each(['400', '401', '403', '404', '409', '413', '429', '500', '503'] as const)(
    '%s: in the form of Nova, with a request id, and the cloud has seen nothing',
    async (fault) => {
      client.faulty.inject({ fault, method: 'POST', times: 1 });
      const answer = await client.create('one');
      expect(answer.status).toBe(Number(fault));
      expect(answer.headers.get('x-openstack-request-id')).toBe(client.faulty.log.at(-1)?.requestId);
      expect(
        Object.values(z.record(z.string(), z.object({ message: z.string().min(10) })).parse(await answer.json())),
      ).toHaveLength(1);
      expect(client.plain.serverNames()).toEqual([]);
      expect((await client.create('one')).status).toBe(202);
    },
  );

  test.each([
    ['compute', { conflictingRequest: { code: 409, message: 'in use' } }],
    ['network', { NeutronError: { type: 'Conflict', message: 'in use', detail: '' } }],
    ['identity', { error: { code: 409, message: 'in use', title: 'Error' } }],
    ['image', { code: '409 Error', title: 'Error', message: 'in use<br /><br />' }],
  ])('an error of %s is nested as that service does it', async (service, body) => {
    expect(JSON.parse(errorAnswer(service, 409, 'in use').body.toString())).toEqual(body);
  });

  test('429 and 429-date: Retry-After in seconds and as a date', async () => {
    client.faulty.inject({ fault: '429', value: 3, method: 'GET', times: 1 });
    expect((await fetch(`${client.compute}/servers/detail`)).headers.get('retry-after')).toBe('3');
    client.faulty.inject({ fault: '429-date', value: 60, method: 'GET', times: 1 });
    const date = Date.parse((await fetch(`${client.compute}/servers/detail`)).headers.get('retry-after') ?? '');
    expect(date - Date.now()).toBeGreaterThan(55_000);
    expect(date - Date.now()).toBeLessThanOrEqual(60_000);
  });

  test('over-quota: a refusal that names the quota', async () => {
    client.faulty.inject({ fault: 'over-quota', method: 'POST' });
    const answer = await client.create('one');
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('Quota exceeded for instances');
    expect(client.plain.serverNames()).toEqual([]);
  });

  test.each([
    ['502', 502, []],
    ['504', 504, ['one']],
    ['login-page', 200, []],
  ] as const)('%s: HTML', async (fault, status, names) => {
    client.faulty.inject({ fault, method: 'POST' });
    const answer = await client.create('one');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('text/html');
    expect(await answer.text()).toContain('<h1>');
    expect(client.plain.serverNames()).toEqual(names);
  });

  test('redirect: to a host that is none of the cloud', async () => {
    client.faulty.inject({ fault: 'redirect', method: 'GET' });
    const answer = await fetch(`${client.compute}/servers/detail`, { redirect: 'manual' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('http://elsewhere.invalid/login');
  });
});

describe('lies', () => {
  test.each([
    ['server-error', 'ERROR', 'Exceeded maximum number of retries.'],
    ['no-valid-host', 'ERROR', 'No valid host was found. There are not enough hosts available.'],
    ['endless-build', 'BUILD', undefined],
  ] as const)(
    '%s: one server and the list say %s, the answer to the creation is true',
    async (fault, status, message) => {
      client.faulty.inject({ fault, service: 'compute' });
      const id = await client.createdId('one');
      const expected = message === undefined ? { status } : { status, fault: { code: 500, message } };
      expect(await (await fetch(`${client.compute}/servers/${id}`)).json()).toMatchObject({
        server: { id, ...expected },
      });
      expect((await client.list()).servers).toMatchObject([{ id, ...expected }]);
    },
  );

  test('small-pages: real pages, linked', async () => {
    const ids = [await client.createdId('one'), await client.createdId('two'), await client.createdId('three')];
    client.faulty.inject({ fault: 'small-pages', value: 2, path: /detail$/ });
    const first = await client.list();
    const next = first.servers_links?.[0]?.href ?? '';
    const second = listSchema.parse(await (await fetch(next)).json());
    expect([...first.servers, ...second.servers].map(({ id }) => id)).toEqual(ids);
    expect(second.servers_links).toBeUndefined();
  });

  test('wrong-host-pages: path and query of the next page are right, the host is not', async () => {
    const ids = [await client.createdId('one'), await client.createdId('two')];
    client.faulty.inject({ fault: 'wrong-host-pages', path: /detail$/ });
    const first = await client.list();
    const next = new URL(first.servers_links?.[0]?.href ?? '');
    expect(next.origin).toBe('http://elsewhere.invalid');
    const second = await client.list(next.search);
    expect([...first.servers, ...second.servers].map(({ id }) => id)).toEqual(ids);
    expect(second.servers_links).toBeUndefined();
  });

  test('endless-pages: the next page is always the same one', async () => {
    const id = await client.createdId('one');
    client.faulty.inject({ fault: 'endless-pages', path: /detail$/ });
    const first = await client.list();
    const href = first.servers_links?.[0]?.href ?? '';
    const second = await client.list(new URL(href).search);
    expect(second).toEqual(first);
    expect(second.servers.map((it) => it.id)).toEqual([id]);
  });

  test('look-alike: a server of the same name that has another id and no marks', async () => {
    const id = await client.createdId('one');
    client.faulty.inject({ fault: 'look-alike', path: /detail$/ });
    expect((await client.list()).servers).toMatchObject([
      { id: LOOK_ALIKE_ID, name: 'one', metadata: {} },
      { id, name: 'one', metadata: { 'givre:run': 'c' } },
    ]);
  });

  test('stale-list: what is new is not there yet', async () => {
    client.faulty.inject({ fault: 'stale-list', value: 0.2, path: /detail$/ });
    const id = await client.createdId('one');
    expect((await client.list()).servers).toEqual([]);
    await expect.poll(async () => (await client.list()).servers.map((it) => it.id), { timeout: 3000 }).toEqual([id]);
  });

  test('delete-lies: 204, and the server is still there', async () => {
    const id = await client.createdId('one');
    client.faulty.inject({ fault: 'delete-lies', times: 1, method: 'DELETE' });
    expect((await fetch(`${client.compute}/servers/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(client.plain.serverNames()).toEqual(['one']);
    expect((await fetch(`${client.compute}/servers/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(client.plain.serverNames()).toEqual([]);
  });

  test('old-microversions: the range ends early', async () => {
    client.faulty.inject({ fault: 'old-microversions', value: '2.20' });
    const document = await (await fetch(`${client.compute}/`)).json();
    expect(document).toMatchObject({ version: { min_version: '2.1', version: '2.20' } });
  });

  test('no-service: the catalog has all services but one', async () => {
    client.faulty.inject({ fault: 'no-service', value: 'compute' });
    expect([...(await client.catalog()).keys()]).toEqual(['identity', 'image']);
  });

  test('clock-skew: the cloud seems to live in the future', async () => {
    client.faulty.inject({ fault: 'clock-skew', value: 7200 });
    const date = Date.parse((await fetch(`${client.compute}/`)).headers.get('date') ?? '');
    expect((date - Date.now()) / 1000).toBeGreaterThan(7190);
  });
});

async function timed<T>(call: () => Promise<T>): Promise<{ readonly value: T; readonly tookMs: number }> {
  const start = performance.now();
  const value = await call();
  return { value, tookMs: performance.now() - start };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
