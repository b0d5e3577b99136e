import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type Client, type ServerHostKeyAlgorithm } from 'ssh2';
import { GivreError, usageError } from '../core/errors.ts';
import { showDestination } from './address.ts';
import type { SshAddress } from './connection.ts';
import { loginFault } from './faults.ts';
import { fingerprint, type PublicKey, parsePublicKey, requirePrivateKey } from './keys.ts';
import { directTransport, jumpTransport } from './transport.ts';

export interface LoginOptions {
  readonly address: SshAddress;
  /** A machine on the way; it is held to its own host keys as strictly. */
  readonly jump?: SshAddress | undefined;
  readonly signal: AbortSignal;
  /** For the whole login, jump host included. */
  readonly timeoutMs: number;
  /** A question goes out after this much silence; four without an answer end the connection. */
  readonly keepaliveMs: number;
}

export interface Login {
  readonly client: Client;
  /** Ends the connection, and the jump host's that carries it, whether or not anybody answers any more. */
  hangUp(): Promise<void>;
}

const KEEPALIVES = 4;
/** How long a goodbye waits for its answer. A machine that was removed meanwhile gives none. */
const GOODBYE_MS = 1_000;
/** How long a server may take to introduce itself, which is the first thing that it does. */
const HELLO_MS = 10_000;
/** In the order of our preference. No ssh-rsa with SHA-1, no DSA. */
const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/**
 * Logs in, over a jump host or directly. The jump host's connection ends with the one that it carries.
 *
 * @throws GivreError `E_SSH_HOST_KEY` (never connects then), `E_SSH_AUTH`, `E_SSH_REFUSED`, `E_SSH_UNREACHABLE`,
 * `E_SSH_RESOLVE`, `E_SSH_TIMEOUT`, `E_SSH_HANDSHAKE`, `E_SSH_LOST`, `E_SSH_JUMP`, `E_SSH_KEY`; the signal's reason.
 */
export async function login(options: LoginOptions): Promise<Login> {
  const { address, jump, timeoutMs } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  const step = { ...options, signal };
  try {
    if (jump === undefined) return await handshake(address, await directTransport(address, signal), step);
    const first = await loginToJump(jump, step);
    try {
      const through = await jumpTransport(first.client, address, showDestination(jump), signal);
      const last = await handshake(address, through, step);
      last.client.once('close', () => void first.hangUp());
      return { client: last.client, hangUp: () => last.hangUp().then(first.hangUp) };
    } catch (error) {
      void first.hangUp();
      throw error;
    }
  } catch (error) {
    if (options.signal.aborted || !timeout.aborted) throw error;
    throw new GivreError({
      code: 'E_SSH_TIMEOUT',
      message: `the login as ${showDestination(address)} was not complete after ${timeoutMs} ms`,
      hint: 'the machine accepts connections but is slow or stuck',
      cause: error,
    });
  }
}

async function loginToJump(jump: SshAddress, step: LoginOptions): Promise<Login> {
  try {
    return await handshake(jump, await directTransport(jump, step.signal), step);
  } catch (error) {
    if (!(error instanceof GivreError) || error.code === 'E_SSH_HOST_KEY') throw error;
    throw new GivreError({
      code: 'E_SSH_JUMP',
      message: `the jump host: ${error.message}`,
      hint: error.hint,
      exitCode: error.exitCode,
      cause: error,
    });
  }
}

async function handshake(address: SshAddress, transport: Duplex, options: LoginOptions): Promise<Login> {
  const { signal, keepaliveMs } = options;
  const name = showDestination(address);
  const accepted = address.hostKeys.map(parsePublicKey);
  const client = new ssh2.Client();
  // Each tunnelled connection listens for its end.
  client.setMaxListeners(0);
  let refusal: GivreError | undefined;
  let banner = '';
  client.on('banner', (text) => {
    banner = text;
  });
  const hostVerifier = (key: Buffer): boolean => {
    if (accepted.some(({ blob }) => blob.equals(key))) return true;
    refusal = wrongHostKey(name, key, accepted);
    return false;
  };
  try {
    const ready = untilReady(client, transport, name, signal);
    client.connect({
      sock: transport,
      username: address.user,
      authHandler: [...authentication(address)],
      hostVerifier,
      algorithms: { serverHostKey: hostKeyAlgorithms(accepted) },
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: KEEPALIVES,
      readyTimeout: 0,
    });
    await ready;
    return { client, hangUp: () => hangUp(client, transport) };
  } catch (error) {
    client.destroy();
    transport.destroy();
    if (refusal !== undefined) throw refusal;
    if (error instanceof GivreError || signal.aborted) throw error;
    throw loginFault(error instanceof Error ? error : new Error(String(error)), name, banner);
  }
}

/**
 * ssh2 does not destroy a connection that it has ended (`Client.destroy` looks whether it can still be written to), and
 * one that nobody answers keeps this process alive until the kernel gives up, after a quarter of an hour.
 */
async function hangUp(client: Client, transport: Duplex): Promise<void> {
  const gone = transport.closed ? undefined : once(transport, 'close').catch(() => {});
  client.end();
  await Promise.race([gone, sleep(GOODBYE_MS, undefined, { ref: false })]);
  transport.destroy();
}

/** Rejects with whatever comes first instead: an error, the end of the connection, silence, an abort. */
function untilReady(client: Client, transport: Duplex, name: string, signal: AbortSignal): Promise<void> {
  const ready = new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    const silence = setTimeout(() => reject(noHello(name)), HELLO_MS);
    const settled = (): void => {
      clearTimeout(silence);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    client
      // Stays: a client without a listener for errors would end the process. What breaks later is seen by 'close'.
      .on('error', reject)
      .once('close', () => {
        settled();
        reject(new Error('the server closed the connection'));
      })
      .once('ready', () => {
        settled();
        resolve();
      });
    // ssh2 reads when it is ready for it; a paused stream is not set flowing by one listener more.
    transport.pause().once('data', () => clearTimeout(silence));
    if (signal.aborted) onAbort();
  });
  ready.catch(() => {});
  return ready;
}

function authentication({ user, privateKeys, agent = privateKeys.length === 0 ? ownAgent() : undefined }: SshAddress) {
  for (const key of privateKeys) requirePrivateKey(key);
  const methods = [
    ...privateKeys.map((key) => ({ type: 'publickey' as const, username: user, key })),
    ...(agent === undefined ? [] : [{ type: 'agent' as const, username: user, agent }]),
  ];
  if (methods.length > 0) return methods;
  throw usageError(
    'E_SSH_KEY',
    `there is no key to log in with as ${user}`,
    'name a private key, or start an ssh-agent and add one (SSH_AUTH_SOCK is not set)',
  );
}

function ownAgent(): string | undefined {
  return process.env.SSH_AUTH_SOCK || undefined;
}

/**
 * The kinds of key that we know of this machine first, as OpenSSH does; the others behind them, so that a machine with
 * none of ours shows a key, and the refusal can name it.
 */
function hostKeyAlgorithms(accepted: readonly PublicKey[]): ServerHostKeyAlgorithm[] {
  const types = accepted.map(({ type }) => type);
  const known = HOST_KEY_ALGORITHMS.filter((it) => types.includes(it.startsWith('rsa-sha2-') ? 'ssh-rsa' : it));
  return [...new Set([...known, ...HOST_KEY_ALGORITHMS])];
}

function noHello(name: string): GivreError {
  return new GivreError({
    code: 'E_SSH_TIMEOUT',
    message: `the connection for ${name} was taken, but no SSH server said anything within ${HELLO_MS / 1000} s`,
  });
}

function wrongHostKey(name: string, key: Buffer, accepted: readonly PublicKey[]): GivreError {
  const expected = accepted.map(({ type, blob }) => `${type} ${fingerprint(blob)}`).join(' or ');
  return new GivreError({
    code: 'E_SSH_HOST_KEY',
    message: `the host key of ${name} is ${fingerprint(key)}, expected ${expected || 'another (none is known)'}`,
    hint: 'somebody else may answer at this address, or the machine was set up anew; nothing was sent to it',
  });
}
