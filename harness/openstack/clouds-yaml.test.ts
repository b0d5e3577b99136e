import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCloudFiles } from './clouds-yaml.ts';
import { type CloudSettings, cloudSettings } from './settings.ts';

/** Real files in a real folder; `/etc/openstack` of this machine is the only thing shared. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-clouds-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text: string): Promise<string> {
  const absolute = join(folder, path);
  await mkdir(dirname(absolute), { recursive: true });
  await writeFile(absolute, text);
  return absolute;
}

interface Words {
  readonly cloud?: string;
  readonly region?: string;
  readonly env?: NodeJS.ProcessEnv;
}

async function settings({ cloud, region, env = {} }: Words = {}): Promise<CloudSettings> {
  const everything = { HOME: join(folder, 'home'), ...env };
  return cloudSettings(await readCloudFiles(everything, join(folder, 'here')), { cloud, region, env: everything });
}

async function failure(words: Words = {}): Promise<unknown> {
  return await settings(words).then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );
}

/** An entry that is complete but for what a test is about. */
function entry(name: string, more = '', host = 'cloud.example'): string {
  return `  ${name}:
    auth: { auth_url: "https://${host}:5000", username: me, password: secret, project_name: mine }
${more}`;
}

describe('the search for clouds.yaml', () => {
  it('takes the first of working directory, configuration folder and ~/.config', async () => {
    await write('home/.config/openstack/clouds.yaml', `clouds:\n${entry('third')}`);
    expect((await settings()).name).toBe('third');
    await write('xdg/openstack/clouds.yml', `clouds:\n${entry('second')}`);
    expect((await settings({ env: { XDG_CONFIG_HOME: join(folder, 'xdg') } })).name).toBe('second');
    await write('here/clouds.json', '{"clouds": {"first": {"auth": {"auth_url": "http://h", "token": "t"}}}}');
    expect((await settings({ env: { XDG_CONFIG_HOME: join(folder, 'xdg') } })).name).toBe('first');
  });

  it('is short when OS_CLIENT_CONFIG_FILE names the file', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('here')}`);
    const path = await write('elsewhere/my-clouds', `clouds:\n${entry('named')}`);
    expect((await settings({ env: { OS_CLIENT_CONFIG_FILE: path } })).source).toBe(path);
    expect(await failure({ env: { OS_CLIENT_CONFIG_FILE: `${path}.gone` } })).toMatchObject({
      code: 'E_CLOUDS_UNREADABLE',
      message: `${path}.gone, named by a variable, does not exist`,
    });
  });

  it('says where it looked when there is nothing', async () => {
    expect(await failure()).toMatchObject({
      code: 'E_CLOUD_NOT_CHOSEN',
      exitCode: 2,
      message: expect.stringContaining(`looked in ${join(folder, 'here')}, ${join(folder, 'home/.config/openstack')}`),
    });
    expect(await failure({ cloud: 'any' })).toMatchObject({ code: 'E_CLOUD_NOT_CHOSEN' });
  });

  it('lays secure.yaml over it, wherever that is found', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    interface: internal\n')}`);
    await write('home/.config/openstack/secure.yaml', 'clouds: { one: { auth: { password: "better" } } }');
    expect(await settings()).toMatchObject({
      interface: 'internal',
      credential: { kind: 'password', password: 'better', user: { name: 'me' } },
    });
  });

  it('reads texts as they are written, anchors, merged maps and dashes included', async () => {
    await write(
      'here/clouds.yaml',
      `shared: &shared
  auth-type: v3password
  region-name: north
clouds:
  one:
    <<: *shared
    auth: { auth-url: "https://h/v3", user-id: 0017, password: 0123, project-id: yes }
`,
    );
    expect(await settings()).toMatchObject({
      region: 'north',
      credential: { user: { id: '0017' }, password: '0123', project: { id: 'yes' } },
    });
  });
});

describe('a clouds.yaml that cannot be read', () => {
  it.each([
    ['clouds:\n  one:\n    auth: {password: s3cret\n', 'line 4'],
    ['clouds:\n  one: x\n   password: s3cret: b\n', 'line 2'],
    ['clouds:\n  one:\n    password: "s3cret\n', 'line 4'],
    ['clouds:\n  a: s3cret\n  a: s3cret\n', 'line 3, column 3: Map keys must be unique'],
    ['clouds:\n  one:\n    password: |s3cret\n', 'line 3, column 16: Block scalar header includes extra characters'],
    ['clouds:\n  one:\n    password: !s3cret\n', 'line 3, column 15: Unresolved tag'],
    ['- s3cret\nclouds: s3cret\n', 'line 2'],
    ['clouds:\n  one:\n    password: *s3cret\n', 'a text that begins with * has to be in quotes'],
  ])('is named with line and reason, and nothing of its content: %j', async (text, expected) => {
    const path = await write('here/clouds.yaml', text);
    const error = await failure();
    expect(error).toMatchObject({ code: 'E_CLOUDS_YAML', exitCode: 2, message: expect.stringContaining(path) });
    const words = error instanceof Error && 'hint' in error ? `${error.message} ${error.hint} ${error.stack}` : '';
    expect(words).toContain(expected);
    expect(words).not.toContain('s3cret');
  });

  it.each([
    ['', 'expected a map "clouds"'],
    ['clouds: []', 'wrong at "clouds"'],
    ['clouds:\n  one:\n', 'wrong at "clouds.one"'],
  ])('is told from one of another shape: %j', async (text, expected) => {
    await write('here/clouds.yaml', text);
    expect(await failure()).toMatchObject({ code: 'E_CLOUDS_SHAPE', message: expect.stringContaining(expected) });
  });

  it('may be a folder', async () => {
    await write('here/clouds.yaml/file', '');
    expect(await failure()).toMatchObject({ code: 'E_CLOUDS_UNREADABLE', message: expect.stringContaining('EISDIR') });
  });
});

describe('the choice of a cloud', () => {
  const variables = { OS_AUTH_URL: 'http://env:5000/v3', OS_TOKEN: 't' };

  it('goes by --cloud, OS_CLOUD, the other OS_* variables, the only entry, in this order', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one')}${entry('two')}`);
    expect((await settings({ cloud: 'one', env: { OS_CLOUD: 'two', ...variables } })).name).toBe('one');
    expect((await settings({ env: { OS_CLOUD: 'two', ...variables } })).name).toBe('two');
    expect(await settings({ env: variables })).toMatchObject({ name: 'envvars', authUrl: 'http://env:5000/v3' });
    expect(await failure()).toMatchObject({ code: 'E_CLOUD_NOT_CHOSEN', hint: 'choose with --cloud: one, two' });
    await write('here/clouds.yaml', `clouds:\n${entry('one')}`);
    expect((await settings()).name).toBe('one');
  });

  it('does not take selecting variables for a cloud', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one')}`);
    const env = { OS_REGION_NAME: 'south', OS_CLOUD: '', OS_TEST_PATH: 'x', OS_CLIENT_SECURE_FILE: '' };
    expect(await settings({ env })).toMatchObject({ name: 'one', region: 'south' });
  });

  it('suggests what a wrong name may have meant', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('production')}${entry('staging')}`);
    expect(await failure({ cloud: 'prodcution' })).toMatchObject({
      code: 'E_CLOUD_UNKNOWN',
      exitCode: 2,
      message: `there is no cloud "prodcution" in ${join(folder, 'here/clouds.yaml')}`,
      hint: 'did you mean production?',
    });
    expect(await failure({ env: { OS_CLOUD: 'other' } })).toMatchObject({ hint: 'known: production, staging' });
  });
});

describe('the settings of a cloud', () => {
  it('come from a profile in clouds-public.yaml, with the entry laid over', async () => {
    await write('here/clouds.yaml', 'clouds: { one: { profile: acme, auth: { token: t }, region_name: west } }');
    expect(await failure()).toMatchObject({
      code: 'E_CLOUD_PROFILE',
      hint: 'write auth_url and region_name into the entry of "one" instead',
    });
    await write(
      'home/.config/openstack/clouds-public.yaml',
      'public-clouds: { acme: { auth: { auth_url: "https://acme/v3" }, region_name: east, endpoint-type: internalURL } }',
    );
    expect(await settings()).toMatchObject({ authUrl: 'https://acme/v3', region: 'west', interface: 'internal' });
  });

  it('take the first of several regions, or the one asked for with its own values', async () => {
    const regions = '    regions: [north, { name: south, values: { interface: internal } }]\n';
    await write('here/clouds.yaml', `clouds:\n${entry('one', regions)}`);
    expect(await settings()).toMatchObject({ region: 'north', interface: 'public' });
    expect(await settings({ region: 'south' })).toMatchObject({ region: 'south', interface: 'internal' });
    expect(await failure({ region: 'suoth' })).toMatchObject({
      code: 'E_CLOUD_REGION',
      hint: 'did you mean south?',
    });
  });

  it('say aloud when certificates are not verified; insecure wins over verify', async () => {
    await write(
      'here/clouds.yaml',
      `clouds:\n${entry('one', '    verify: true\n    insecure: yes\n    cacert: ~/ca.pem\n')}`,
    );
    const { tls, warnings } = await settings();
    expect(tls).toMatchObject({ verify: false, caPath: join(folder, 'home/ca.pem') });
    expect(warnings).toEqual(['TLS certificates of cloud "one" are not verified (insecure)']);
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    insecure: maybe\n')}`);
    expect(await failure()).toMatchObject({ code: 'E_CLOUD_SETTINGS', message: expect.stringContaining('maybe') });
  });

  it('have an interface that exists', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    interface: outer\n')}`);
    expect(await failure()).toMatchObject({ code: 'E_CLOUD_SETTINGS', message: expect.stringContaining('"outer"') });
  });
});
