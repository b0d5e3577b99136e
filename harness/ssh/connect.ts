import { showDestination } from './address.ts';
import type { SshAddress, SshConnection } from './connection.ts';
import { execute } from './exec.ts';
import { newForwards } from './forward.ts';
import { newLink } from './link.ts';
import { login } from './login.ts';
import { openProgram } from './open.ts';
import { download, upload } from './transfer.ts';

export interface ConnectOptions {
  readonly address: SshAddress;
  /** A machine on the way, with host keys of its own. */
  readonly jump?: SshAddress | undefined;
  /** Ends the first login only: an interrupted run still cleans up over its connections. */
  readonly signal?: AbortSignal | undefined;
  /** For a login, first and later ones. Default: 20 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** Default: 10 s of silence, then a question; four unanswered ones end the connection. */
  readonly keepaliveMs?: number | undefined;
}

/** Deadline of a command that names none. */
const EXEC_MS = 300_000;
const NEVER = new AbortController().signal;

/**
 * Logs in once.
 *
 * @throws GivreError what `login` throws: `E_SSH_HOST_KEY`, `E_SSH_AUTH`, `E_SSH_REFUSED`, `E_SSH_UNREACHABLE`…
 */
export async function connectSsh(options: ConnectOptions): Promise<SshConnection> {
  const { address, jump, signal = NEVER, connectTimeoutMs = 20_000, keepaliveMs = 10_000 } = options;
  let hostKeys = address.hostKeys;
  const enter = (until: AbortSignal) =>
    login({ address: { ...address, hostKeys }, jump, signal: until, timeoutMs: connectTimeoutMs, keepaliveMs });
  const link = newLink({
    name: showDestination(address),
    first: await enter(signal),
    login: () => enter(NEVER),
    reconnectMs: connectTimeoutMs,
  });
  const forwards = newForwards(link);

  const connection = (sudo: boolean): SshConnection => ({
    name: link.name,
    exec: (argv, run = {}) => execute(link, argv, { timeoutMs: EXEC_MS, ...run, sudo }),
    open: (argv, run = {}) => openProgram(link, { argv, ...run, sudo }),
    upload: (localPath, remotePath, how) => upload(link, sudo, [localPath, remotePath], how),
    download: (argv, localPath, until) => download(link, sudo, [argv, localPath], until),
    forward: (port) => forwards.to(port),
    asRoot: () => connection(address.user !== 'root'),
    expectHostKeys(keys) {
      hostKeys = [...keys];
    },
    async close() {
      await forwards.close();
      await link.close();
    },
  });
  return connection(false);
}
