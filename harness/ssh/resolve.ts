import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, usageError } from '../core/errors.ts';
import { type Destination, parseAddress, parseDestination, showDestination } from './address.ts';
import type { SshAddress } from './connection.ts';
import { privateKeyState, requirePrivateKey } from './keys.ts';
import { hostKeysOf } from './known-hosts.ts';
import { type SshConfig, sshConfigOf } from './ssh-config.ts';

interface ResolveOptions {
  /** File with the only private key to log in with; undefined means what ssh would try: its files, then the agent. */
  readonly identityFile: string | undefined;
  /** Default: those of ssh's configuration, which are the user's own and the machine's. */
  readonly knownHosts?: readonly string[] | undefined;
  /** Instead of ssh's own configuration files. */
  readonly sshConfig?: string | undefined;
  readonly onWarning: (line: string) => void;
}

interface RouteOptions extends ResolveOptions {
  /** Address of the machine on the way; undefined means what ssh's configuration says. */
  readonly jump: string | undefined;
}

/** How to reach a machine. */
export interface SshRoute {
  readonly address: SshAddress;
  readonly jump: SshAddress | undefined;
}

/**
 * Makes a complete route of `[user@]host[:port]`, for a machine that the user knows. What is not typed is what ssh would
 * do: HostName, Port, User, IdentityFile, ProxyJump and its like of its configuration. Host keys are always checked.
 *
 * @throws GivreError, usage: `E_SSH_ADDRESS`, `E_SSH_CONFIG`, `E_SSH_UNKNOWN_HOST` (says how to learn its key),
 * `E_SSH_REVOKED_KEY`, `E_SSH_KEY`.
 */
export async function resolveRoute(text: string, options: RouteOptions): Promise<SshRoute> {
  const { address, configuredJump } = await resolveOne(text, options);
  const jump = options.jump ?? configuredJump;
  return { address, jump: jump === undefined ? undefined : await resolveAddress(jump, options) };
}

/**
 * The same for a machine that is reached directly.
 *
 * @throws GivreError `E_SSH_CONFIG` as well, for one that ssh's configuration has behind another.
 */
export async function resolveAddress(text: string, options: ResolveOptions): Promise<SshAddress> {
  const { address, configuredJump } = await resolveOne(text, options);
  if (configuredJump === undefined) return address;
  throw usageError(
    'E_SSH_CONFIG',
    `${text} is a jump host, and ssh's configuration has it behind another, ${configuredJump}`,
    'one jump host is supported',
  );
}

async function resolveOne(text: string, options: ResolveOptions) {
  const typed = parseAddress(text);
  const config = (await sshConfigOf(typed, options.sshConfig)) ?? (await withoutSsh(text, options.onWarning));
  const destination = { user: config.user, host: config.hostName, port: config.port };
  const place = { ...destination, hostKeyAlias: config.hostKeyAlias };
  const hostKeys = await hostKeysOf(place, options.knownHosts ?? config.knownHosts, options.onWarning);
  const login = await identitiesOf(destination, config, options);
  return { address: { ...destination, ...login, hostKeys }, configuredJump: config.jump };
}

/** Nobody else reads ssh's configuration as ssh does, so without ssh it is not read, which is said. */
async function withoutSsh(text: string, onWarning: (line: string) => void): Promise<SshConfig> {
  const { user, host, port } = parseDestination(text);
  const own = join(homedir(), '.ssh', 'config');
  const isThere = await access(own).then(
    () => true,
    () => false,
  );
  if (isThere) onWarning(`${own} is not read: there is no program "ssh" here to ask`);
  return {
    user,
    hostName: host,
    port,
    hostKeyAlias: undefined,
    identityFiles: [],
    identitiesOnly: false,
    agent: process.env.SSH_AUTH_SOCK || undefined,
    knownHosts: ['known_hosts', 'known_hosts2'].flatMap((name) => [
      join(homedir(), '.ssh', name),
      `/etc/ssh/ssh_${name}`,
    ]),
    jump: undefined,
  };
}

async function identitiesOf(
  destination: Destination,
  { identityFiles, identitiesOnly, agent }: SshConfig,
  { identityFile, onWarning }: ResolveOptions,
): Promise<Pick<SshAddress, 'privateKeys' | 'agent'>> {
  if (identityFile !== undefined) return { privateKeys: [await readIdentity(identityFile)], agent: undefined };
  const texts = await Promise.all(identityFiles.map((path) => readFile(path, 'utf8').catch(() => '')));
  const files = identityFiles.map((path, index) => ({ path, text: texts[index] ?? '' }));
  const inState = (state: string) => files.filter(({ text }) => privateKeyState(text) === state);
  const privateKeys = inState('usable').map(({ text }) => text);
  const locked = inState('locked').map(({ path }) => path);
  if (agent === undefined && privateKeys.length === 0) throw noKey(destination, locked);
  // Which of an agent's keys are those of locked files is not looked for.
  if (identitiesOnly && privateKeys.length > 0) return { privateKeys, agent: undefined };
  if (identitiesOnly) onWarning(`IdentitiesOnly: no key file can be read, so every key of the agent is offered`);
  return { privateKeys, agent };
}

function noKey(destination: Destination, locked: readonly string[]): Error {
  const name = showDestination(destination);
  const hint =
    locked.length === 0
      ? 'name a private key with --identity, or start an ssh-agent and add one (SSH_AUTH_SOCK is not set)'
      : `start an ssh-agent and add it: ssh-add ${locked[0]}`;
  const why = locked.length === 0 ? '' : `: ${locked.join(' and ')} cannot be read without its passphrase`;
  return usageError('E_SSH_KEY', `there is no key to log in with as ${name}${why}`, hint);
}

async function readIdentity(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError('E_SSH_KEY', `the private key ${file} cannot be read: ${messageOf(error)}`);
  });
  requirePrivateKey(text);
  return text;
}
