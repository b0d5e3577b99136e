import { randomBytes } from 'node:crypto';
import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { Installation } from '../core/platform.ts';
import { type Look, poll } from '../core/poll.ts';
import { NOBODY } from './compose.ts';
import { GatewayError, gatewayClient } from './gateway-client.ts';
import type { GatewayInfo } from './gateway-schemas.ts';
import { quoteLog, type Start, unlessDead } from './starting.ts';

type Credentials = Installation['credentials'];
/** What is known of an installation before it answers. */
type Installed = Pick<Installation, 'label' | 'kind' | 'callbackHost'>;

const READY_DEADLINE_MS = 30_000;
/** For a platform that starts with its machine, which may be an emulated one. */
const BOOT_DEADLINE_MS = 240_000;
const LOOK_TIMEOUT_MS = 5_000;

/** A password for one installation, 256 bits; it is not part of any seed. */
export function newCredentials(): Credentials {
  return { user: 'admin', password: randomBytes(32).toString('hex') };
}

/** Writes the two files by which all of OpenFaaS knows its password. */
export async function writeCredentials(host: Host, folder: string, credentials: Credentials): Promise<void> {
  await Promise.all([
    host.writeFile(`${folder}/basic-auth-user`, credentials.user, 0o600),
    host.writeFile(`${folder}/basic-auth-password`, credentials.password, 0o600),
  ]);
}

/**
 * Gives the password's files to the user that core services in containers run as; a provider is root and reads them all
 * the same.
 */
export async function handOver({ host, signal }: Start, folder: string): Promise<void> {
  const files = [`${folder}/basic-auth-user`, `${folder}/basic-auth-password`];
  const owned = await host.exec(['chown', NOBODY, ...files], { signal, timeoutMs: 20_000 });
  if (owned.exitCode === 0) return;
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: `cannot hand the gateway's password file on ${host.name} to user ${NOBODY}`,
    hint: owned.stderr.trim(),
  });
}

/** Reads what {@link writeCredentials}, or the machine itself at its first boot, has written. */
export async function readCredentials({ host, signal }: Start, folder: string): Promise<Credentials> {
  const read = await host.exec(['cat', `${folder}/basic-auth-password`], { signal, timeoutMs: 20_000 });
  const password = read.stdout.trim();
  if (read.exitCode === 0 && password !== '') return { user: 'admin', password };
  throw new GivreError({
    code: 'E_NO_PASSWORD',
    message: `${host.name} has no gateway password in ${folder}`,
    hint: read.stderr.trim() || 'is the platform installed there?',
  });
}

/**
 * Waits until `/healthz`, `/system/info` and a list call answer, as seen from this process.
 *
 * @throws GivreError `E_SERVICE_DIED` as soon as one of `services` ends, `E_DEADLINE`; both quote a log.
 */
export async function untilReady(
  start: Start,
  platform: Installed,
  credentials: Credentials,
  services: readonly string[],
  deadlineMs = READY_DEADLINE_MS,
): Promise<Installation> {
  const gatewayUrl = `http://${start.host.address(8080)}`;
  const info = await unlessDead(start, services, (signal) =>
    pollGateway({ gatewayUrl, credentials }, deadlineMs, signal),
  ).catch(async (error: unknown) => {
    if (!(error instanceof GivreError) || error.code !== 'E_DEADLINE') throw error;
    const logs = await Promise.all(services.map((service) => quoteLog(start.host, service)));
    throw new GivreError({ code: error.code, message: error.message, hint: logs.join('\n'), cause: error });
  });
  return {
    ...platform,
    provider: info.provider.provider,
    version: info.provider.version.release,
    gatewayUrl,
    gatewayAddress: '127.0.0.1:8080',
    providerAddress: '127.0.0.1:8081',
    credentials,
  };
}

function pollGateway(
  gateway: Pick<Installation, 'gatewayUrl' | 'credentials'>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<GatewayInfo> {
  const client = gatewayClient(gateway, { timeoutMs: LOOK_TIMEOUT_MS, signal });
  const look = async (): Promise<Look<GatewayInfo>> => {
    try {
      await client.health();
      const info = await client.info();
      await client.listFunctions();
      return { done: true, value: info };
    } catch (error) {
      // A refused password will not become right by waiting.
      if (!(error instanceof GivreError) || (error instanceof GatewayError && error.status === 401)) throw error;
      return { done: false, seen: error.message };
    }
  };
  return poll(look, {
    what: `the gateway at ${gateway.gatewayUrl} to be ready`,
    deadlineMs,
    everyMs: 50,
    signal,
  });
}

/**
 * Waits for a platform that its machine starts by itself: first for its password, which is made at the first boot.
 *
 * @throws GivreError `E_DEADLINE`, `E_NO_PASSWORD`.
 */
export async function untilBooted(start: Start, platform: Installed, secretsFolder: string): Promise<Installation> {
  const credentials = await readCredentials(start, secretsFolder);
  return await untilReady(start, platform, credentials, [], BOOT_DEADLINE_MS);
}
