import { usageError } from '../core/errors.ts';
import { isMap, type TreeMap } from './clouds-yaml.ts';

/** A name needs its domain, an id does not. */
export type Reference =
  | { readonly id: string }
  | { readonly name: string; readonly domain: { readonly id: string } | { readonly name: string } };

/** How to sign in, as Keystone's v3 API tells it apart. */
export type Credential =
  | { readonly kind: 'password'; readonly user: Reference; readonly password: string; readonly project: Reference }
  | {
      readonly kind: 'application-credential';
      readonly credential: { readonly id: string } | { readonly name: string; readonly user: Reference };
      readonly secret: string;
    }
  /** Without a project the token is used as it is. */
  | { readonly kind: 'token'; readonly token: string; readonly project: Reference | undefined };

/** Old names, the new ones first; those of `auth`, which the environment and old files have at the top level. */
const AUTH_KEYS: Readonly<Record<string, readonly string[]>> = {
  auth_url: ['auth_url'],
  username: ['username', 'user_name'],
  user_id: ['user_id'],
  password: ['password'],
  token: ['token', 'auth_token'],
  project_name: ['project_name', 'tenant_name'],
  project_id: ['project_id', 'tenant_id'],
  user_domain_name: ['user_domain_name'],
  user_domain_id: ['user_domain_id'],
  project_domain_name: ['project_domain_name'],
  project_domain_id: ['project_domain_id'],
  domain_name: ['domain_name'],
  domain_id: ['domain_id'],
  default_domain: ['default_domain', 'default_domain_id'],
  application_credential_id: ['application_credential_id'],
  application_credential_name: ['application_credential_name'],
  application_credential_secret: ['application_credential_secret'],
};

type Get = (key: string) => string | undefined;

/**
 * @param source Where the cloud is written, for messages.
 * @throws GivreError `E_CLOUD_SETTINGS`, exit code 2, that names what is missing.
 */
export function credentialOf(
  name: string,
  source: string,
  settings: TreeMap,
): { authUrl: string; credential: Credential } {
  const get = lookup(settings);
  const missing = (what: string): Error =>
    usageError('E_CLOUD_SETTINGS', `cloud "${name}" in ${source} has no ${what}`, `add ${what} below "auth"`);
  const need = (key: string): string => {
    const value = get(key);
    if (value === undefined) throw missing(key);
    return value;
  };
  return {
    authUrl: authUrlOf(name, need('auth_url')),
    credential: byKind(name, get, need, missing, settings.auth_type),
  };
}

function byKind(
  name: string,
  get: Get,
  need: (key: string) => string,
  missing: (what: string) => Error,
  authType: TreeMap[string] | undefined,
): Credential {
  const project = reference(get, 'project_id', 'project_name', 'project_domain');
  const user = reference(get, 'user_id', 'username', 'user_domain');
  switch (kindOf(name, get, typeof authType === 'string' ? authType : '')) {
    case 'application-credential': {
      const id = get('application_credential_id');
      const secret = need('application_credential_secret');
      if (id !== undefined) return { kind: 'application-credential', credential: { id }, secret };
      const named = need('application_credential_name');
      if (user === undefined) throw missing('application_credential_id, or username');
      return { kind: 'application-credential', credential: { name: named, user }, secret };
    }
    case 'token':
      return { kind: 'token', token: need('token'), project };
    case 'password':
      if (user === undefined) throw missing('username');
      if (project === undefined) throw missing('project_name');
      return { kind: 'password', user, password: need('password'), project };
  }
}

function kindOf(name: string, get: Get, authType: string): Credential['kind'] {
  if (authType === 'v3applicationcredential') return 'application-credential';
  if (authType === 'token' || authType === 'v3token') return 'token';
  if (authType === 'password' || authType === 'v3password') return 'password';
  if (authType !== '') {
    throw usageError(
      'E_CLOUD_SETTINGS',
      `cloud "${name}": auth_type "${authType}" is not supported`,
      'use v3password, v3applicationcredential or v3token; an application credential stands in for single sign-on',
    );
  }
  if (get('application_credential_secret') !== undefined) return 'application-credential';
  return get('token') !== undefined && get('password') === undefined ? 'token' : 'password';
}

function lookup(settings: TreeMap): Get {
  const auth = isMap(settings.auth) ? settings.auth : {};
  return (key) => {
    for (const name of AUTH_KEYS[key] ?? []) {
      for (const value of [auth[name], settings[name]]) if (typeof value === 'string' && value !== '') return value;
    }
    return undefined;
  };
}

function reference(get: Get, idKey: string, nameKey: string, domain: string): Reference | undefined {
  const id = get(idKey);
  if (id !== undefined) return { id };
  const name = get(nameKey);
  if (name === undefined) return undefined;
  const domainId = get(`${domain}_id`);
  if (domainId !== undefined) return { name, domain: { id: domainId } };
  const domainName = get(`${domain}_name`) ?? get('domain_name');
  if (domainName !== undefined) return { name, domain: { name: domainName } };
  return { name, domain: { id: get('domain_id') ?? get('default_domain') ?? 'default' } };
}

/** Only v3 exists any more; providers write the address with it, without it, or with the one before it. */
function authUrlOf(name: string, text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw usageError('E_CLOUD_SETTINGS', `cloud "${name}": auth_url is no http or https address`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/v(2\.0|3)$/, '')}/v3`;
}
