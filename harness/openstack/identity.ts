import { z } from 'zod';
import { exitCodes } from '../core/exit-codes.ts';
import { parseAnswer, type Sent, statusError } from './answers.ts';
import { type Endpoint, endpointsSchema } from './catalog.ts';
import type { Credential } from './credential.ts';
import { CloudError, reworded, withRequestId } from './errors.ts';
import { credentialLookUp, type IdentityRequest, newToken, tokenLookUp } from './identity-requests.ts';
import { type Patience, withRetries } from './retry.ts';
import type { CloudSettings } from './settings.ts';
import type { Answer, Transport } from './transport.ts';

/** What Keystone gave for a credential. */
export interface Token {
  readonly id: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly userId: string;
  readonly projectId: string;
  readonly catalog: readonly Endpoint[];
  readonly applicationCredentialId: string | undefined;
  /** Milliseconds of `performance.now()` after which a new one is fetched before somebody stumbles over the old. */
  readonly renewAfter: number;
  /** When Keystone issued it, by its own clock and by `performance.now()`; null for one that was not issued just now. */
  readonly issued: { readonly cloudMs: number; readonly atMs: number } | null;
}

const tokenSchema = z.looseObject({
  token: z.looseObject({
    issued_at: z.string(),
    expires_at: z.string(),
    user: z.looseObject({ id: z.string() }),
    project: z.looseObject({ id: z.string() }).optional(),
    catalog: endpointsSchema.optional(),
    application_credential: z.looseObject({ id: z.string() }).optional(),
  }),
});

const applicationCredentialSchema = z.looseObject({
  application_credential: z.looseObject({ expires_at: z.string().nullable() }),
});

interface Identity {
  readonly settings: CloudSettings;
  readonly transport: Transport;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
}

/** @throws CloudError `E_CLOUD_AUTH`, exit code 2, when the credential is not accepted. */
export async function signIn(identity: Identity): Promise<Token> {
  const { settings, transport, patience } = identity;
  const { credential } = settings;
  const secrets = secretsOf(credential);
  // A token that names no project has one already; exchanging it for another would lose that.
  const asIs = credential.kind === 'token' && credential.project === undefined ? credential.token : undefined;
  const request = asIs === undefined ? newToken(settings) : tokenLookUp(settings, asIs);
  return await withRetries(retrying(identity), async () => {
    const answer = await transport.exchange({ ...request, timeoutMs: patience.requestMs });
    const sent = sentOf(request);
    if (answer.status >= 300) throw refusedBy(settings, sent, answer);
    const { token } = parseAnswer(sent, answer, tokenSchema, secrets);
    const id = asIs ?? answer.header('x-subject-token');
    if (id === undefined || token.project === undefined) throw noProject(settings);
    return {
      id,
      expiresAt: token.expires_at,
      userId: token.user.id,
      projectId: token.project.id,
      catalog: token.catalog ?? [],
      applicationCredentialId: token.application_credential?.id,
      renewAfter: performance.now() + renewAfterMs(token.issued_at, token.expires_at),
      issued: asIs === undefined ? issuedJustNow(token.issued_at) : null,
    };
  });
}

/** When the credential itself ends (ISO 8601); null where it does not, or where nobody tells. */
export async function credentialExpiry(identity: Identity, token: Token): Promise<string | null> {
  const { settings, transport, patience } = identity;
  const { credential } = settings;
  if (credential.kind === 'token') return token.expiresAt;
  if (credential.kind === 'password' || token.applicationCredentialId === undefined) return null;
  const request = credentialLookUp(settings, token, token.applicationCredentialId);
  const secrets = [...secretsOf(credential), token.id];
  return await withRetries(retrying(identity), async () => {
    const answer = await transport.exchange({ ...request, timeoutMs: patience.requestMs });
    // Some clouds forbid an application credential to look at itself; it works nevertheless.
    if ([401, 403, 404].includes(answer.status)) return null;
    if (answer.status >= 300) throw statusError(sentOf(request), answer, secrets);
    const parsed = parseAnswer(sentOf(request), answer, applicationCredentialSchema, secrets);
    const expiry = parsed.application_credential.expires_at;
    return expiry === null ? null : withZone(expiry);
  });
}

/** What must never be shown, should an answer quote it. */
export function secretsOf(credential: Credential): readonly string[] {
  switch (credential.kind) {
    case 'password':
      return [credential.password];
    case 'application-credential':
      return [credential.secret];
    case 'token':
      return [credential.token];
  }
}

/** Signing in twice does no harm. */
function retrying({ patience, signal }: Identity): Parameters<typeof withRetries>[0] {
  return { patience, service: 'identity', repeatable: true, signal };
}

function sentOf({ service, method, url }: IdentityRequest): Sent {
  return { service, method, path: new URL(url).pathname, repeatable: true };
}

function issuedJustNow(issuedAt: string): Token['issued'] {
  const cloudMs = Date.parse(withZone(issuedAt));
  return Number.isNaN(cloudMs) ? null : { cloudMs, atMs: performance.now() };
}

/** Keystone leaves out the zone of what is UTC. */
function withZone(time: string): string {
  return /(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`;
}

/** Within the last tenth of its life, five minutes at most: services go on using it after they have answered. */
function renewAfterMs(issuedAt: string, expiresAt: string): number {
  const lifeMs = Date.parse(expiresAt) - Date.parse(issuedAt);
  return Number.isFinite(lifeMs) ? lifeMs - Math.min(lifeMs / 10, 300_000) : Number.POSITIVE_INFINITY;
}

function refusedBy(settings: CloudSettings, sent: Sent, answer: Answer): CloudError {
  const { name, source, credential } = settings;
  const error = statusError(sent, answer, secretsOf(credential));
  // Keystone cannot find what was revoked; passwords it does not tell from users that are not there.
  if (answer.status === 401 || (answer.status === 404 && credential.kind !== 'password')) {
    const kind = credential.kind.replace('-', ' ');
    const message = `cloud "${name}" does not accept the ${kind} in ${source}: ${error.serviceMessage}`;
    return new CloudError({
      ...error,
      code: 'E_CLOUD_AUTH',
      message: withRequestId(message, error.requestId),
      hint: 'it is mistyped, expired or revoked, or user, project or domain is not the right one',
      exitCode: exitCodes.usage,
    });
  }
  const isElsewhere = answer.status < 400 || answer.status === 404 || answer.status === 405;
  return isElsewhere ? reworded(error, { hint: `is auth_url of cloud "${name}" Keystone’s address?` }) : error;
}

function noProject({ name, source }: CloudSettings): CloudError {
  return new CloudError({
    code: 'E_CLOUD_AUTH',
    message: `the credential of cloud "${name}" in ${source} belongs to no project`,
    hint: 'add project_name below "auth"',
    exitCode: exitCodes.usage,
    service: 'identity',
  });
}
