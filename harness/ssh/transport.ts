import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { GivreError, messageOf } from '../core/errors.ts';
import type { Destination } from './address.ts';
import { connectFault } from './faults.ts';

/** How long an answer to a TCP connection may take; the kernel repeats the question after 1 and 3 s. */
const TCP_MS = 5_000;
/** SSH_OPEN_CONNECT_FAILED (RFC 4254, 5.1): the jump host tried and failed, as opposed to "I may not". */
const CONNECT_FAILED = 2;

/**
 * Opens a TCP connection from this machine.
 *
 * @throws GivreError `E_SSH_REFUSED`, `E_SSH_RESOLVE`, `E_SSH_UNREACHABLE`; the signal's reason when aborted.
 */
export async function directTransport({ host, port }: Destination, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  const place = `${host}:${port}`;
  const socket = connect({ host, port, noDelay: true });
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      socket.removeAllListeners();
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const fail = (reason: unknown): void =>
      settle(() => {
        socket.on('error', () => {}).destroy();
        reject(reason);
      });
    const onAbort = (): void => fail(signal.reason);
    const silence = `nothing answers at ${place} within ${TCP_MS / 1000} s: no route, or a firewall drops the packets`;
    signal.addEventListener('abort', onAbort, { once: true });
    socket
      .setTimeout(TCP_MS, () => fail(new GivreError({ code: 'E_SSH_UNREACHABLE', message: silence })))
      .once('error', (error) => fail(connectFault(error, place)))
      .once('connect', () => {
        socket.setTimeout(0);
        settle(() => resolve(socket));
      });
  });
}

/**
 * Opens a TCP connection from the jump host.
 *
 * @throws GivreError `E_SSH_REFUSED`, `E_SSH_UNREACHABLE` when the machine does not answer the jump host;
 * `E_SSH_JUMP` when the jump host does not forward at all.
 */
export async function jumpTransport(
  jump: Client,
  { host, port }: Destination,
  jumpName: string,
  signal: AbortSignal,
): Promise<Duplex> {
  signal.throwIfAborted();
  const place = `${host}:${port} (seen from ${jumpName})`;
  return new Promise((resolve, reject) => {
    // Whoever gives up ends the jump host's connection, and with it what may still be opened here.
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const opened = (error: (Error & { reason?: unknown }) | undefined, channel: Duplex): void => {
      signal.removeEventListener('abort', onAbort);
      if (!error) resolve(channel);
      else if (error.reason === CONNECT_FAILED) reject(seenFromJump(error, place));
      else reject(noForwarding(error, jumpName));
    };
    try {
      jump.forwardOut('127.0.0.1', 0, host, port, opened);
    } catch (error) {
      reject(noForwarding(error, jumpName));
    }
  });
}

function seenFromJump(error: Error, place: string): GivreError {
  const refused = /refused/i.test(error.message);
  return new GivreError({
    code: refused ? 'E_SSH_REFUSED' : 'E_SSH_UNREACHABLE',
    message: `${place} ${refused ? 'refuses connections: no SSH server listens there' : 'cannot be reached'}`,
    cause: error,
  });
}

function noForwarding(error: unknown, jumpName: string): GivreError {
  return new GivreError({
    code: 'E_SSH_JUMP',
    message: `the jump host ${jumpName} does not pass connections on: ${messageOf(error)}`,
    hint: 'its sshd needs AllowTcpForwarding yes, and PermitOpen must allow the machine',
    cause: error,
  });
}
