import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOrFail } from '../core/subprocess.ts';
import { connectSsh } from './connect.ts';
import { resolveRoute } from './resolve.ts';
import { clientKey, type Sshd, sshdImage, startSshd } from './sshd.fixture.ts';

let folder: string;
let machines: readonly [front: Sshd, behind: Sshd];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-alias-'));
  const image = await sshdImage();
  machines = await Promise.all([startSshd(image), startSshd(image)]);
});
afterAll(async () => {
  await Promise.all(machines.map((it) => it.remove()));
  await rm(folder, { recursive: true });
});

test('an alias of ssh’s configuration leads where ssh itself goes, through the jump host that it names', async () => {
  const [front, behind] = machines;
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const known = await file(
    'known_hosts',
    `[127.0.0.1]:${front.port} ${front.hostKey.publicKey}\nthe-box ${behind.hostKey.publicKey}\n`,
  );
  const sshConfig = await file(
    'config',
    `Host mybox
  HostName ${behind.inside}
  HostKeyAlias the-box
  ProxyJump front
Host front
  HostName 127.0.0.1
  Port ${front.port}
Host *
  User tester
  IdentityFile ${await file('key', clientKey.privateKey)}
  UserKnownHostsFile ${known}
`,
  );
  const route = await resolveRoute('mybox', {
    jump: undefined,
    identityFile: undefined,
    sshConfig,
    onWarning: () => {},
  });
  const connection = await connectSsh(route);
  // Where we are, as whom, and who the machine believes to be talking to.
  const command = 'hostname; id -un; echo "$SSH_CONNECTION" | cut -d" " -f1';
  const ours = await connection.exec(['sh', '-c', command]);
  await connection.close();
  const argv = ['ssh', '-F', sshConfig, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', 'mybox', command];
  expect(ours.stdout).toBe((await runOrFail(argv, 'ssh', { timeoutMs: 20_000 })).stdout);
  expect(ours.stdout).toBe(`${behind.id.slice(0, 12)}\ntester\n${front.inside}\n`);
});
