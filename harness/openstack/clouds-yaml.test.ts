import { describe, expect, test } from 'vitest';
import { cloudsFolder, entry } from './clouds-folder.fixture.ts';

const { write, settings, failure, inFolder } = cloudsFolder();

describe('the search for clouds.yaml', () => {
  test('takes the first of working directory, configuration folder and ~/.config', async () => {
    await write('home/.config/openstack/clouds.yaml', `clouds:\n${entry('third')}`);
    expect((await settings()).name).toBe('third');
    await write('xdg/openstack/clouds.yml', `clouds:\n${entry('second')}`);
    expect((await settings({ env: { XDG_CONFIG_HOME: inFolder('xdg') } })).name).toBe('second');
    await write('here/clouds.json', '{"clouds": {"first": {"auth": {"auth_url": "http://h", "token": "t"}}}}');
    expect((await settings({ env: { XDG_CONFIG_HOME: inFolder('xdg') } })).name).toBe('first');
  });

  test('is short when OS_CLIENT_CONFIG_FILE names the file', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('here')}`);
    const path = await write('elsewhere/my-clouds', `clouds:\n${entry('named')}`);
    expect((await settings({ env: { OS_CLIENT_CONFIG_FILE: path } })).source).toBe(path);
    expect(await failure({ env: { OS_CLIENT_CONFIG_FILE: `${path}.gone` } })).toMatchObject({
      code: 'E_CLOUDS_UNREADABLE',
      message: `${path}.gone, named by a variable, does not exist`,
    });
  });

  test('says where it looked when there is nothing', async () => {
    expect(await failure()).toMatchObject({
      code: 'E_CLOUD_NOT_CHOSEN',
      exitCode: 2,
      message: expect.stringContaining(`looked in ${inFolder('here')}, ${inFolder('home/.config/openstack')}`),
    });
    expect(await failure({ cloud: 'any' })).toMatchObject({ code: 'E_CLOUD_NOT_CHOSEN' });
  });

  test('lays secure.yaml over it, wherever that is found', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    interface: internal\n')}`);
    await write('home/.config/openstack/secure.yaml', 'clouds: { one: { auth: { password: "better" } } }');
    expect(await settings()).toMatchObject({
      interface: 'internal',
      credential: { kind: 'password', password: 'better', user: { name: 'me' } },
    });
  });

  test('reads texts as they are written, anchors, merged maps and dashes included', async () => {
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
  test.each([
    ['clouds:\n  one:\n    auth: {password: s3cret\n', 'line 4'],
    ['clouds:\n  one: x\n   password: s3cret: b\n', 'line 2'],
    ['clouds:\n  one:\n    password: "s3cret\n', 'line 4'],
    ['clouds:\n  a: s3cret\n  a: s3cret\n', 'line 3, column 3: Map keys must be unique'],
    ['clouds:\n  one:\n    password: |s3cret\n', 'line 3, column 16: Block scalar header includes extra characters'],
    ['clouds:\n  one:\n    password: !s3cret\n', 'line 3, column 15: Unresolved tag'],
    ['- s3cret\nclouds: s3cret\n', 'line 2'],
    ['clouds:\n  one:\n    password: *s3cret\n', 'a text that begins with * has to be in quotes'],
    [
      'clouds: {}\n---\nclouds: s3cret\n',
      'line 2, column 1: a second document begins (---), and only one can be meant',
    ],
  ])('is named with line and reason, and nothing of its content: %j', async (text, expected) => {
    const path = await write('here/clouds.yaml', text);
    const error = await failure();
    expect(error).toMatchObject({ code: 'E_CLOUDS_YAML', exitCode: 2, message: expect.stringContaining(path) });
    const words = error instanceof Error && 'hint' in error ? `${error.message} ${error.hint} ${error.stack}` : '';
    expect(words).toContain(expected);
    expect(words).not.toContain('s3cret');
  });

  test.each([
    ['', 'expected a map "clouds"'],
    ['clouds: []', 'wrong at "clouds"'],
    ['clouds:\n  one:\n', 'wrong at "clouds.one"'],
  ])('is told from one of another shape: %j', async (text, expected) => {
    await write('here/clouds.yaml', text);
    expect(await failure()).toMatchObject({ code: 'E_CLOUDS_SHAPE', message: expect.stringContaining(expected) });
  });

  test('may be a folder', async () => {
    await write('here/clouds.yaml/file', '');
    expect(await failure()).toMatchObject({ code: 'E_CLOUDS_UNREADABLE', message: expect.stringContaining('EISDIR') });
  });
});

describe('the choice of a cloud', () => {
  const variables = { OS_AUTH_URL: 'http://env:5000/v3', OS_TOKEN: 't' };

  test('goes by --cloud, OS_CLOUD, the other OS_* variables, the only entry, in this order', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one')}${entry('two')}`);
    expect((await settings({ cloud: 'one', env: { OS_CLOUD: 'two', ...variables } })).name).toBe('one');
    expect((await settings({ env: { OS_CLOUD: 'two', ...variables } })).name).toBe('two');
    expect(await settings({ env: variables })).toMatchObject({ name: 'envvars', authUrl: 'http://env:5000/v3' });
    expect(await failure()).toMatchObject({ code: 'E_CLOUD_NOT_CHOSEN', hint: 'choose with --cloud: one, two' });
    await write('here/clouds.yaml', `clouds:\n${entry('one')}`);
    expect((await settings()).name).toBe('one');
  });

  test('does not take selecting variables for a cloud', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one')}`);
    const env = { OS_REGION_NAME: 'south', OS_CLOUD: '', OS_TEST_PATH: 'x', OS_CLIENT_SECURE_FILE: '' };
    expect(await settings({ env })).toMatchObject({ name: 'one', region: 'south' });
  });

  test('suggests what a wrong name may have meant', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('production')}${entry('staging')}`);
    expect(await failure({ cloud: 'prodcution' })).toMatchObject({
      code: 'E_CLOUD_UNKNOWN',
      exitCode: 2,
      message: `there is no cloud "prodcution" in ${inFolder('here/clouds.yaml')}`,
      hint: 'did you mean production?',
    });
    expect(await failure({ env: { OS_CLOUD: 'other' } })).toMatchObject({ hint: 'known: production, staging' });
  });

  test('is not the environment’s for variables that say nothing of who signs in where', async () => {
    const env = {
      OS_COMPUTE_API_VERSION: '2.79',
      OS_IDENTITY_API_VERSION: '3',
      OS_CACERT: '/x',
      OS_VOLUME_API_VERSION: '3',
    };
    await write('here/clouds.yaml', `clouds:\n${entry('one')}`);
    expect((await settings({ env })).name).toBe('one');
    await write('here/clouds.yaml', `clouds:\n${entry('one')}${entry('two')}`);
    expect(await failure({ env })).toMatchObject({ hint: 'choose with --cloud: one, two' });
    expect(await failure({ env: { ...env, OS_USERNAME: 'me' } })).toMatchObject({
      message: 'cloud "envvars" in the OS_* variables has no auth_url',
      hint: 'set OS_AUTH_URL, or choose with --cloud: one, two',
    });
    // Asked for by name, they are taken at their word.
    expect(await failure({ cloud: 'envvars', env })).toMatchObject({
      hint: expect.stringContaining('set OS_AUTH_URL'),
    });
  });

  test('calls that of the variables by OS_CLOUD_NAME, and does not mix it with one of the file', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('mine')}`);
    const env = { ...variables, OS_CLOUD_NAME: 'ours' };
    expect(await settings({ env })).toMatchObject({ name: 'ours', authUrl: 'http://env:5000/v3' });
    expect((await settings({ cloud: 'mine', env })).authUrl).toBe('https://cloud.example:5000/v3');
    expect(await failure({ env: { ...variables, OS_CLOUD_NAME: 'mine' } })).toMatchObject({
      code: 'E_CLOUD_SETTINGS',
      hint: expect.stringContaining('OS_CLOUD_NAME'),
    });
  });
});
