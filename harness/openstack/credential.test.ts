import { describe, expect, it } from 'vitest';
import type { TreeMap } from './clouds-yaml.ts';
import { type Credential, credentialOf } from './credential.ts';

const auth = { auth_url: 'http://h/v3', username: 'me', password: 'pw', project_name: 'mine' };

function credential(settings: TreeMap): Credential {
  return credentialOf('one', 'clouds.yaml', settings).credential;
}

describe('a password', () => {
  it('belongs to a user and a project, each in the default domain unless one is named', () => {
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

  it('is found under old names, at the top level too', () => {
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
  it('leaves out project and domain, which Keystone would refuse', () => {
    const settings = { ...auth, application_credential_id: 'id', application_credential_secret: 's' };
    expect(credential(settings)).toEqual({ kind: 'application-credential', credential: { id: 'id' }, secret: 's' });
  });

  it('may have a name instead of an id, and then belongs to a user', () => {
    const named = { auth_url: 'http://h', application_credential_name: 'n', application_credential_secret: 's' };
    expect(credential({ auth_type: 'v3applicationcredential', auth: { ...named, user_id: 'u' } })).toMatchObject({
      credential: { name: 'n', user: { id: 'u' } },
    });
    expect(() => credential({ auth: named })).toThrow('has no application_credential_id, or username');
  });
});

describe('a token', () => {
  it('needs no project', () => {
    expect(credential({ auth: { auth_url: 'http://h', token: 't' } })).toEqual({
      kind: 'token',
      token: 't',
      project: undefined,
    });
  });
});

describe('what is missing', () => {
  it.each([
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

  it('is, for single sign-on, something else to use', () => {
    expect(() => credential({ auth, auth_type: 'v3oidcpassword' })).toThrow('"v3oidcpassword" is not supported');
  });
});

describe('auth_url', () => {
  it.each([
    ['https://h:5000', 'https://h:5000/v3'],
    ['https://h:5000/', 'https://h:5000/v3'],
    ['https://h/identity/v3/', 'https://h/identity/v3'],
    ['https://h/identity/v2.0', 'https://h/identity/v3'],
  ])('%s leads to %s', (written, meant) => {
    expect(credentialOf('one', 'f', { auth: { ...auth, auth_url: written } }).authUrl).toBe(meant);
  });

  it('is an address', () => {
    expect(() => credential({ auth: { ...auth, auth_url: 'h:5000/v3' } })).toThrow('no http or https address');
  });
});
