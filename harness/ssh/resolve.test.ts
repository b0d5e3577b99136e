import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runOrFail } from '../core/subprocess.ts';
import { newKeyPair } from './keys.ts';
import { resolveAddress, resolveRoute } from './resolve.ts';

/** The real ssh is asked what its configuration means. */
let folder: string;
let warnings: string[];
const [login, other, host, jumpHost] = [newKeyPair(), newKeyPair(), newKeyPair(), newKeyPair()];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-resolve-'));
  warnings = [];
  await write('login', login.privateKey);
  await write('other', other.privateKey);
  await write(
    'known',
    `10.9.8.7 ${host.publicKey}\n[10.9.8.7]:2200 ${host.publicKey}\n[jump.example]:2022 ${jumpHost.publicKey}\n`,
  );
  vi.stubEnv('SSH_AUTH_SOCK', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
}

async function route(text: string, config: string, words: { jump?: string; identityFile?: string } = {}) {
  const all = `${config}\nHost *\n  UserKnownHostsFile ${folder}/known\n`;
  const { jump, identityFile } = words;
  const onWarning = (line: string) => void warnings.push(line);
  return await resolveRoute(text, { jump, identityFile, sshConfig: await write('config', all), onWarning });
}

const BOX = () => `Host mybox
  HostName 10.9.8.7
  Port 2200
  User deb
  IdentityFile ${folder}/login`;

describe('an alias of ssh’s configuration', () => {
  test('has its host name, port, user and key files', async () => {
    const expected = { host: '10.9.8.7', port: 2200, user: 'deb', privateKeys: [login.privateKey] };
    expect(await route('mybox', BOX())).toEqual({
      address: { ...expected, hostKeys: [host.publicKey] },
      jump: undefined,
    });
    expect(warnings).toEqual([]);
  });

  test('gives way to what is typed', async () => {
    const { address } = await route('debian@mybox:22', BOX(), { identityFile: join(folder, 'other') });
    expect(address).toMatchObject({ host: '10.9.8.7', port: 22, user: 'debian', privateKeys: [other.privateKey] });
  });

  test('may be behind a jump host, which is an alias with words of its own', async () => {
    const jump = `Host front\n  HostName jump.example\n  Port 2022\n  User me\n  IdentityFile ${folder}/other`;
    expect((await route('mybox', `${BOX()}\n  ProxyJump front\n${jump}`)).jump).toEqual({
      host: 'jump.example',
      port: 2022,
      user: 'me',
      privateKeys: [other.privateKey],
      hostKeys: [jumpHost.publicKey],
    });
    const own = await route('mybox', `${BOX()}\n  ProxyJump nowhere\n${jump}`, { jump: 'you@front' });
    expect(own.jump).toMatchObject({ host: 'jump.example', user: 'you' });
  });

  test('is held to the host key of its HostKeyAlias, in the files that it names', async () => {
    await write('elsewhere', `box-key ${jumpHost.publicKey}\n10.9.8.7 ${host.publicKey}\n`);
    const words = `${BOX()}\n  HostKeyAlias box-key\n  UserKnownHostsFile ${folder}/elsewhere\n  StrictHostKeyChecking no`;
    expect((await route('mybox', words)).address.hostKeys).toEqual([jumpHost.publicKey]);
    await write('elsewhere', '');
    await expect(route('mybox', words)).rejects.toMatchObject({ code: 'E_SSH_UNKNOWN_HOST', exitCode: 2 });
  });

  test('has tokens in the names of its files', async () => {
    await write('deb@10.9.8.7', other.privateKey);
    const { address } = await route('mybox', `${BOX()}\n  IdentityFile ${folder}/%r@%h`);
    expect(address.privateKeys).toEqual([login.privateKey, other.privateKey]);
  });

  test.each([
    ['ProxyCommand nc %h %p', 'proxycommand', 'ProxyJump'],
    ['RevokedHostKeys /etc/revoked', 'revokedhostkeys', '@revoked'],
    ['ProxyJump one,two', 'several jump hosts: one,two', '--ssh-jump'],
  ])('that asks for what is not supported is refused with what to do: %s', async (line, message, hint) => {
    await expect(route('mybox', `${BOX()}\n  ${line}`)).rejects.toMatchObject({
      code: 'E_SSH_CONFIG',
      exitCode: 2,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  test('that is a jump host behind another is refused', async () => {
    const config = `${BOX()}\n  ProxyJump other`;
    await expect(
      route('box2', `Host box2\n  ProxyJump mybox\n  HostName 10.9.8.7\n  IdentityFile ${folder}/login\n${config}`),
    ).rejects.toMatchObject({
      code: 'E_SSH_CONFIG',
      message: expect.stringContaining('mybox is a jump host'),
    });
  });
});

describe('a configuration that ssh refuses', () => {
  test('is a usage error with its words', async () => {
    await expect(route('mybox', 'Hots mybox')).rejects.toMatchObject({
      code: 'E_SSH_CONFIG',
      exitCode: 2,
      hint: expect.stringContaining('hots'),
    });
  });
});

describe('the keys to log in with', () => {
  test('are those of the files, and then those of the agent', async () => {
    vi.stubEnv('SSH_AUTH_SOCK', '/run/agent');
    const { address } = await route('mybox', BOX());
    expect(address).toMatchObject({ privateKeys: [login.privateKey], agent: '/run/agent' });
  });

  test.each([
    ['IdentitiesOnly yes', undefined],
    ['IdentityAgent none', undefined],
    ['IdentityAgent /run/other', '/run/other'],
  ])('are of the agent that is configured: %s', async (line, agent) => {
    vi.stubEnv('SSH_AUTH_SOCK', '/run/agent');
    expect((await route('mybox', `${BOX()}\n  ${line}`)).address.agent).toBe(agent);
  });

  test('that are locked are the agent’s, and without one the file is named', async () => {
    const path = join(folder, 'locked');
    await runOrFail(['ssh-keygen', '-q', '-t', 'ed25519', '-N', 'secret', '-f', path], 'a locked key');
    const config = BOX().replace('/login', '/locked');
    await expect(route('mybox', config)).rejects.toMatchObject({
      code: 'E_SSH_KEY',
      exitCode: 2,
      message: `there is no key to log in with as deb@10.9.8.7:2200: ${path} cannot be read without its passphrase`,
      hint: `start an ssh-agent and add it: ssh-add ${path}`,
    });
    vi.stubEnv('SSH_AUTH_SOCK', '/run/agent');
    expect((await route('mybox', config)).address).toMatchObject({ privateKeys: [], agent: '/run/agent' });
  });
});

describe('without the program ssh', () => {
  test('its configuration is not read, which is said, and the user has to be named', async () => {
    vi.stubEnv('PATH', folder);
    vi.stubEnv('HOME', folder);
    vi.stubEnv('SSH_AUTH_SOCK', '/run/agent');
    const known = [join(folder, 'known')];
    const options = {
      identityFile: undefined,
      knownHosts: known,
      onWarning: (line: string) => void warnings.push(line),
    };
    expect(await resolveAddress('deb@10.9.8.7', options)).toMatchObject({ user: 'deb', port: 22, agent: '/run/agent' });
    expect(warnings).toEqual([]);
    await runOrFail(['/bin/mkdir', '-m', '700', join(folder, '.ssh')], 'a folder');
    await write('.ssh/config', BOX());
    await expect(resolveAddress('deb@mybox', options)).rejects.toMatchObject({ code: 'E_SSH_UNKNOWN_HOST' });
    expect(warnings).toEqual([`${folder}/.ssh/config is not read: there is no program "ssh" here to ask`]);
    await expect(resolveAddress('mybox', options)).rejects.toMatchObject({
      code: 'E_SSH_ADDRESS',
      hint: expect.stringContaining('user@host'),
    });
  });
});
