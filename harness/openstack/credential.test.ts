import { describe, expect, test } from 'vitest';
import type { TreeMap } from './clouds-yaml.ts';
import { type Credential, credentialOf } from './credential.ts';
import type { Entry } from './entry.ts';

const auth = { auth_url: 'http://h/v3', username: 'me', password: 'pw', project_name: 'mine' };

function entry(settings: TreeMap): Entry {
  return { name: 'one', source: 'clouds.yaml', fromEnvironment: false, others: [], settings };
}

function credential(settings: TreeMap): Credential {
  return credentialOf(entry(settings)).credential;
}

describe('a password', () => {
  test('belongs to a user and a project, each in the default domain unless one is named', () => {
    const me = (domain: object) => ({ name: 'me', domain });
    const mine = (domain: object) => ({ name: 'mine', domain });
    expect(credential({ auth })).toEqual({
      kind: 'password',
      password: 'pw',
      user: me({ id: 'default' }),
      project: mine({ id: 'default' }),
    });
    expect(credential({ auth: { ...auth, user_domain_name: 'U', project_domain_id: 'p' } })).toMatchObject({
      user: me({ name: 'U' }),
      project: mine({ id: 'p' }),
    });
    expect(credential({ auth: { ...auth, domain_name: 'Both' } })).toMatchObject({
      user: me({ name: 'Both' }),
      project: mine({ name: 'Both' }),
    });
    expect(credential({ auth: { ...auth, default_domain: 'd' } })).toMatchObject({ user: me({ id: 'd' }) });
  });

  test('is found under old names, at the top level too', () => {
    expect(
      credential({ auth_url: 'http://h', username: 'me', password: 'pw', tenant_name: 'old', auth_type: 'password' }),
    ).toMatchObject({ kind: 'password', project: { name: 'old' } });
    expect(credential({ auth: { ...auth, tenant_id: 't', user_id: 'u' } })).toMatchObject({
      user: { id: 'u' },
      project: { id: 't' },
    });
  });
});

describe('an application credential', () => {
  test('leaves out project and domain, which Keystone would refuse', () => {
    const settings = { ...auth, application_credential_id: 'id', application_credential_secret: 's' };
    expect(credential(settings)).toEqual({ kind: 'application-credential', credential: { id: 'id' }, secret: 's' });
  });

  test('may have a name instead of an id, and then belongs to a user', () => {
    const named = { auth_url: 'http://h', application_credential_name: 'n', application_credential_secret: 's' };
    expect(credential({ auth_type: 'v3applicationcredential', auth: { ...named, user_id: 'u' } })).toMatchObject({
      credential: { name: 'n', user: { id: 'u' } },
    });
    expect(() => credential({ auth: named })).toThrow('has no application_credential_id, or username');
  });
});

describe('a token', () => {
  test('needs no project', () => {
    expect(credential({ auth: { auth_url: 'http://h', token: 't' } })).toEqual({
      kind: 'token',
      token: 't',
      project: undefined,
    });
  });
});

describe('what is missing', () => {
  test.each([
    ['auth_url', { ...auth, auth_url: '' }],
    ['username', { ...auth, username: '' }],
    ['password', { ...auth, password: '' }],
    ['project_name', { ...auth, project_name: '' }],
    [
      'application_credential_secret',
      { ...auth, auth_type: 'v3applicationcredential', application_credential_id: 'i' },
    ],
  ])('is named: %s', (key, settings) => {
    expect(() => credential(settings)).toThrow(`cloud "one" in clouds.yaml has no ${key}`);
  });

  test.each(['v3oidcpassword', 'token_endpoint', 'none', 'v3totp'])(
    'is not asked for where auth_type %s is the matter',
    (it) => {
      expect(() => credential({ auth_type: it, auth: {} })).toThrow(
        expect.objectContaining({
          code: 'E_CLOUD_SETTINGS',
          message: `cloud "one": auth_type ${it} is not supported`,
          hint: expect.stringContaining('v3applicationcredential'),
        }),
      );
    },
  );

  test('is, where variables are read, one of them', () => {
    const settings = { auth_url: 'http://h', password: 'pw' };
    expect(() => credentialOf({ ...entry(settings), fromEnvironment: true, others: ['a', 'b'] })).toThrow(
      expect.objectContaining({ hint: 'set OS_USERNAME, or choose with --cloud: a, b' }),
    );
  });
});

describe('a word below auth', () => {
  test.each([
    'verify',
    'insecure',
    'cacert',
    'cert',
    'key',
    'region_name',
    'interface',
    'auth_type',
    'image_region_name',
  ])('that belongs beside it is refused: %s', (word) => {
    expect(() => credential({ auth: { ...auth, [word]: 'x' } })).toThrow(
      expect.objectContaining({
        code: 'E_CLOUD_SETTINGS',
        exitCode: 2,
        message: `cloud "one" in clouds.yaml: ${word} stands below auth`,
        hint: `${word} belongs beside auth, a level higher`,
      }),
    );
  });

  test('that nobody reads is refused', () => {
    const message = 'cloud "one" in clouds.yaml: pasword means nothing below auth';
    expect(() => credential({ auth: { ...auth, pasword: 'x' } })).toThrow(
      expect.objectContaining({ message, hint: 'did you mean password?' }),
    );
  });

  test.each(['trust_id', 'system_scope'])('that is of no project is refused, outside of it, too: %s', (word) => {
    const expected = expect.objectContaining({ message: `cloud "one" in clouds.yaml: ${word} is not supported` });
    expect(() => credential({ auth: { ...auth, [word]: 'all' } })).toThrow(expected);
    expect(() => credential({ auth, [word]: 'all' })).toThrow(expected);
  });

  test('is one word', () => {
    expect(() => credential({ auth: { ...auth, password: ['s3cret'] } })).toThrow(
      'password below auth has to be one word',
    );
    expect(() => credential({ auth: 'x' })).toThrow('auth has to be a map');
  });
});

describe('two sources of one key', () => {
  test('are in the order of openstacksdk: scope and domains outside of auth first, the rest inside first', () => {
    const twice = { ...auth, project_id: 'inside', user_id: 'inside' };
    expect(credential({ project_id: 'outside', user_id: 'outside', auth: twice })).toMatchObject({
      project: { id: 'outside' },
      user: { id: 'inside' },
    });
    expect(credential({ tenant_id: 'old', auth: twice })).toMatchObject({ project: { id: 'inside' } });
    expect(credential({ auth: { ...auth, user_name: 'old' } })).toMatchObject({ user: { name: 'me' } });
  });

  test('are none where one of them is empty or null', () => {
    const settings = { tenant_name: 'outside', auth: { ...auth, project_name: '', username: null, user_name: 'old' } };
    expect(credential(settings)).toMatchObject({ project: { name: 'outside' }, user: { name: 'old' } });
  });

  test('of a domain are its id, then its name, wherever they come from', () => {
    const domains = { user_domain_name: 'U', domain_id: 'd', default_domain_name: 'D' };
    expect(credential({ auth: { ...auth, ...domains } })).toMatchObject({ user: { domain: { id: 'd' } } });
    const names = { project_domain_name: 'P', default_domain_name: 'D' };
    expect(credential({ auth: { ...auth, ...names } })).toMatchObject({
      user: { domain: { name: 'D' } },
      project: { domain: { name: 'P' } },
    });
  });
});

describe('auth_url', () => {
  test.each([
    ['https://h:5000', 'https://h:5000/v3'],
    ['https://h:5000/', 'https://h:5000/v3'],
    ['https://h/identity/v3/', 'https://h/identity/v3'],
    ['https://h/identity/v2.0', 'https://h/identity/v3'],
  ])('%s leads to %s', (written, meant) => {
    expect(credentialOf(entry({ auth: { ...auth, auth_url: written } })).authUrl).toBe(meant);
  });

  test('is an address', () => {
    expect(() => credential({ auth: { ...auth, auth_url: 'h:5000/v3' } })).toThrow('no http or https address');
  });
});
