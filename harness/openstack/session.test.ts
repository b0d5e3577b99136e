import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type Behaviour,
  countOf,
  FLAVORS,
  failureOf,
  PASSWORD,
  PROJECT,
  SIGN_IN,
  sayJson,
  sayToken,
  startCloudServer,
  status,
} from './cloud-server.fixture.ts';

describe('a token', () => {
  const believes =
    (tokens: readonly string[]): Behaviour =>
    (asked, response) => {
      if (asked.url !== FLAVORS) return false;
      const believed = tokens.includes(String(asked.headers['x-auth-token']));
      return believed ? sayJson(response, 200, { flavors: [] }) : status(401)(asked, response);
    };

  test('is renewed once, however many requests find it refused at the same time', async () => {
    await using server = await startCloudServer(believes(['token-2']));
    const cloud = await server.open();
    await Promise.all(Array.from({ length: 20 }, () => cloud.compute.listFlavors()));
    expect(countOf(server, SIGN_IN)).toBe(2);
  });

  test('is not renewed again and again for a service that refuses each', async () => {
    await using server = await startCloudServer(believes([]));
    const cloud = await server.open();
    expect(await failureOf(cloud.compute.listFlavors())).toMatchObject({ code: 'E_CLOUD_AUTH', status: 401 });
    expect(countOf(server, SIGN_IN)).toBe(2);
  });

  test('is renewed before it ends', async () => {
    let given = 0;
    await using server = await startCloudServer((asked, response) => {
      if (asked.url !== SIGN_IN) return believes(['short-1', 'short-2'])(asked, response);
      given += 1;
      const times = { issued_at: '2025-01-01T00:00:00Z', expires_at: '2025-01-01T00:00:01Z' };
      return sayToken(response, `http://${asked.headers.host}`, `short-${given}`, times);
    });
    const cloud = await server.open();
    await cloud.compute.listFlavors();
    expect(countOf(server, SIGN_IN)).toBe(1);
    await new Promise((done) => setTimeout(done, 950));
    await cloud.compute.listFlavors();
    expect(countOf(server, SIGN_IN)).toBe(2);
    expect(server.asked.at(-1)?.headers['x-auth-token']).toBe('short-2');
  });

  test('is never shown, nor is the password, even if an answer quotes them', async () => {
    await using server = await startCloudServer((asked, response) => {
      if (asked.url !== FLAVORS) return false;
      return sayJson(response, 400, { badRequest: { message: `${PASSWORD} ${asked.headers['x-auth-token']}` } });
    });
    const error = await failureOf((await server.open()).compute.listFlavors());
    expect(error).toMatchObject({ serviceMessage: '*** ***' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/correct horse|token-1/);
  });
});

describe('a password with characters that JSON escapes', () => {
  const NASTY = 'corr"ect\\horsé ✓';
  const asAscii = (value: unknown): string =>
    JSON.stringify(value).replaceAll(
      /[^\x20-\x7e]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );

  test.each([
    ['in JSON', (secret: string) => JSON.stringify({ error: { message: `no: ${secret}` } })],
    ['in JSON of ASCII only', (secret: string) => asAscii({ error: { message: `no: ${secret}` } })],
    ['in JSON within JSON', (secret: string) => asAscii({ error: { message: asAscii({ auth: secret }) } })],
    ['in JSON that breaks off', (secret: string) => asAscii({ error: { message: `no: ${secret}` } }).slice(0, -2)],
  ])('is not shown where an answer quotes it %s', async (_, quoting) => {
    await using server = await startCloudServer((asked, response) => {
      if (asked.url !== SIGN_IN) return false;
      response.writeHead(401, { 'content-type': 'application/json' }).end(quoting(NASTY));
      return true;
    });
    const env = {
      OS_AUTH_URL: `${server.origin}/identity/v3`,
      OS_USERNAME: 'u',
      OS_PASSWORD: NASTY,
      OS_PROJECT_NAME: 'p',
    };
    const shown = inspect(await failureOf(server.open({ env })), { depth: 9, showHidden: true });
    expect(shown).toContain('***');
    expect(shown).not.toMatch(/hors/);
  });
});

describe('signing in', () => {
  test('that is refused names the credential and where it is written, not its value', async () => {
    await using server = await startCloudServer((_, response) =>
      sayJson(response, 401, { error: { code: 401, message: 'The request you have made requires authentication.' } }),
    );
    const error = await failureOf(server.open());
    expect(error).toMatchObject({
      code: 'E_CLOUD_AUTH',
      exitCode: 2,
      message: expect.stringMatching(
        /^cloud "local" does not accept the password in .*clouds\.yaml: The request .*\[req-/,
      ),
      hint: expect.stringContaining('expired'),
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(PASSWORD);
    expect(server.asked).toHaveLength(1);
  });

  test('says that auth_url leads elsewhere', async () => {
    await using web = await startCloudServer((_, response) => {
      response.writeHead(404).end('<html><body><h1>Not Found</h1></body></html>');
      return true;
    });
    expect(await failureOf(web.open())).toMatchObject({
      code: 'E_CLOUD_NOT_FOUND',
      hint: 'is auth_url of cloud "local" Keystone’s address?',
    });
    await using moved = await startCloudServer(status(301, { location: 'https://new.example/v3/auth/tokens' }));
    expect(await failureOf(moved.open())).toMatchObject({ status: 301, hint: expect.stringContaining('auth_url') });
    expect(moved.asked).toHaveLength(1);
  });

  test('with a token that names no project looks it up and goes on with it', async () => {
    await using server = await startCloudServer((asked, response) =>
      asked.method === 'GET' && asked.url === SIGN_IN
        ? sayToken(response, `http://${asked.headers.host}`, 'ignored')
        : false,
    );
    const env = { OS_AUTH_URL: `${server.origin}/identity/v3`, OS_TOKEN: 'mine' };
    const cloud = await server.open({ env });
    expect(cloud).toMatchObject({ projectId: PROJECT, credentialExpiresAt: '2025-01-01T04:00:00.000000Z' });
    expect(server.asked[0]?.headers).toMatchObject({ 'x-auth-token': 'mine', 'x-subject-token': 'mine' });
    await cloud.compute.versions();
    expect(server.asked[1]?.headers['x-auth-token']).toBe('mine');
  });

  test('with an application credential sends no scope, and asks when it ends', async () => {
    const path = '/identity/v3/users/u1/application_credentials/c1';
    await using server = await startCloudServer((asked, response) => {
      if (asked.url === path)
        return sayJson(response, 200, { application_credential: { expires_at: '2025-01-02T00:00:00.000000' } });
      return sayToken(response, `http://${asked.headers.host}`, 't', { application_credential: { id: 'c1' } });
    });
    const env = {
      OS_AUTH_URL: `${server.origin}/identity`,
      OS_APPLICATION_CREDENTIAL_ID: 'c1',
      OS_APPLICATION_CREDENTIAL_SECRET: 's',
      OS_PROJECT_NAME: 'left over',
    };
    const cloud = await server.open({ env });
    expect(cloud.credentialExpiresAt).toBe('2025-01-02T00:00:00.000000Z');
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({
      auth: {
        identity: { methods: ['application_credential'], application_credential: { id: 'c1', secret: 's' } },
      },
    });
  });

  test('says what the catalog lacks', async () => {
    await using server = await startCloudServer((asked, response) =>
      sayToken(response, `http://${asked.headers.host}`, 't', { catalog: [] }),
    );
    expect(await failureOf(server.open())).toMatchObject({
      code: 'E_CLOUD_SERVICE',
      exitCode: 2,
      message: 'the catalog of cloud "local" has no public compute endpoint in region "RegionOne"',
    });
  });

  test('ends when its signal does, also in a pause that the service asked for', async () => {
    await using server = await startCloudServer(status(429, { 'retry-after': '60' }));
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 100);
    const begin = performance.now();
    const patience = { requestMs: 120_000, callMs: 240_000, firstPauseMs: 5 };
    expect(await failureOf(server.open({ signal: stop.signal, patience }))).toMatchObject({ message: 'enough' });
    await using silent = await startCloudServer(() => true);
    const halt = new AbortController();
    setTimeout(() => halt.abort(new Error('enough')), 100);
    expect(await failureOf(silent.open({ signal: halt.signal, patience }))).toMatchObject({ message: 'enough' });
    expect(performance.now() - begin).toBeLessThan(30_000);
  });
});
