import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientChannel } from 'ssh2';
import { GivreError, messageOf } from '../core/errors.ts';
import { unlessAborted } from '../core/owned.ts';
import { poll } from '../core/poll.ts';
import { mayPass } from './faults.ts';
import type { Login } from './login.ts';
import { newSlots, type Slots } from './slots.ts';

/** A login that is made anew when it is asked for after the last one was lost. */
export interface Link {
  readonly name: string;
  /** sshd allows ten sessions a connection (MaxSessions); two of them stay free to kill programs in the others. */
  readonly programs: Slots;
  readonly kills: Slots;
  /** The living login, or a new one. Several callers share one. */
  client(): Promise<Client>;
  /** Starts a launcher. Until something is written to its standard input it has not done anything. */
  start(commandLine: string, signal: AbortSignal): Promise<ClientChannel>;
  close(): Promise<void>;
}

interface LinkOptions {
  readonly name: string;
  readonly first: Login;
  readonly login: () => Promise<Login>;
  /** How long a lost connection may take to come back. */
  readonly reconnectMs: number;
}

const PROGRAMS = 8;
const KILLS = 2;
const RETRY_MS = 500;
const SESSION_RETRY_MS = 50;
const SESSION_MS = 5_000;
/** SSH_OPEN_CONNECT_FAILED (RFC 4254, 5.1): what sshd answers when it has as many sessions as it allows. */
const OPEN_FAILED = 2;

export function newLink({ name, first, login, reconnectMs }: LinkOptions): Link {
  let alive: Login | undefined;
  let making: Promise<Client> | undefined;
  let closed = false;

  const retire = (client: Client): void => {
    if (alive?.client === client) alive = undefined;
  };
  const adopt = (login: Login): Client => {
    alive = login;
    const { client } = login;
    // The other side's end comes first: from then on nothing can be sent, though the connection is not closed yet.
    client.once('end', () => retire(client)).once('close', () => retire(client));
    return client;
  };
  const loginAgain = async (): Promise<Client> => {
    const again = await poll(() => tryLogin(login), {
      what: `${name} to be back`,
      deadlineMs: reconnectMs,
      everyMs: RETRY_MS,
    });
    if (!closed) return adopt(again);
    void again.hangUp();
    throw closedError(name);
  };
  const client = async (): Promise<Client> => {
    if (closed) throw closedError(name);
    if (alive !== undefined) return alive.client;
    making ??= loginAgain().finally(() => {
      making = undefined;
    });
    return making;
  };
  adopt(first);
  return {
    name,
    programs: newSlots(PROGRAMS),
    kills: newSlots(KILLS),
    client,
    async start(commandLine, signal) {
      const end = performance.now() + SESSION_MS;
      for (;;) {
        const used = await unlessAborted(client(), signal);
        try {
          return await openSession(used, commandLine, signal);
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof NotSent) retire(used);
          // The launcher has had no line yet, so it has done nothing and may be started again: over a new login when
          // this one was lost, and after a moment when sshd has not yet counted out a session that has ended.
          const passes = alive?.client !== used || isRefusal(error);
          if (!passes || performance.now() > end) throw noSession(name, error);
          await sleep(SESSION_RETRY_MS, undefined, { signal });
        }
      }
    },
    async close() {
      closed = true;
      await alive?.hangUp();
    },
  };
}

async function tryLogin(login: () => Promise<Login>) {
  try {
    return { done: true, value: await login() } as const;
  } catch (error) {
    // Keys that were accepted once are not refused because a machine is still booting.
    if (!mayPass(error) || error.code === 'E_SSH_AUTH') throw error;
    return { done: false, seen: error.message } as const;
  }
}

/** ssh2 throws at once, rather than answers, when its socket has ended and it has not yet told anybody. */
class NotSent extends Error {}

/** Opens a session; one that comes too late for its caller is closed again. */
async function openSession(client: Client, commandLine: string, signal: AbortSignal): Promise<ClientChannel> {
  const opened = new Promise<ClientChannel>((resolve, reject) => {
    try {
      client.exec(commandLine, (error, channel) => (error ? reject(error) : resolve(channel)));
    } catch (error) {
      reject(new NotSent(messageOf(error), { cause: error }));
    }
  });
  opened.then(
    (channel) => {
      if (signal.aborted) channel.close();
    },
    () => {},
  );
  return unlessAborted(opened, signal);
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && error.reason === OPEN_FAILED;
}

function noSession(name: string, cause: unknown): GivreError {
  return new GivreError({
    code: 'E_SSH_SESSION',
    message: `${name} starts no program: ${messageOf(cause)}`,
    hint: 'its sshd must allow sessions (MaxSessions, 10 by default) and no forced command',
    cause,
  });
}

function closedError(name: string): GivreError {
  return new GivreError({ code: 'E_SSH_CLOSED', message: `the connection to ${name} was closed by us already` });
}
