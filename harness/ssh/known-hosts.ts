import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { GivreError, systemCode, usageError } from '../core/errors.ts';
import { parsePublicKey } from './keys.ts';

/** A machine as known_hosts files have it. */
export interface KnownPlace {
  readonly host: string;
  readonly port: number;
  /** The name that it is looked up by instead, whatever its port (ssh_config(5), HostKeyAlias). */
  readonly hostKeyAlias?: string | undefined;
}

interface KnownHostsFile {
  readonly path: string;
  readonly text: string;
}

/** What known_hosts files say of one machine (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
interface KnownKeys {
  /** `ssh-ed25519 AAAA…`; none of them revoked. */
  readonly accepted: readonly string[];
  /** How many would be accepted if they were not revoked. */
  readonly revoked: number;
  readonly warnings: readonly string[];
}

interface Line {
  /** File and number, for messages. */
  readonly at: string;
  readonly marker: string | undefined;
  readonly hosts: string;
  readonly key: string;
}

/**
 * Finds the keys of a machine in known_hosts files, which are read as one: plain and hashed names, patterns,
 * `[host]:port`. As OpenSSH does, a machine on another port is looked up by its name alone when nothing is known of the
 * port. A key that any file revokes, for the name or for its port, is never accepted; OpenSSH looks only at the one of
 * both that it looks up. Certificate authorities are passed over with a warning.
 */
export function knownKeys(files: readonly KnownHostsFile[], place: KnownPlace): KnownKeys {
  const lines = files.flatMap(parseFile);
  const names = namesOf(place);
  const found = (marker: string | undefined, name: string): readonly Line[] =>
    lines.filter((it) => it.marker === marker && matches(it.hosts, name));
  const keys = names.map((name) => found(undefined, name)).find((it) => it.length > 0) ?? [];
  const revocations = names.flatMap((name) => found('@revoked', name)).map(({ key }) => key);
  const authorities = new Set(names.flatMap((name) => found('@cert-authority', name)));
  const isRevoked = (key: string): boolean => revocations.some((it) => sameKey(it, key));

  const known = [...new Set(keys.map(({ key }) => key))];
  const accepted = known.filter((key) => isReadable(key) && !isRevoked(key));
  const revoked = known.filter(isRevoked).length;
  return {
    accepted,
    revoked,
    warnings: [
      ...[...authorities].map(({ at }) => `${at}: ${AUTHORITY}`),
      ...keys.filter(({ key }) => !isReadable(key)).map(({ at }) => `${at}: not a readable key`),
      ...(revoked > 0 ? [`${revoked} key(s) of ${place.host} are revoked`] : []),
    ],
  };
}

const AUTHORITY = 'a certificate authority is passed over, givre checks host keys only';

/** The name with the port first, if it has one. */
function namesOf({ host, port, hostKeyAlias }: KnownPlace): readonly string[] {
  if (hostKeyAlias !== undefined) return [hostKeyAlias.toLowerCase()];
  const name = host.toLowerCase();
  return port === 22 ? [name] : [`[${name}]:${port}`, name];
}

/**
 * Reads the keys of a machine from known_hosts files; files that do not exist hold none.
 *
 * @throws GivreError `E_SSH_UNKNOWN_HOST` (exit code 2) when there is no key to hold it to, `E_SSH_REVOKED_KEY` when all are
 * revoked; `E_SSH_KNOWN_HOSTS` for a file that cannot be read.
 */
export async function hostKeysOf(
  place: KnownPlace,
  files: readonly string[],
  onWarning: (line: string) => void,
): Promise<readonly string[]> {
  const read = await Promise.all(files.map(async (path) => ({ path, text: await readIfThere(path) })));
  const { accepted, revoked, warnings } = knownKeys(read, place);
  for (const line of warnings) onWarning(line);
  if (accepted.length > 0) return accepted;
  if (revoked > 0) {
    const message = `every host key of ${place.host} that is known in ${files.join(' or ')} is revoked`;
    throw usageError('E_SSH_REVOKED_KEY', message, 'the machine needs a new host key; do not remove the revocation');
  }
  throw unknownHost(place, files);
}

function unknownHost({ host, port, hostKeyAlias }: KnownPlace, files: readonly string[]): GivreError {
  const name = `${hostKeyAlias ?? host}${port === 22 || hostKeyAlias !== undefined ? '' : ` (port ${port})`}`;
  const message = `no host key of ${name} is known in ${files.join(' or ')}`;
  const compare = "compare the fingerprint (ssh-keygen -l) with the machine's own before you trust it";
  if (hostKeyAlias !== undefined) {
    return usageError('E_SSH_UNKNOWN_HOST', message, `log in with ssh once, and ${compare}`);
  }
  const scan = `ssh-keyscan ${port === 22 ? '' : `-p ${port} `}${host} >> ${files[0]}`;
  return usageError('E_SSH_UNKNOWN_HOST', message, `run: ${scan}   and ${compare}`);
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw new GivreError({ code: 'E_SSH_KNOWN_HOSTS', message: `cannot read ${file}`, cause: error });
  }
}

function parseFile({ path, text }: KnownHostsFile): readonly Line[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [hosts, type, key] = words;
    if (hosts === undefined || type === undefined || key === undefined || hosts.startsWith('#')) return [];
    return [{ at: `${path}, line ${index + 1}`, marker, hosts, key: `${type} ${key}` }];
  });
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
  const [, salt = '', hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts) ?? [];
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
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

function sameKey(one: string, other: string): boolean {
  if (one === other) return true;
  return isReadable(one) && isReadable(other) && parsePublicKey(one).blob.equals(parsePublicKey(other).blob);
}
