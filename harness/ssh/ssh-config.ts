import { userInfo } from 'node:os';
import { join } from 'node:path';
import { GivreError, usageError } from '../core/errors.ts';
import { lastLines, run } from '../core/subprocess.ts';
import type { TypedAddress } from './address.ts';

/** What ssh would do for an address: the command line, the user's configuration, the machine's, defaults. */
export interface SshConfig {
  readonly user: string;
  readonly hostName: string;
  readonly port: number;
  readonly hostKeyAlias: string | undefined;
  /** Files of private keys to try; those that do not exist are no mistake. */
  readonly identityFiles: readonly string[];
  /** Nothing but these keys is to be offered. */
  readonly identitiesOnly: boolean;
  /** Socket of the agent; undefined for none. */
  readonly agent: string | undefined;
  readonly knownHosts: readonly string[];
  /** `[user@]host[:port]` */
  readonly jump: string | undefined;
}

/** A `Match exec` may ask the network. */
const ASK_MS = 20_000;
/** What would change whom we talk to, and is not done. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  proxycommand: 'use ProxyJump, or --ssh-jump',
  knownhostscommand: 'put the key into known_hosts',
  revokedhostkeys: 'revoke keys by lines with @revoked in known_hosts',
};

/**
 * Asks ssh itself (`ssh -G`), which connects to nobody, what it would do: no other program reads its files as it does.
 * It runs what the user's own `Match exec` says, as it would for any login. Undefined where there is no ssh.
 *
 * @param configFile Instead of the user's and the machine's.
 * @throws GivreError `E_SSH_CONFIG`, exit code 2, for a configuration that ssh refuses, or that asks for what is not
 * supported here.
 */
export async function sshConfigOf(typed: TypedAddress, configFile?: string): Promise<SshConfig | undefined> {
  const words = await askSsh(typed, configFile);
  if (words === undefined) return undefined;
  const last = (key: string): string | undefined => {
    const value = words.get(key)?.at(-1);
    return value === undefined || value === 'none' || value === '' ? undefined : value;
  };
  for (const [key, hint] of Object.entries(UNSUPPORTED)) {
    const value = last(key);
    if (value === undefined) continue;
    throw usageError('E_SSH_CONFIG', `ssh's configuration of ${typed.host} has "${key}", which is not supported`, hint);
  }
  const port = Number(last('port') ?? 22);
  const place = { typed, user: last('user') ?? userInfo().username, hostName: last('hostname') ?? typed.host, port };
  const paths = (key: string): readonly string[] => (words.get(key) ?? []).map((it) => expandPath(it, place));
  const lists = (key: string): readonly string[] =>
    (last(key) ?? '').split(' ').flatMap((it) => (it === '' ? [] : [expandPath(it, place)]));
  return {
    user: place.user,
    hostName: place.hostName,
    port,
    hostKeyAlias: last('hostkeyalias'),
    identityFiles: paths('identityfile').filter((path) => path !== 'none'),
    identitiesOnly: last('identitiesonly') === 'yes',
    agent: agentOf(words.get('identityagent')?.at(-1), place),
    knownHosts: [...lists('userknownhostsfile'), ...lists('globalknownhostsfile')],
    jump: oneJump(typed.host, last('proxyjump')),
  };
}

async function askSsh(
  { user, host, port }: TypedAddress,
  configFile: string | undefined,
): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  const named = [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
  ];
  const answer = await run(['ssh', '-T', '-G', ...named, '--', host], { timeoutMs: ASK_MS }).catch((error: unknown) => {
    if (error instanceof GivreError && error.code === 'E_PROGRAM_MISSING') return undefined;
    throw error;
  });
  if (answer === undefined) return undefined;
  if (answer.exitCode !== 0) {
    throw usageError('E_SSH_CONFIG', `ssh does not accept its configuration of ${host}`, lastLines(answer.stderr, 3));
  }
  const words = new Map<string, string[]>();
  for (const line of answer.stdout.split('\n')) {
    const [key = '', ...value] = line.split(' ');
    words.set(key, [...(words.get(key) ?? []), value.join(' ')]);
  }
  return words;
}

/** `SSH_AUTH_SOCK` by default; a variable by its name, or a path. */
function agentOf(word: string | undefined, place: Place): string | undefined {
  if (word === 'none') return undefined;
  if (word === undefined || word === 'SSH_AUTH_SOCK') return process.env.SSH_AUTH_SOCK || undefined;
  if (word.startsWith('$') && !word.startsWith('${')) return process.env[word.slice(1)] || undefined;
  return expandPath(word, place);
}

function oneJump(host: string, word: string | undefined): string | undefined {
  if (word === undefined || !word.includes(',')) return word?.replace(/^ssh:\/\//, '').replace(/\/$/, '');
  const hint = 'one of them can be named with --ssh-jump, if it reaches the machine';
  throw usageError('E_SSH_CONFIG', `ssh's configuration of ${host} has several jump hosts: ${word}`, hint);
}

interface Place {
  readonly typed: TypedAddress;
  readonly user: string;
  readonly hostName: string;
  readonly port: number;
}

/** `~`, `${VARIABLE}` and the tokens of ssh_config(5); one that we do not know stays, and leads to no file. */
function expandPath(text: string, { typed, user, hostName, port }: Place): string {
  const { homedir, username, uid } = userInfo();
  const tokens: Readonly<Record<string, string>> = {
    '%%': '%',
    '%d': homedir,
    '%h': hostName,
    '%i': String(uid),
    '%n': typed.host,
    '%p': String(port),
    '%r': user,
    '%u': username,
  };
  const home = text === '~' || text.startsWith('~/') ? join(homedir, text.slice(1)) : text;
  return home
    .replaceAll(/%./g, (token) => tokens[token] ?? token)
    .replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => process.env[name] ?? whole);
}
