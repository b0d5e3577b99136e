import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import type { ClientChannel } from 'ssh2';
import { GivreError } from '../core/errors.ts';
import { killRemote } from './kill.ts';
import { type Launch, launcher, prelude } from './launch.ts';
import type { Link } from './link.ts';

/** A program that was started on the other end and can be spoken to. */
export interface Program {
  readonly channel: ClientChannel;
  /** Its exit code, 128 + n when signal n ended it; undefined when the connection was lost first. Never rejects. */
  readonly ended: Promise<number | undefined>;
  /** Ends it and everything that it started. Resolves when that is done or has proved impossible. */
  kill(): Promise<void>;
}

/**
 * Starts a program as soon as a session is free. Its standard input is what is written to the channel.
 *
 * @throws GivreError `E_SSH_SESSION`, and what a new login throws when the connection had been lost.
 */
export async function startProgram(link: Link, what: Omit<Launch, 'token'>, signal: AbortSignal): Promise<Program> {
  const launch: Launch = { ...what, token: randomUUID() };
  const text = prelude(launch);
  const release = await link.programs.take(signal);
  try {
    const channel = await link.start(launcher(launch), signal);
    // A program that ends without reading its input is no fault of the writer.
    channel.on('error', () => {});
    const ended = endOf(channel);
    ended.then(release);
    channel.write(text);
    return { channel, ended, kill: () => killRemote(link, launch, channel, ended) };
  } catch (error) {
    release();
    throw error;
  }
}

/** The connection broke while a program ran. It is never started again by itself. */
export function lostWhile(link: Link, program: string): GivreError {
  return new GivreError({
    code: 'E_SSH_LOST',
    message: `the connection to ${link.name} was lost while ${program} ran`,
    hint: 'nobody knows whether it came to its end; the next command connects again',
  });
}

function endOf(channel: ClientChannel): Promise<number | undefined> {
  return new Promise((resolve) => {
    let code: number | undefined;
    channel.once('exit', (status: number | null, signalName?: string) => {
      code = status ?? 128 + signalNumber(signalName ?? '');
    });
    channel.once('close', () => resolve(code));
  });
}

function signalNumber(name: string): number {
  return Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? 0;
}
