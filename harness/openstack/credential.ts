import { usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';
import { isMap, type TreeMap } from './clouds-yaml.ts';
import { type Entry, expanded, settingOf, textOf } from './entry.ts';

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

/**
 * Keys of `auth` under all their names, the strongest first. The environment and old files have them outside of `auth`;
 * where both do, those of `CHANGED_OUTSIDE` outside win, the others inside, as in openstacksdk.
 */
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
  default_domain: ['default_domain'],
  default_domain_id: ['default_domain_id'],
  default_domain_name: ['default_domain_name'],
  application_credential_id: ['application_credential_id'],
  application_credential_name: ['application_credential_name'],
  application_credential_secret: ['application_credential_secret'],
};

const CHANGED_OUTSIDE = /^(token|(project|user_domain|project_domain|domain)_(id|name))$/;
/** All that may stand below `auth`, and what tells variables that describe a cloud from those that steer one. */
export const AUTH_WORDS: readonly string[] = Object.values(AUTH_KEYS).flat();
/** What belongs beside `auth`. */
const BESIDE_AUTH =
  /^(verify|insecure|cacert|cert|key|regions?|(\w+_)?(region_name|interface|endpoint_type|endpoint|endpoint_override|api_version|service_type|service_name)|profile|cloud|auth_type|api_timeout)$/;
/** What would sign in for something else than a project. */
const OTHER_SCOPES = ['trust_id', 'system_scope'];
const AUTH_TYPES = 'password, token, v3password, v3token and v3applicationcredential are';

type Get = (key: string) => string | undefined;

/** @throws GivreError `E_CLOUD_SETTINGS`, exit code 2, that names what is missing, unknown or in the wrong place. */
export function credentialOf(entry: Entry): { authUrl: string; credential: Credential } {
  const { name, source, settings } = entry;
  const kind = kindOf(entry);
  requireKnownWords(entry);
  const get = lookup(settings);
  const missing = (what: string): Error =>
    usageError('E_CLOUD_SETTINGS', `cloud "${name}" in ${source} has no ${what}`, missingHint(entry, what));
  const need = (key: string): string => {
    const value = get(key);
    if (value === undefined) throw missing(key);
    return value;
  };
  return {
    authUrl: authUrlOf(name, expanded(name, 'auth_url', need('auth_url'), settings)),
    credential: byKind(kind ?? impliedKind(get), get, need, missing),
  };
}

function byKind(
  kind: Credential['kind'],
  get: Get,
  need: (key: string) => string,
  missing: (what: string) => Error,
): Credential {
  const project = reference(get, 'project_id', 'project_name', 'project_domain');
  const user = reference(get, 'user_id', 'username', 'user_domain');
  switch (kind) {
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

/** What `auth_type` says; undefined where it says nothing. */
function kindOf(entry: Entry): Credential['kind'] | undefined {
  const authType = settingOf(entry, 'auth_type');
  switch (authType) {
    case undefined:
      return undefined;
    case 'v3applicationcredential':
      return 'application-credential';
    case 'token':
    case 'v3token':
      return 'token';
    case 'password':
    case 'v3password':
      return 'password';
    default:
      throw usageError(
        'E_CLOUD_SETTINGS',
        `cloud "${entry.name}": auth_type ${authType} is not supported`,
        `${AUTH_TYPES}; an application credential stands in for single sign-on`,
      );
  }
}

function impliedKind(get: Get): Credential['kind'] {
  if (get('application_credential_secret') !== undefined) return 'application-credential';
  return get('token') !== undefined && get('password') === undefined ? 'token' : 'password';
}

/** A word below `auth` that nobody reads is a mistake: a `cacert` there would be missed, a typo leave something out. */
function requireKnownWords({ name, source, settings }: Entry): void {
  const { auth } = settings;
  for (const word of OTHER_SCOPES) {
    if (textOf(isMap(auth) ? auth[word] : undefined) === undefined && textOf(settings[word]) === undefined) continue;
    const message = `cloud "${name}" in ${source}: ${word} is not supported`;
    throw usageError(
      'E_CLOUD_SETTINGS',
      message,
      'machines are made in a project: name it by project_name or project_id',
    );
  }
  if (auth === undefined || auth === null) return;
  if (!isMap(auth)) throw usageError('E_CLOUD_SETTINGS', `cloud "${name}" in ${source}: auth has to be a map`);
  for (const [word, value] of Object.entries(auth)) {
    const where = `cloud "${name}" in ${source}: ${word}`;
    if (BESIDE_AUTH.test(word)) {
      throw usageError('E_CLOUD_SETTINGS', `${where} stands below auth`, `${word} belongs beside auth, a level higher`);
    }
    if (!AUTH_WORDS.includes(word) && !OTHER_SCOPES.includes(word)) {
      throw usageError('E_CLOUD_SETTINGS', `${where} means nothing below auth`, suggestion(word, AUTH_WORDS));
    }
    if (value !== null && typeof value !== 'string') {
      throw usageError('E_CLOUD_SETTINGS', `${where} below auth has to be one word, not a list or a map`);
    }
  }
}

function missingHint({ fromEnvironment, others }: Entry, what: string): string {
  if (!fromEnvironment) return `add ${what} below "auth"`;
  const variables = what.replaceAll(/[a-z]+(_[a-z]+)*/g, (word) => (word === 'or' ? word : `OS_${word.toUpperCase()}`));
  return `set ${variables}${others.length === 0 ? '' : `, or choose with --cloud: ${others.join(', ')}`}`;
}

function lookup(settings: TreeMap): Get {
  const inside = isMap(settings.auth) ? settings.auth : {};
  return (key) => {
    const names = AUTH_KEYS[key] ?? [];
    const values = CHANGED_OUTSIDE.test(key)
      ? names.flatMap((name) => [settings[name], inside[name]])
      : [inside, settings].flatMap((tree) => names.map((name) => tree[name]));
    return values.map(textOf).find((text) => text !== undefined);
  };
}

function reference(get: Get, idKey: string, nameKey: string, domain: string): Reference | undefined {
  const id = get(idKey);
  if (id !== undefined) return { id };
  const name = get(nameKey);
  if (name === undefined) return undefined;
  // An id wins over a name, wherever each of them comes from, as in openstacksdk.
  const domainId = get(`${domain}_id`) ?? get('domain_id') ?? get('default_domain_id');
  if (domainId !== undefined) return { name, domain: { id: domainId } };
  const domainName = get(`${domain}_name`) ?? get('domain_name') ?? get('default_domain_name');
  if (domainName !== undefined) return { name, domain: { name: domainName } };
  // These last ones are the command line client's.
  return { name, domain: { id: get('default_domain') ?? 'default' } };
}

/** Only v3 exists any more; providers write the address with it, without it, or with the one before it. */
function authUrlOf(name: string, text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw usageError('E_CLOUD_SETTINGS', `cloud "${name}": auth_url is no http or https address`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/v(2\.0|3)$/, '')}/v3`;
}
