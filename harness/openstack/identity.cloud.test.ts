import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Cloud } from './cloud.ts';
import { failureOf } from './cloud-server.fixture.ts';
import { openCloud } from './open.ts';

/** clouds.yaml of a test cloud. Without it these tests are skipped. */
const path = process.env.GIVRE_TEST_CLOUD_FAKE ?? '';

const entrySchema = z.looseObject({
  clouds: z.looseObject({
    tester: z.looseObject({
      auth: z.looseObject({
        auth_url: z.string(),
        username: z.string(),
        password: z.string(),
        project_name: z.string(),
      }),
    }),
  }),
});

interface Keystone {
  readonly authUrl: string;
  readonly token: string;
  readonly userId: string;
  call(method: string, path: string, json?: object): Promise<unknown>;
}

/** A user who signs in by hand, for what our client does not do: to make and revoke credentials. */
async function signInByHand(): Promise<Keystone> {
  const { auth } = entrySchema.parse(parse(await readFile(path, 'utf8'))).clouds.tester;
  const domain = { name: 'Default' };
  const user = { name: auth.username, password: auth.password, domain };
  const body = {
    auth: {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: auth.project_name, domain } },
    },
  };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${auth.auth_url}/auth/tokens`, { method: 'POST', headers, body: JSON.stringify(body) });
  const token = answer.headers.get('x-subject-token') ?? '';
  const signedIn = z.looseObject({ token: z.looseObject({ user: z.looseObject({ id: z.string() }) }) });
  return {
    authUrl: auth.auth_url,
    token,
    userId: signedIn.parse(await answer.json()).token.user.id,
    async call(method, where, json) {
      const withToken = { ...headers, 'x-auth-token': token, 'x-subject-token': token };
      const body = json === undefined ? null : JSON.stringify(json);
      const said = await fetch(`${auth.auth_url}${where}`, { method, headers: withToken, body });
      if (!said.ok) throw new Error(`${method} ${where}: ${said.status} ${await said.text()}`);
      return said.status === 204 ? undefined : await said.json();
    },
  };
}

describe.skipIf(path === '')('signing in to a real cloud', { timeout: 60_000 }, () => {
  let keystone: Keystone;
  let tester: Cloud;
  const opened: Cloud[] = [];
  beforeAll(async () => {
    keystone = await signInByHand();
    tester = await openWith({ OS_CLIENT_CONFIG_FILE: path, OS_CLOUD: 'tester' });
    opened.pop();
  });
  afterEach(() => Promise.all(opened.splice(0).map((it) => it.close())));
  afterAll(() => tester.close());

  async function openWith(env: NodeJS.ProcessEnv): Promise<Cloud> {
    const cloud = await openCloud({ env: { HOME: '/nonexistent', ...env }, signal: AbortSignal.timeout(30_000) });
    opened.push(cloud);
    return cloud;
  }

  async function makeCredential(
    expiresAt: string | null,
  ): Promise<{ env: NodeJS.ProcessEnv; remove(): Promise<unknown> }> {
    const own = `/users/${keystone.userId}/application_credentials`;
    const wanted = {
      name: `givre-b-${randomBytes(5).toString('hex')}`,
      expires_at: expiresAt,
      roles: [{ name: 'member' }],
    };
    const made = z
      .looseObject({ application_credential: z.looseObject({ id: z.string(), secret: z.string() }) })
      .parse(await keystone.call('POST', own, { application_credential: wanted })).application_credential;
    const env = {
      OS_AUTH_URL: keystone.authUrl,
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_APPLICATION_CREDENTIAL_ID: made.id,
      OS_APPLICATION_CREDENTIAL_SECRET: made.secret,
      // As they linger in a shell; Keystone refuses a scope with an application credential.
      OS_PROJECT_NAME: 'test',
      OS_USER_DOMAIN_NAME: 'Default',
    };
    return { env, remove: () => keystone.call('DELETE', `${own}/${made.id}`) };
  }

  test('works with a password', async () => {
    expect(tester).toMatchObject({ name: 'tester', region: 'RegionOne', credentialExpiresAt: null, warnings: [] });
    expect(tester.userId).toBe(keystone.userId);
    expect(tester.volume).toBeUndefined();
    expect(await tester.compute.versions()).toEqual({ min: '2.1', max: expect.stringMatching(/^2\.\d+$/) });
  });

  test('works with an application credential, whose end is known', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '000');
    const { env, remove } = await makeCredential(expiresAt);
    try {
      const cloud = await openWith(env);
      expect(cloud).toMatchObject({
        name: 'envvars',
        projectId: tester.projectId,
        credentialExpiresAt: `${expiresAt}Z`,
      });
      expect((await cloud.compute.listFlavors()).length).toBeGreaterThan(0);
      expect((await cloud.network.listNetworks()).length).toBeGreaterThan(0);
      expect((await cloud.image.listImages()).length).toBeGreaterThan(0);
    } finally {
      await remove();
    }
  });

  test('is refused clearly when the application credential is revoked', async () => {
    const { env, remove } = await makeCredential(null);
    expect((await openWith(env)).credentialExpiresAt).toBeNull();
    await remove();
    const error = await failureOf(openWith(env));
    expect(error).toMatchObject({
      code: 'E_CLOUD_AUTH',
      exitCode: 2,
      status: expect.any(Number),
      message: expect.stringContaining('does not accept the application credential in the OS_* variables: '),
      hint: expect.stringContaining('revoked'),
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(env.OS_APPLICATION_CREDENTIAL_SECRET);
  });

  test('is refused clearly when the application credential has expired', async () => {
    const { env, remove } = await makeCredential(new Date(Date.now() + 1_500).toISOString().replace('Z', '000'));
    try {
      await new Promise((done) => setTimeout(done, 1_600));
      expect(await failureOf(openWith(env))).toMatchObject({
        code: 'E_CLOUD_AUTH',
        hint: expect.stringContaining('expired'),
      });
    } finally {
      await remove();
    }
  });

  test('works with a token, as it is and for a project that is named, until it is revoked', async () => {
    const own = await signInByHand();
    const env = { OS_AUTH_URL: own.authUrl, OS_TOKEN: own.token, OS_AUTH_TYPE: 'v3token' };
    const named = { ...env, OS_PROJECT_NAME: 'test', OS_PROJECT_DOMAIN_NAME: 'Default' };
    const [asIs, scoped] = [await openWith(env), await openWith(named)];
    expect(asIs).toMatchObject({ projectId: tester.projectId, credentialExpiresAt: expect.stringMatching(/Z$/) });
    expect(scoped).toMatchObject({ projectId: tester.projectId, credentialExpiresAt: asIs.credentialExpiresAt });
    expect((await asIs.compute.listFlavors()).length).toBeGreaterThan(0);
    await own.call('DELETE', '/auth/tokens');
    expect(await failureOf(openWith(env))).toMatchObject({ code: 'E_CLOUD_AUTH', exitCode: 2 });
  });

  test('is refused clearly with a wrong password or project', async () => {
    const right = { OS_AUTH_URL: keystone.authUrl, OS_USERNAME: 'tester', OS_PROJECT_NAME: 'test' };
    expect(await failureOf(openWith({ ...right, OS_PASSWORD: 'wrong-word' }))).toMatchObject({
      code: 'E_CLOUD_AUTH',
      exitCode: 2,
      requestId: expect.stringMatching(/^req-/),
      message: expect.not.stringContaining('wrong-word'),
    });
    const project = { ...right, OS_PASSWORD: 'tester', OS_PROJECT_NAME: 'admin' };
    expect(await failureOf(openWith(project))).toMatchObject({ code: 'E_CLOUD_AUTH', exitCode: 2 });
  });

  test('needs a region that the catalog has', async () => {
    const env = { OS_CLIENT_CONFIG_FILE: path, OS_CLOUD: 'tester', OS_REGION_NAME: 'region-one' };
    expect(await failureOf(openWith(env))).toMatchObject({
      code: 'E_CLOUD_REGION',
      exitCode: 2,
      hint: 'did you mean RegionOne?',
    });
  });
});
