import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { messageOf } from '../../harness/core/errors.ts';
import { run } from '../../harness/core/subprocess.ts';
import { errorAnswer } from './faulty-cloud/error-bodies.ts';
import { faults } from './faulty-cloud/faults.ts';
import { LOOK_ALIKE_ID } from './faulty-cloud/lies.ts';
import { parseRule } from './faulty-cloud/rules.ts';
import { type FaultyCloud, startFaultyCloud } from './faulty-cloud.ts';
import { IMAGE_BYTES, type PlainCloud, startPlainCloud } from './plain-cloud.fixture.ts';

/** The proxy itself: each fault does what it says, and nothing happens without one. */

const tokenSchema = z.object({
  token: z.object({
    catalog: z.array(z.object({ type: z.string(), endpoints: z.array(z.object({ url: z.string() })) })),
  }),
});
const listSchema = z.object({
  servers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      status: z.string(),
      metadata: z.record(z.string(), z.string()),
      fault: z.object({ code: z.number(), message: z.string() }).optional(),
    }),
  ),
  servers_links: z.array(z.object({ rel: z.string(), href: z.string() })).optional(),
});
const createdSchema = z.object({ server: z.object({ id: z.string() }) });

let plain: PlainCloud;
let faulty: FaultyCloud;
let compute: string;

beforeEach(async () => {
  plain = await startPlainCloud();
  faulty = await startFaultyCloud({ authUrl: plain.authUrl });
  compute = (await catalog()).get('compute') ?? '';
});

afterEach(async () => {
  await faulty.close();
  plain.close();
});

async function catalog(): Promise<ReadonlyMap<string, string>> {
  const answer = await fetch(`${faulty.authUrl}/auth/tokens`, { method: 'POST', body: '{}' });
  const { token } = tokenSchema.parse(await answer.json());
  return new Map(token.catalog.map(({ type, endpoints }) => [type, endpoints[0]?.url ?? '']));
}

function create(name: string): Promise<Response> {
  return fetch(`${compute}/servers`, { method: 'POST', body: JSON.stringify({ server: { name } }) });
}

async function createdId(name: string): Promise<string> {
  return createdSchema.parse(await (await create(name)).json()).server.id;
}

async function list(query = ''): Promise<z.infer<typeof listSchema>> {
  return listSchema.parse(await (await fetch(`${compute}/servers/detail${query}`)).json());
}

/** The innermost message: undici wraps what happened in "fetch failed". */
async function failureOf(call: Promise<unknown>): Promise<string> {
  const innermost = (error: unknown): string =>
    error instanceof Error && error.cause !== undefined
      ? `${messageOf(error.cause)} ${innermost(error.cause)}`
      : messageOf(error);
  return await call.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => innermost(error),
  );
}

async function timed<T>(call: () => Promise<T>): Promise<{ readonly value: T; readonly tookMs: number }> {
  const start = performance.now();
  const value = await call();
  return { value, tookMs: performance.now() - start };
}

describe('without a fault', () => {
  test('the catalog and every link name the proxy only, and the same paths', async () => {
    await create('one');
    await create('two');
    const { servers, servers_links } = await list('?limit=1');
    expect(servers.map(({ name }) => name)).toEqual(['one']);
    expect(compute).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v2\.1$/);
    expect(compute).not.toContain(plain.computeOrigin);
    expect(servers_links?.[0]?.href.startsWith(`${compute}/servers/detail?limit=1&marker=`)).toBe(true);
    expect((await create('three')).headers.get('location')).toContain(`${compute}/servers/`);
    expect((await catalog()).get('identity')).toBe(faulty.authUrl);
  });

  test('what is no JSON is streamed as it is', async () => {
    const image = await fetch(`${(await catalog()).get('image')}/v2/images/x/file`);
    expect(Buffer.from(await image.arrayBuffer()).equals(IMAGE_BYTES)).toBe(true);
  });

  test('the log names method, service, path, statuses and request id, and no token', async () => {
    const answer = await create('one');
    expect(faulty.log.at(-1)).toMatchObject({
      method: 'POST',
      service: 'compute',
      path: '/v2.1/servers',
      status: 202,
      cloudStatus: 202,
      fault: null,
      requestId: answer.headers.get('x-openstack-request-id'),
    });
    expect(JSON.stringify(faulty.log)).not.toContain('a-secret-token');
  });

  test('a cloud that does not answer is told from a fault', async () => {
    plain.close();
    const answer = await create('one');
    expect(answer.status).toBe(502);
    expect(await answer.text()).toMatch(/^faulty cloud: http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });
});

describe('a rule', () => {
  test('meets only the requests that fit method, service, path and query', async () => {
    const injection = faulty.inject({
      fault: '500',
      method: 'GET',
      service: 'compute',
      path: /detail$/,
      query: /^limit=/,
    });
    expect((await fetch(`${compute}/servers/detail?limit=5`)).status).toBe(500);
    expect((await fetch(`${compute}/servers/detail`)).status).toBe(200);
    expect((await create('one')).status).toBe(202);
    expect((await fetch(`${compute}/`)).status).toBe(200);
    expect(injection.hits).toBe(1);
    injection.remove();
    expect((await fetch(`${compute}/servers/detail?limit=5`)).status).toBe(200);
  });

  test('begins at the nth match and ends after so many times', async () => {
    faulty.inject({ fault: '503', path: /detail$/, nth: 2, times: 2 });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await fetch(`${compute}/servers/detail`)).status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
  });

  test('with a probability hits the same requests for the same seed, and others for another', async () => {
    const pattern = async (seed: number): Promise<string> => {
      const injection = faulty.inject({ fault: '503', path: /detail$/, probability: 0.3, seed });
      let text = '';
      for (let i = 0; i < 60; i += 1) text += (await fetch(`${compute}/servers/detail`)).status === 503 ? 'x' : '.';
      injection.remove();
      return text;
    };
    const first = await pattern(7);
    expect(await pattern(7)).toBe(first);
    expect(await pattern(8)).not.toBe(first);
    expect(first.replaceAll('.', '').length).toBeGreaterThan(8);
    expect(first.replaceAll('.', '').length).toBeLessThan(30);
  });

  test('leaves a request to the next rule once it is used up, and none is left when the cloud is healed', async () => {
    faulty.inject({ fault: '503', path: /detail$/, times: 1 });
    faulty.inject({ fault: '409', path: /detail$/ });
    expect((await fetch(`${compute}/servers/detail`)).status).toBe(503);
    expect((await fetch(`${compute}/servers/detail`)).status).toBe(409);
    await faulty.heal();
    expect((await fetch(`${compute}/servers/detail`)).status).toBe(200);
  });

  test('is read from the words of the command line', () => {
    expect(parseRule('lost-answer:POST compute /servers$ nth=2 times=1')).toEqual({
      fault: 'lost-answer',
      method: 'POST',
      service: 'compute',
      path: /\/servers$/,
      nth: 2,
      times: 1,
    });
    expect(parseRule('429=3:GET probability=0.1 seed=7')).toEqual({
      fault: '429',
      value: '3',
      method: 'GET',
      probability: 0.1,
      seed: 7,
    });
    expect(parseRule('hang')).toEqual({ fault: 'hang' });
  });

  test.each([
    ['lost-anser:POST', 'there is no fault "lost-anser"'],
    ['toString:POST', 'there is no fault "toString"'],
    ['hang:POST Servers$', '"Servers$" in "hang:POST Servers$" is no part of a rule'],
    ['hang:POST /servers(', 'is no regular expression'],
    ['delay=soon', "the fault's value must be a number: soon"],
    ['hang=5', 'the fault takes no value: 5'],
  ])('%s is refused', (text, message) => {
    expect(() => parseRule(text)).toThrow(message);
  });
});

describe('connections', () => {
  test('lost-request: reset, and the cloud has seen nothing', async () => {
    faulty.inject({ fault: 'lost-request', method: 'POST', times: 1 });
    expect(await failureOf(create('one'))).toContain('ECONNRESET');
    expect(plain.serverNames()).toEqual([]);
  });

  test('lost-answer: reset, and the server exists', async () => {
    faulty.inject({ fault: 'lost-answer', method: 'POST', times: 1 });
    expect(await failureOf(create('one'))).toContain('ECONNRESET');
    expect(plain.serverNames()).toEqual(['one']);
    expect(faulty.log.at(-1)).toMatchObject({ status: null, cloudStatus: 202, fault: 'lost-answer' });
  });

  test('late-request: reset, and the server comes into being afterwards', async () => {
    faulty.inject({ fault: 'late-request', value: 100, method: 'POST', times: 1 });
    expect(await failureOf(create('one'))).toContain('ECONNRESET');
    expect(plain.serverNames()).toEqual([]);
    await faulty.idle();
    expect(plain.serverNames()).toEqual(['one']);
  });

  test('delay: late, and right', async () => {
    faulty.inject({ fault: 'delay', value: 150, path: /detail$/ });
    const { value, tookMs } = await timed(() => list());
    expect(value.servers).toEqual([]);
    expect(tookMs).toBeGreaterThan(145);
  });

  test.each([
    ['hang', []],
    ['hang-after', ['one']],
  ] as const)('%s: no answer until the client gives up', async (fault, names) => {
    faulty.inject({ fault, method: 'POST' });
    const call = fetch(`${compute}/servers`, {
      method: 'POST',
      body: JSON.stringify({ server: { name: 'one' } }),
      signal: AbortSignal.timeout(200),
    });
    expect(await failureOf(call)).toMatch(/timeout/);
    expect(plain.serverNames()).toEqual(names);
    await faulty.idle();
  });

  test('crash: reset, then refused for a while, then well again', async () => {
    faulty.inject({ fault: 'crash', value: 300, method: 'GET', times: 1 });
    expect(await failureOf(list())).toMatch(/ECONNRESET|other side closed/);
    expect(await failureOf(list())).toContain('ECONNREFUSED');
    await expect.poll(() => list().catch(() => 'refused'), { timeout: 3000 }).toEqual({ servers: [] });
  });

  test('a service that is down refuses connections while the others answer', async () => {
    await faulty.down('compute');
    expect(await failureOf(list())).toContain('ECONNREFUSED');
    expect((await catalog()).get('compute')).toBe(compute);
    await faulty.up('compute');
    expect(await list()).toEqual({ servers: [] });
    await faulty.down('compute');
    await faulty.heal();
    expect(await list()).toEqual({ servers: [] });
  });

  test('a service may be down before its address is known', async () => {
    const other = await startFaultyCloud({ authUrl: plain.authUrl });
    await other.down('image');
    const answer = await fetch(`${other.authUrl}/auth/tokens`, { method: 'POST', body: '{}' });
    const { token } = tokenSchema.parse(await answer.json());
    const image = token.catalog.find(({ type }) => type === 'image')?.endpoints[0]?.url ?? '';
    expect(await failureOf(fetch(image))).toContain('ECONNREFUSED');
    await other.close();
  });

  test('garbage: no HTTP', async () => {
    faulty.inject({ fault: 'garbage', method: 'GET' });
    expect(await failureOf(list())).toMatch(/HTTP|parse|Expected/i);
  });

  test('drip: byte by byte', async () => {
    faulty.inject({ fault: 'drip', value: 10, path: /detail$/ });
    const { value, tookMs } = await timed(() => list());
    expect(value).toEqual({ servers: [] });
    expect(tookMs).toBeGreaterThan('{"servers":[]}'.length * 9);
  });

  test('cut-body: the head promises more than comes', async () => {
    faulty.inject({ fault: 'cut-body', path: /detail$/ });
    const answer = await fetch(`${compute}/servers/detail`);
    expect(answer.status).toBe(200);
    expect(await failureOf(answer.text())).toMatch(/ECONNRESET|terminated|closed/);
  });

  test.each([
    ['truncated-json', /^\{"server/],
    ['empty-body', /^$/],
    ['wrong-shape', /^\{"unexpected"/],
  ] as const)('%s: status as it should be, the body not', async (fault, body) => {
    faulty.inject({ fault, method: 'POST' });
    const answer = await create('one');
    const text = await answer.text();
    expect(answer.status).toBe(202);
    expect(text).toMatch(body);
    expect(createdSchema.safeParse(parsed(text)).success).toBe(false);
    expect(plain.serverNames()).toEqual(['one']);
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('statuses', () => {
  test.each(['400', '401', '403', '404', '409', '413', '429', '500', '503'] as const)(
    '%s: in the form of Nova, with a request id, and the cloud has seen nothing',
    async (fault) => {
      faulty.inject({ fault, method: 'POST', times: 1 });
      const answer = await create('one');
      expect(answer.status).toBe(Number(fault));
      expect(answer.headers.get('x-openstack-request-id')).toBe(faulty.log.at(-1)?.requestId);
      expect(
        Object.values(z.record(z.string(), z.object({ message: z.string().min(10) })).parse(await answer.json())),
      ).toHaveLength(1);
      expect(plain.serverNames()).toEqual([]);
      expect((await create('one')).status).toBe(202);
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
    faulty.inject({ fault: '429', value: 3, method: 'GET', times: 1 });
    expect((await fetch(`${compute}/servers/detail`)).headers.get('retry-after')).toBe('3');
    faulty.inject({ fault: '429-date', value: 60, method: 'GET', times: 1 });
    const date = Date.parse((await fetch(`${compute}/servers/detail`)).headers.get('retry-after') ?? '');
    expect(date - Date.now()).toBeGreaterThan(55_000);
    expect(date - Date.now()).toBeLessThanOrEqual(60_000);
  });

  test('over-quota: a refusal that names the quota', async () => {
    faulty.inject({ fault: 'over-quota', method: 'POST' });
    const answer = await create('one');
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('Quota exceeded for instances');
    expect(plain.serverNames()).toEqual([]);
  });

  test.each([
    ['502', 502, []],
    ['504', 504, ['one']],
    ['login-page', 200, []],
  ] as const)('%s: HTML', async (fault, status, names) => {
    faulty.inject({ fault, method: 'POST' });
    const answer = await create('one');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('text/html');
    expect(await answer.text()).toContain('<h1>');
    expect(plain.serverNames()).toEqual(names);
  });

  test('redirect: to a host that is none of the cloud', async () => {
    faulty.inject({ fault: 'redirect', method: 'GET' });
    const answer = await fetch(`${compute}/servers/detail`, { redirect: 'manual' });
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
      faulty.inject({ fault, service: 'compute' });
      const id = await createdId('one');
      const expected = message === undefined ? { status } : { status, fault: { code: 500, message } };
      expect(await (await fetch(`${compute}/servers/${id}`)).json()).toMatchObject({ server: { id, ...expected } });
      expect((await list()).servers).toMatchObject([{ id, ...expected }]);
    },
  );

  test('small-pages: real pages, linked', async () => {
    const ids = [await createdId('one'), await createdId('two'), await createdId('three')];
    faulty.inject({ fault: 'small-pages', value: 2, path: /detail$/ });
    const first = await list();
    const next = first.servers_links?.[0]?.href ?? '';
    const second = listSchema.parse(await (await fetch(next)).json());
    expect([...first.servers, ...second.servers].map(({ id }) => id)).toEqual(ids);
    expect(second.servers_links).toBeUndefined();
  });

  test('wrong-host-pages: path and query of the next page are right, the host is not', async () => {
    const ids = [await createdId('one'), await createdId('two')];
    faulty.inject({ fault: 'wrong-host-pages', path: /detail$/ });
    const first = await list();
    const next = new URL(first.servers_links?.[0]?.href ?? '');
    expect(next.origin).toBe('http://elsewhere.invalid');
    const second = await list(next.search);
    expect([...first.servers, ...second.servers].map(({ id }) => id)).toEqual(ids);
    expect(second.servers_links).toBeUndefined();
  });

  test('endless-pages: the next page is always the same one', async () => {
    const id = await createdId('one');
    faulty.inject({ fault: 'endless-pages', path: /detail$/ });
    const first = await list();
    const href = first.servers_links?.[0]?.href ?? '';
    const second = await list(new URL(href).search);
    expect(second).toEqual(first);
    expect(second.servers.map((it) => it.id)).toEqual([id]);
  });

  test('look-alike: a server of the same name that has another id and no marks', async () => {
    const id = await createdId('one');
    faulty.inject({ fault: 'look-alike', path: /detail$/ });
    expect((await list()).servers).toMatchObject([
      { id: LOOK_ALIKE_ID, name: 'one', metadata: {} },
      { id, name: 'one', metadata: { 'givre:run': 'c' } },
    ]);
  });

  test('stale-list: what is new is not there yet', async () => {
    faulty.inject({ fault: 'stale-list', value: 0.2, path: /detail$/ });
    const id = await createdId('one');
    expect((await list()).servers).toEqual([]);
    await expect.poll(async () => (await list()).servers.map((it) => it.id), { timeout: 3000 }).toEqual([id]);
  });

  test('delete-lies: 204, and the server is still there', async () => {
    const id = await createdId('one');
    faulty.inject({ fault: 'delete-lies', times: 1, method: 'DELETE' });
    expect((await fetch(`${compute}/servers/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(plain.serverNames()).toEqual(['one']);
    expect((await fetch(`${compute}/servers/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(plain.serverNames()).toEqual([]);
  });

  test('old-microversions: the range ends early', async () => {
    faulty.inject({ fault: 'old-microversions', value: '2.20' });
    const document = await (await fetch(`${compute}/`)).json();
    expect(document).toMatchObject({ version: { min_version: '2.1', version: '2.20' } });
  });

  test('no-service: the catalog has all services but one', async () => {
    faulty.inject({ fault: 'no-service', value: 'compute' });
    expect([...(await catalog()).keys()]).toEqual(['identity', 'image']);
  });

  test('clock-skew: the cloud seems to live in the future', async () => {
    faulty.inject({ fault: 'clock-skew', value: 7200 });
    const date = Date.parse((await fetch(`${compute}/`)).headers.get('date') ?? '');
    expect((date - Date.now()) / 1000).toBeGreaterThan(7190);
  });
});

describe('the command', () => {
  const command = [process.execPath, 'ci/openstack/faulty-cloud.ts'];

  test('--list shows every fault with a sentence', async () => {
    const { stdout, exitCode } = await run([...command, '--list']);
    expect(stdout.split('\n').filter((line) => /^\S+ +\S+ .*/.test(line))).toHaveLength(Object.keys(faults).length);
    expect(Object.keys(faults).length).toBeGreaterThan(30);
    expect(exitCode).toBe(0);
  });

  test('--help shows how a rule is written', async () => {
    const { stdout, exitCode } = await run([...command, '--help']);
    expect(stdout).toContain('FAULT[=VALUE]');
    expect(exitCode).toBe(0);
  });

  test.each([
    [['--fault', 'lost-anser'], 'there is no fault "lost-anser"'],
    [[], 'it needs the address of a real cloud'],
    [['--auth-url', 'http://127.0.0.1:1/v3', '--port', 'x'], 'a port is a number'],
    [['--auth-url', 'http://127.0.0.1:1/v3', '--bogus'], "unknown option '--bogus'"],
  ])('%j is refused with exit code 2', async (words, message) => {
    const { stderr, exitCode } = await run([...command, ...words]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  test('prints where it listens and a line for every request, and ends when it is told to', async () => {
    const child = spawn(command[0] ?? '', [
      ...command.slice(1),
      '--auth-url',
      plain.authUrl,
      '--fault',
      '401:POST identity times=1',
    ]);
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    await expect.poll(() => lines[0], { timeout: 10_000 }).toMatch(/^auth_url: http/);
    const authUrl = lines[0]?.replace('auth_url: ', '') ?? '';
    expect((await fetch(`${authUrl}/auth/tokens`, { method: 'POST' })).status).toBe(401);
    expect((await fetch(`${authUrl}/auth/tokens`, { method: 'POST' })).status).toBe(201);
    await expect.poll(() => lines.length).toBe(3);
    expect(lines[1]).toMatch(/POST identity \/v3\/auth\/tokens → 401, cloud \(not reached\), 401, req-/);
    expect(lines[2]).toMatch(/POST identity \/v3\/auth\/tokens → 201, cloud 201, req-/);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });
});
