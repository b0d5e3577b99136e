import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../core/random.ts';
import { run, runOrFail } from '../core/subprocess.ts';
import { newKeyPair } from './keys.ts';
import { hostKeysOf, knownKeys } from './known-hosts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-known-hosts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const [one, two, three, four] = [newKeyPair(), newKeyPair(), newKeyPair(), newKeyPair()].map((it) => it.publicKey);
const KEYS = [one, two, three, four];
const at = (host: string, port = 22) => ({ host, port });
const file = (text: string, path = 'known_hosts') => ({ path, text });

/** What ssh-keygen finds of a name in a file. */
interface Found {
  readonly plain: readonly string[];
  readonly revoked: readonly string[];
}

async function sshKeygen(path: string, name: string): Promise<Found> {
  // Exit code 1 says that nothing was found.
  const { stdout, exitCode } = await run(['ssh-keygen', '-F', name, '-f', path]);
  expect(exitCode).toBeLessThan(2);
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const keys = (marker: string | undefined): readonly string[] =>
    lines
      .map((line) => line.trim().split(/\s+/))
      .map((words) => (words[0]?.startsWith('@') ? words : [undefined, ...words]))
      .filter((words) => words[0] === marker)
      .map((words) => `${words[2]} ${words[3]}`);
  return { plain: keys(undefined), revoked: keys('@revoked') };
}

/** By what ssh-keygen finds of the name with its port and of the name alone, which keys ssh would accept. */
async function acceptedBySsh(path: string, host: string, port: number): Promise<readonly string[]> {
  const names = port === 22 ? [host] : [`[${host}]:${port}`, host];
  const found = await Promise.all(names.map((name) => sshKeygen(path, name)));
  const revoked = found.flatMap((it) => it.revoked);
  const keys = found.map(({ plain }) => plain).find((plain) => plain.length > 0) ?? [];
  return [...new Set(keys)].filter((key) => !revoked.includes(key));
}

const HOSTS = ['alpha.example', 'beta.example', 'a.wild.example', '10.0.0.1', '10.0.0.12', '2001:db8::1', 'gamma'];
const PATTERNS = [
  '*',
  '*.example',
  '*.wild.example',
  '10.0.0.?',
  '10.0.0.*',
  'gam?a',
  '2001:db8:*',
  '*.Example',
  '?????',
];
const PORTS = [22, 2222, 2200];

/** One line of a known_hosts file: names, ports, patterns, negations, markers, comments, and what is none. */
function oneLine(random: Random): string {
  const pick = <T extends string>(from: readonly T[]): T | '' => from[Math.floor(random() * from.length)] ?? '';
  const chance = (probability: number): boolean => random() < probability;
  const name = (): string => {
    const base = chance(0.25) ? pick(PATTERNS) : pick(HOSTS);
    const placed = chance(0.3) ? `[${base}]:${chance(0.2) ? '*' : pick(['2222', '2200'])}` : base;
    const cased = chance(0.1) ? placed.toUpperCase() : placed;
    return chance(0.15) ? `!${cased}` : cased;
  };
  if (chance(0.06))
    return pick(['', '# alpha.example', 'alpha.example', 'alpha.example ssh-ed25519', '@what * x y', '|1|x|y z w']);
  const names = Array.from({ length: 1 + Math.floor(random() * 3) }, name).join(',');
  const marker = chance(0.15) ? `${pick(['@revoked', '@revoked', '@cert-authority'])} ` : '';
  const comment = chance(0.3) ? ' me@laptop # x' : '';
  return `${chance(0.1) ? ' \t' : ''}${marker}${names}${chance(0.1) ? '\t ' : ' '}${pick(KEYS.map(String))}${comment}`;
}

describe('known_hosts files', () => {
  test('are read as ssh-keygen reads them: 360 generated lines, plain and hashed', async () => {
    const random = seededRandom(11);
    let accepted = 0;
    for (let number = 0; number < 18; number++) {
      const path = join(folder, `generated-${number}`);
      await writeFile(path, `${Array.from({ length: 20 }, () => oneLine(random)).join('\n')}\n`);
      if (number % 2 === 1) await run(['ssh-keygen', '-q', '-H', '-f', path]);
      const text = await readFile(path, 'utf8');
      const places = HOSTS.flatMap((host) => PORTS.map((port) => ({ host, port })));
      const expected = await Promise.all(places.map(({ host, port }) => acceptedBySsh(path, host, port)));
      const read = places.map((place) => knownKeys([file(text)], place).accepted);
      expect(read.map((keys, index) => [places[index], keys, text])).toEqual(
        expected.map((keys, index) => [places[index], keys, text]),
      );
      accepted += read.filter((keys) => keys.length > 0).length;
    }
    expect(accepted).toBeGreaterThan(100);
  });

  test('have names that ssh-keygen has hashed, with and without a port', async () => {
    const path = join(folder, 'hashed');
    await writeFile(path, `alpha.example ${one}\n[alpha.example]:2222 ${two}\n2001:db8::1 ${three}\n`);
    await runOrFail(['ssh-keygen', '-q', '-H', '-f', path], 'hashing');
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain('example');
    expect(knownKeys([file(text)], at('alpha.example')).accepted).toEqual([one]);
    expect(knownKeys([file(text)], at('alpha.example', 2222)).accepted).toEqual([two]);
    expect(knownKeys([file(text)], at('2001:db8::1')).accepted).toEqual([three]);
  });

  test('know a machine on another port by its name alone, unless they say something of the port', () => {
    const text = `alpha ${one}\n[alpha]:2222 ${two}\n`;
    expect(knownKeys([file(text)], at('alpha', 2222)).accepted).toEqual([two]);
    expect(knownKeys([file(text)], at('ALPHA', 2200)).accepted).toEqual([one]);
  });

  test('know a machine by its HostKeyAlias, whatever its address and port', () => {
    const text = `alpha ${one}\n[alpha]:2222 ${two}\nalias ${three}\n`;
    expect(knownKeys([file(text)], { ...at('alpha', 2222), hostKeyAlias: 'Alias' }).accepted).toEqual([three]);
    expect(knownKeys([file(text)], { ...at('alias'), hostKeyAlias: 'other' }).accepted).toEqual([]);
  });

  test('have several keys of a machine, each counted once', () => {
    const text = `alpha ${one}\nalpha ${two}\nalpha ${one}\nalpha ${three}\n`;
    expect(knownKeys([file(text)], at('alpha')).accepted).toEqual([one, two, three]);
  });

  test.each([
    ['in the same file', `@revoked * ${two}\nalpha ${one}\nalpha ${two}\n`, ''],
    ['in the other file', `alpha ${one}\nalpha ${two}\n`, `@revoked alpha ${two} lost\n`],
    ['with another comment', `alpha ${one}\nalpha ${two} mine\n`, `@revoked alpha ${two} lost\n`],
  ])('revoke a key of another line %s', (_, users, systems) => {
    const known = knownKeys([file(users, 'user'), file(systems, 'system')], at('alpha'));
    expect(known).toMatchObject({ accepted: [one], revoked: 1, warnings: ['1 key(s) of alpha are revoked'] });
  });

  test('revoke a key for a name whatever the port, which ssh does not', async () => {
    const text = `[alpha]:2222 ${one}\n@revoked alpha ${one}\n`;
    expect(knownKeys([file(text)], at('alpha', 2222)).accepted).toEqual([]);
    expect(knownKeys([file(`alpha ${one}\n@revoked [alpha]:2222 ${one}\n`)], at('alpha', 2222)).accepted).toEqual([]);
    // Of another port nothing is said.
    expect(knownKeys([file(`alpha ${one}\n@revoked [alpha]:2222 ${one}\n`)], at('alpha', 2200)).accepted).toEqual([
      one,
    ]);
    expect(knownKeys([file(text)], at('beta', 2222)).accepted).toEqual([]);
  });

  test('with certificate authorities and garbage are read past them, with a warning', () => {
    const text = `@cert-authority *.example ${one}\nalpha.example ssh-ed25519 AAAAgarbage\nalpha.example ${two}\n`;
    const known = knownKeys([file(text)], at('alpha.example'));
    expect(known.accepted).toEqual([two]);
    expect(known.warnings).toEqual([
      expect.stringMatching(/^known_hosts, line 1: a certificate authority/),
      'known_hosts, line 2: not a readable key',
    ]);
    expect(knownKeys([file(text)], at('elsewhere')).warnings).toEqual([]);
  });

  test('that do not know a machine lead to a usage error with the command that asks it', async () => {
    await expect(hostKeysOf(at('nowhere.example', 2222), ['/no/such/file'], () => {})).rejects.toMatchObject({
      code: 'E_SSH_UNKNOWN_HOST',
      exitCode: 2,
      hint: expect.stringContaining('ssh-keyscan -p 2222 nowhere.example >> /no/such/file'),
    });
    await expect(hostKeysOf(at('x'), ['/proc/self'], () => {})).rejects.toMatchObject({ code: 'E_SSH_KNOWN_HOSTS' });
  });

  test('in which every key of a machine is revoked do not advise to take one from it', async () => {
    const [users, systems] = [join(folder, 'users'), join(folder, 'systems')];
    await writeFile(users, `alpha ${one}\n`);
    await writeFile(systems, `@revoked * ${one}\n`);
    await expect(hostKeysOf(at('alpha'), [users, systems], () => {})).rejects.toMatchObject({
      code: 'E_SSH_REVOKED_KEY',
      exitCode: 2,
      message: `every host key of alpha that is known in ${users} or ${systems} is revoked`,
      hint: expect.not.stringContaining('keyscan'),
    });
  });
});
