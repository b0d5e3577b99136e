import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import { usageError } from '../core/errors.ts';

/** An ed25519 key pair in OpenSSH's own formats. */
export interface KeyPair {
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
}

export interface PublicKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`… */
  readonly type: string;
  /** The key as it goes over the wire (RFC 4253, 6.6). */
  readonly blob: Buffer;
}

/** Of `string "ssh-ed25519"` and `string key`, 32 bytes (RFC 8709, section 4). */
const ED25519_BLOB_BYTES = 4 + 11 + 4 + 32;

export function newKeyPair(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    const publicKey = pair.public.trim();
    // ssh2 1.17 cuts the leading zero bytes off a public key, as if it were a number: of 256 keys one is no key to sshd.
    if (parsePublicKey(publicKey).blob.length === ED25519_BLOB_BYTES) return { privateKey: pair.private, publicKey };
  }
}

/**
 * Reads `type base64 [comment]`, a line of a `.pub` file.
 *
 * @throws GivreError `E_SSH_KEY`
 */
export function parsePublicKey(text: string): PublicKey {
  const [type = '', encoded = ''] = text.trim().split(/\s+/);
  const blob = Buffer.from(encoded, 'base64');
  // The blob begins with its own type, with its length in front.
  const inner = blob.length < 4 ? '' : blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
  if (type !== '' && inner === type) return { type, blob };
  throw usageError('E_SSH_KEY', `this is no SSH public key: ${JSON.stringify(text.slice(0, 40))}`);
}

/** As `ssh-keygen -l` prints it: `SHA256:…`. Takes a line of a `.pub` file or the key's bytes. */
export function fingerprint(publicKey: string | Uint8Array): string {
  const blob = typeof publicKey === 'string' ? parsePublicKey(publicKey).blob : publicKey;
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * Checks a private key before anybody is asked to accept it.
 *
 * @throws GivreError `E_SSH_KEY`; the key itself is in no message.
 */
export function requirePrivateKey(text: string): void {
  const state = privateKeyState(text);
  if (state === 'usable') return;
  const locked = state === 'locked';
  throw usageError(
    'E_SSH_KEY',
    locked ? 'the private key is locked by a passphrase' : 'a private key given for SSH cannot be read',
    locked ? 'give it to an ssh-agent (ssh-add) and name no key' : 'it must be a key in OpenSSH or PEM format',
  );
}

/** What can be done with a text that may be a private key. */
export function privateKeyState(text: string): 'usable' | 'locked' | 'none' {
  const parsed = ssh2.utils.parseKey(text);
  if (!(parsed instanceof Error)) return parsed.isPrivateKey() ? 'usable' : 'none';
  return /passphrase|encrypted/i.test(parsed.message) ? 'locked' : 'none';
}
