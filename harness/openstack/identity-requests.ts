import type { Credential, Reference } from './credential.ts';
import type { CloudSettings } from './settings.ts';
import type { Exchange } from './transport.ts';

/** What is asked of Keystone. */
export type IdentityRequest = Omit<Exchange, 'timeoutMs'>;

const base = { service: 'identity', headers: { accept: 'application/json' }, body: null } as const;

/** A token for a credential, and a project. */
export function newToken({ authUrl, credential }: CloudSettings): IdentityRequest {
  return {
    ...base,
    method: 'POST',
    url: `${authUrl}/auth/tokens`,
    headers: { ...base.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ auth: authOf(credential) }),
  };
}

/** What a token is good for. */
export function tokenLookUp({ authUrl }: CloudSettings, token: string): IdentityRequest {
  const headers = { ...base.headers, 'x-auth-token': token, 'x-subject-token': token };
  return { ...base, method: 'GET', url: `${authUrl}/auth/tokens`, headers };
}

/** An application credential as its owner sees it. */
export function credentialLookUp(
  { authUrl }: CloudSettings,
  token: { readonly id: string; readonly userId: string },
  credentialId: string,
): IdentityRequest {
  const url = `${authUrl}/users/${token.userId}/application_credentials/${credentialId}`;
  return { ...base, method: 'GET', url, headers: { ...base.headers, 'x-auth-token': token.id } };
}

function authOf(credential: Credential): object {
  switch (credential.kind) {
    case 'password': {
      const user = { ...credential.user, password: credential.password };
      return { identity: { methods: ['password'], password: { user } }, scope: scopeOf(credential.project) };
    }
    case 'application-credential':
      // Its project is part of it: Keystone answers 400 when a scope is sent along.
      return {
        identity: {
          methods: ['application_credential'],
          application_credential: { ...credential.credential, secret: credential.secret },
        },
      };
    case 'token':
      return { identity: { methods: ['token'], token: { id: credential.token } }, scope: scopeOf(credential.project) };
  }
}

function scopeOf(project: Reference | undefined): object {
  return { project };
}
