import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, usageError } from '../core/errors.ts';
import { parseDestination } from './address.ts';
import type { SshAddress } from './connection.ts';
import { requirePrivateKey } from './keys.ts';
import { hostKeysOf } from './known-hosts.ts';

interface ResolveOptions {
  /** File with the private key to log in with; undefined means the SSH agent. */
  readonly identityFile: string | undefined;
  /** Default: the user's own and the machine's, as for ssh. */
  readonly knownHosts?: readonly string[] | undefined;
  readonly onWarning: (line: string) => void;
}

/**
 * Makes a complete address of `user@host[:port]`, for a machine that the user knows.
 *
 * @throws GivreError, usage: `E_SSH_ADDRESS`, `E_SSH_UNKNOWN_HOST` (says how to learn its key), `E_SSH_KEY`.
 */
export async function resolveAddress(text: string, options: ResolveOptions): Promise<SshAddress> {
  const destination = parseDestination(text);
  const files = options.knownHosts ?? [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'];
  const { identityFile } = options;
  return {
    ...destination,
    privateKeys: identityFile === undefined ? [] : [await readIdentity(identityFile)],
    hostKeys: await hostKeysOf(destination, files, options.onWarning),
  };
}

async function readIdentity(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError('E_SSH_KEY', `the private key ${file} cannot be read: ${messageOf(error)}`);
  });
  requirePrivateKey(text);
  return text;
}
