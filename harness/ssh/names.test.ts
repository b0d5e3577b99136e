import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDestination, showDestination } from './address.ts';
import { fingerprint, newKeyPair, parsePublicKey } from './keys.ts';
import { hostKeysOf, knownKeys } from './known-hosts.ts';
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

describe('known_hosts', () => {
  const [one, two, three] = [newKeyPair().publicKey, newKeyPair().publicKey, newKeyPair().publicKey];
  const at = (host: string, port = 22) => ({ host, port });

  test('is read as ssh-keygen reads it: names, addresses, ports, patterns, hashes', async () => {
    const plain = [
      '# a comment',
      '',
      `alpha.example,10.0.0.1 ${one} a comment`,
      `[alpha.example]:2222 ${two}`,
      `[2001:db8::1]:2222 ${three}`,
      `*.wild.example,!not.wild.example,one?.example ${three}`,
      `2001:db8::1 ${two}`,
    ].join('\n');
    const script = 'printf "%s\\n" "$1" > /tmp/kh; ssh-keygen -q -H -f /tmp/kh 2>/dev/null; cat /tmp/kh';
    const hashed = await sshd.docker('sh', '-c', script, 'sh', plain);
    expect(hashed).toContain('|1|');
    const find = 'printf "%s\\n" "$1" > /tmp/kh; ssh-keygen -F "$2" -f /tmp/kh | grep -v "^#" | cut -d" " -f2,3';
    for (const [text, [host, port]] of [plain, hashed].flatMap((text) =>
      (
        [
          ['alpha.example', 22],
          ['10.0.0.1', 22],
          ['alpha.example', 2222],
          ['2001:db8::1', 2222],
          ['2001:db8::1', 22],
          ['a.wild.example', 22],
          ['not.wild.example', 22],
          ['one1.example', 22],
          ['one12.example', 22],
          ['beta.example', 22],
        ] as const
      ).map((place) => [text, place] as const),
    )) {
      const asked = port === 22 ? host : `[${host}]:${port}`;
      const expected = (await sshd.docker('sh', '-c', find, 'sh', text, asked)).split('\n').filter((it) => it !== '');
      expect([asked, knownKeys(text, at(host, port)).accepted]).toEqual([asked, expected]);
    }
  });

  test('knows a machine on another port by its name alone, unless it says something of the port', () => {
    const text = `alpha ${one}\n[alpha]:2222 ${two}\n`;
    expect(knownKeys(text, at('alpha', 2222)).accepted).toEqual([two]);
    expect(knownKeys(text, at('ALPHA', 2200)).accepted).toEqual([one]);
  });

  test('takes several keys, each once, but none that is revoked anywhere in it', () => {
    const text = `@revoked * ${two}\nalpha ${one}\nalpha ${two}\nalpha ${one}\nalpha ${three}\n`;
    const known = knownKeys(text, at('alpha'));
    expect(known.accepted).toEqual([one, three]);
    expect(known.warnings).toEqual([expect.stringContaining('revoked')]);
  });

  test('passes certificate authorities and garbage over with a warning', () => {
    const text = `@cert-authority *.example ${one}\nalpha.example ssh-ed25519 AAAAgarbage\nalpha.example ${two}\n`;
    const known = knownKeys(text, at('alpha.example'));
    expect(known.accepted).toEqual([two]);
    expect(known.warnings).toEqual([
      expect.stringMatching(/^line 1: a certificate authority/),
      expect.stringContaining('not a readable key'),
    ]);
    expect(knownKeys(text, at('elsewhere')).warnings).toEqual([]);
  });

  test('that does not know a machine leads to a usage error with the command that asks it', async () => {
    await expect(hostKeysOf(at('nowhere.example', 2222), ['/no/such/file'], () => {})).rejects.toMatchObject({
      code: 'E_SSH_UNKNOWN_HOST',
      exitCode: 2,
      hint: expect.stringContaining('ssh-keyscan -p 2222 nowhere.example >> /no/such/file'),
    });
    await expect(hostKeysOf(at('x'), ['/proc/self'], () => {})).rejects.toMatchObject({ code: 'E_SSH_KNOWN_HOSTS' });
  });
});

test('of 3,000 new keys every one is whole: ssh2 makes one in 256 too short', () => {
  const lengths = Array.from({ length: 3_000 }, () => parsePublicKey(newKeyPair().publicKey).blob.length);
  expect(new Set(lengths)).toEqual(new Set([51]));
});
