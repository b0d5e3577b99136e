import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDestination, showDestination } from './address.ts';
import { fingerprint, newKeyPair, parsePublicKey } from './keys.ts';
import { type Sshd, sshdImage, startSshd } from './sshd.fixture.ts';

/** OpenSSH's own programs are what the answers are held against. */
let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd(await sshdImage());
});
afterAll(() => sshd.remove());

describe('an address', () => {
  test.each([
    ['debian@10.0.0.7', { user: 'debian', host: '10.0.0.7', port: 22 }],
    ['debian@host.example:2222', { user: 'debian', host: 'host.example', port: 2222 }],
    ['root@[2001:db8::1]:2222', { user: 'root', host: '2001:db8::1', port: 2222 }],
    ['root@[2001:db8::1]', { user: 'root', host: '2001:db8::1', port: 22 }],
    ['root@2001:db8::1', { user: 'root', host: '2001:db8::1', port: 22 }],
    ['root@[fe80::1%eth0]:22', { user: 'root', host: 'fe80::1%eth0', port: 22 }],
    ['user@domain@host', { user: 'user@domain', host: 'host', port: 22 }],
  ])('%s is read', (text, expected) => {
    expect(parseDestination(text)).toEqual(expected);
    expect(parseDestination(showDestination(parseDestination(text)))).toEqual(expected);
  });

  test.each([
    '',
    'host',
    '@host',
    'user@',
    'user@host:',
    'user@host:0',
    'user@host:65536',
    'user@host:ssh',
    'user@-oProxyCommand=x',
    'us er@host',
    'user@ho st',
    'user@[::1',
    'user@host:22:22',
    'ssh://user@host',
  ])('"%s" is refused with what to write instead', (text) => {
    expect(() => parseDestination(text)).toThrow(
      expect.objectContaining({ code: 'E_SSH_ADDRESS', exitCode: 2, hint: expect.stringContaining('user@host') }),
    );
  });
});

describe('keys', () => {
  test('that we make are read by OpenSSH, which finds the same public key and fingerprint', async () => {
    const pair = newKeyPair();
    expect(pair.publicKey).toMatch(/^ssh-ed25519 \S+$/);
    const script = 'umask 077; printf %s "$1" > /tmp/key; ssh-keygen -y -f /tmp/key; ssh-keygen -lf /tmp/key';
    const [publicKey, listed] = (await sshd.docker('sh', '-c', script, 'sh', pair.privateKey)).split('\n');
    expect(publicKey?.trim()).toBe(pair.publicKey);
    expect(listed).toContain(fingerprint(pair.publicKey));
    expect(newKeyPair().privateKey).not.toBe(pair.privateKey);
  });

  test.each(['', 'ssh-ed25519', 'ssh-ed25519 AAAA', 'nonsense', `ssh-rsa ${newKeyPair().publicKey.split(' ')[1]}`])(
    'that are none are refused: "%s"',
    (text) => {
      expect(() => parsePublicKey(text)).toThrow(expect.objectContaining({ code: 'E_SSH_KEY' }));
    },
  );
});

test('of 3,000 new keys every one is whole: ssh2 makes one in 256 too short', () => {
  const lengths = Array.from({ length: 3_000 }, () => parsePublicKey(newKeyPair().publicKey).blob.length);
  expect(new Set(lengths)).toEqual(new Set([51]));
});
