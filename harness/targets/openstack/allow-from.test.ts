import { describe, expect, test } from 'vitest';
import { allowedSources, sourceFor } from './allow-from.ts';

const nobody = { allowFrom: [], sshJump: undefined };

describe('who may connect to the machines', () => {
  test('those whom the user names; an address is a network of one', async () => {
    const allowFrom = ['192.0.2.0/24', '198.51.100.7', '2001:db8::/64', '2001:db8::1'];
    expect(await allowedSources({ ...nobody, allowFrom }, 'api.invalid')).toEqual([
      '192.0.2.0/24',
      '198.51.100.7/32',
      '2001:db8::/64',
      '2001:db8::1/128',
    ]);
  });

  test.each(['', 'everybody', '192.0.2.0/33', '192.0.2.0/', '192.0.2.0/24/1', '192.0.2', '::1/129', '1.2.3.4/-1'])(
    '"%s" is no network',
    async (cidr) => {
      await expect(allowedSources({ ...nobody, allowFrom: [cidr] }, '127.0.0.1')).rejects.toMatchObject({
        code: 'E_ALLOW_FROM',
        exitCode: 2,
      });
    },
  );

  test.each([
    ['the APIs are on this machine', nobody, '127.0.0.1', 'are on this machine'],
    ['the APIs’ name is only known to a proxy', nobody, 'api.invalid', 'cannot be resolved'],
    ['a jump host stands between', { ...nobody, sshJump: 'me@jump' }, '192.0.2.1', 'jump host'],
  ])('asks for it where %s', async (_, wishes, apiHost, words) => {
    await expect(allowedSources(wishes, apiHost)).rejects.toMatchObject({
      code: 'E_ALLOW_FROM',
      exitCode: 2,
      message: expect.stringContaining(words),
      hint: expect.stringContaining('--allow-from'),
    });
  });

  test('our own address, unless a private one is hidden from a cloud on the Internet', () => {
    expect(sourceFor('192.0.2.7', '203.0.113.1')).toBe('192.0.2.7/32');
    expect(sourceFor('10.1.2.3', '10.9.9.9')).toBe('10.1.2.3/32');
    expect(sourceFor('fd00::7', 'fd00::1')).toBe('fd00::7/128');
    for (const own of ['10.1.2.3', '172.20.0.1', '192.168.1.2', '100.64.0.9']) {
      expect(() => sourceFor(own, '203.0.113.1')).toThrow(expect.objectContaining({ code: 'E_ALLOW_FROM' }));
    }
    expect(() => sourceFor('fd00::7', '2001:db8::1')).toThrow(expect.objectContaining({ code: 'E_ALLOW_FROM' }));
  });
});
