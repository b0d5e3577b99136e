import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { GivreError, usageError } from '../core/errors.ts';
import type { Destination } from './address.ts';
import { parsePublicKey } from './keys.ts';

/** What a known_hosts file says of one machine (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
interface KnownKeys {
  /** `ssh-ed25519 AAAA…`; none of them revoked. */
  readonly accepted: readonly string[];
  readonly warnings: readonly string[];
}

interface Line {
  readonly number: number;
  readonly marker: string | undefined;
  readonly hosts: string;
  readonly key: string;
}

/**
 * Finds the keys of a machine in the text of a known_hosts file: plain and hashed names, patterns, `[host]:port`. As
 * OpenSSH does, a machine on another port is looked up by its name alone when nothing is known of the port. Revoked keys
 * are never accepted; certificate authorities are passed over with a warning.
 */
export function knownKeys(text: string, { host, port }: Pick<Destination, 'host' | 'port'>): KnownKeys {
  const name = host.toLowerCase();
  const lines = text.split(/\r?\n/).flatMap((line, index) => parseLine(line, index + 1));
  const named = (it: string): readonly Line[] => lines.filter(({ hosts }) => matches(hosts, it));
  const exact = port === 22 ? named(name) : named(`[${name}]:${port}`);
  const found = exact.length > 0 || port === 22 ? exact : named(name);

  const keysOf = (marker: string | undefined) => found.filter((it) => it.marker === marker).map(({ key }) => key);
  const revoked = keysOf('@revoked');
  const known = [...new Set(keysOf(undefined))].filter((key) => !revoked.includes(key));
  const readable = known.filter(isReadable);
  return {
    accepted: readable,
    warnings: [
      ...found.filter(({ marker }) => marker === '@cert-authority').map(({ number }) => `line ${number}: ${AUTHORITY}`),
      ...known.filter((key) => !isReadable(key)).map((key) => `not a readable key: ${key.slice(0, 40)}`),
      ...(revoked.length > 0 ? [`${revoked.length} key(s) of ${host} are revoked`] : []),
    ],
  };
}

const AUTHORITY = 'a certificate authority is passed over, givre checks host keys only';

/**
 * Reads the keys of a machine from known_hosts files; files that do not exist hold none.
 *
 * @throws GivreError `E_SSH_UNKNOWN_HOST` (exit code 2) when there is no key to hold it to; `E_SSH_KNOWN_HOSTS` for a file
 * that cannot be read.
 */
export async function hostKeysOf(
  { host, port }: Pick<Destination, 'host' | 'port'>,
  files: readonly string[],
  onWarning: (line: string) => void,
): Promise<readonly string[]> {
  const accepted: string[] = [];
  const warnings: string[] = [];
  for (const file of files) {
    const known = knownKeys(await readIfThere(file), { host, port });
    accepted.push(...known.accepted);
    warnings.push(...known.warnings.map((line) => `${file}: ${line}`));
  }
  for (const line of warnings) onWarning(line);
  if (accepted.length > 0) return accepted;
  const scan = `ssh-keyscan ${port === 22 ? '' : `-p ${port} `}${host} >> ${files[0]}`;
  throw usageError(
    'E_SSH_UNKNOWN_HOST',
    `no host key of ${host}${port === 22 ? '' : ` (port ${port})`} is known in ${files.join(' or ')}`,
    `run: ${scan}   and compare the fingerprint (ssh-keygen -l) with the machine's own before you trust it`,
  );
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw new GivreError({ code: 'E_SSH_KNOWN_HOSTS', message: `cannot read ${file}`, cause: error });
  }
}

function parseLine(line: string, number: number): Line[] {
  const words = line.trim().split(/\s+/);
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  const [hosts, type, key] = words;
  if (hosts === undefined || type === undefined || key === undefined || hosts.startsWith('#')) return [];
  return [{ number, marker, hosts, key: `${type} ${key}` }];
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  // One pattern with `!` that matches forbids the line, whatever the others say.
  if (patterns.some((it) => it.startsWith('!') && glob(it.slice(1)).test(name))) return false;
  return patterns.some((it) => glob(it).test(name));
}

/** `|1|salt|hash`: HMAC-SHA1 of the name. */
function isHashOf(hosts: string, name: string): boolean {
  const [, version, salt = '', hash] = hosts.split('|');
  return version === '1' && createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}

function isReadable(key: string): boolean {
  try {
    parsePublicKey(key);
    return true;
  } catch {
    return false;
  }
}
