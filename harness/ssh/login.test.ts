import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exitCodes } from '../core/exit-codes.ts';
import { poll } from '../core/poll.ts';
import { run } from '../core/subprocess.ts';
import { connectSsh } from './connect.ts';
import type { SshAddress } from './connection.ts';
import { fingerprint, newKeyPair } from './keys.ts';
import { clientKey, docker, type Sshd, sshdImage, startSshd } from './sshd.fixture.ts';
import { waitForSsh } from './wait.ts';

let sshd: Sshd;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-login-'));
  sshd = await startSshd(await sshdImage());
});
afterAll(async () => {
  await sshd.remove();
  await rm(folder, { recursive: true });
});

/** What sshd has written about connections so far. */
async function acceptedLogins(): Promise<number> {
  return (await sshd.log()).match(/Accepted publickey/g)?.length ?? 0;
}

/** A TCP server that does what the test says, and the address of it. */
async function withServer(onSocket: (socket: Socket) => void, body: (address: SshAddress) => Promise<void>) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  try {
    await body({ ...sshd.address(), port: typeof bound === 'object' ? (bound?.port ?? 0) : 0 });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

describe('the host key', () => {
  test('that is another than expected ends the login, with both fingerprints and before any key of ours is shown', async () => {
    const other = newKeyPair();
    const before = await acceptedLogins();
    const error = await connectSsh({ address: { ...sshd.address(), hostKeys: [other.publicKey] } }).catch((it) => it);
    expect(error).toMatchObject({ code: 'E_SSH_HOST_KEY', exitCode: exitCodes.infrastructure });
    expect(error.message).toContain(`is ${fingerprint(sshd.hostKey.publicKey)}`);
    expect(error.message).toContain(fingerprint(other.publicKey));
    expect(await acceptedLogins()).toBe(before);
  });

  test('is refused where none is known', async () => {
    const address = { ...sshd.address(), hostKeys: [] };
    await expect(connectSsh({ address })).rejects.toMatchObject({ code: 'E_SSH_HOST_KEY' });
  });

  test('may be one of several, of the kind that we know and not of that which we like best', async () => {
    const make = 'ssh-keygen -q -t ecdsa -N "" -f /keys/ecdsa; ssh-keygen -q -t ecdsa -N "" -f /tmp/other';
    await sshd.docker('sh', '-c', `${make}; echo HostKey /keys/ecdsa >> /etc/ssh/sshd_config.d/tests.conf`);
    await sshd.reload();
    const hostKeys = [await sshd.docker('cat', '/tmp/other.pub'), await sshd.docker('cat', '/keys/ecdsa.pub')];
    const connection = await connectSsh({ address: { ...sshd.address(), hostKeys } });
    expect((await connection.exec(['true'])).exitCode).toBe(0);
    await connection.close();
  });

  test('that was changed on the machine is accepted by the next login once it was told', async () => {
    const rotated = await startSshd(await sshdImage());
    try {
      const connection = await connectSsh({ address: rotated.address() });
      const next = newKeyPair();
      await connection.asRoot().exec(['sh', '-c', 'cat > /keys/host_key'], { input: next.privateKey });
      await rotated.reload();
      connection.expectHostKeys([next.publicKey]);
      // The living login goes on with the key that it has agreed on.
      expect((await connection.exec(['true'])).exitCode).toBe(0);
      await expect(connectSsh({ address: rotated.address() })).rejects.toMatchObject({ code: 'E_SSH_HOST_KEY' });
      await rotated.docker('pkill', '--full', 'sshd-session');
      expect(await connection.exec(['echo', 'again'])).toMatchObject({ stdout: 'again\n' });
      await connection.close();
    } finally {
      await rotated.remove();
    }
  });
});

describe('the SSH agent', () => {
  test('is asked where no key is given', async ({ skip }) => {
    const stop = new AbortController();
    const agent = run(['ssh-agent', '-D', '-a', join(folder, 'agent')], { signal: stop.signal });
    const missing = await Promise.race([agent.catch((error) => error.code), sleep(300)]);
    if (missing === 'E_PROGRAM_MISSING') return skip('this machine has no ssh-agent');
    vi.stubEnv('SSH_AUTH_SOCK', join(folder, 'agent'));
    const address = { ...sshd.address(), privateKeys: [] };
    try {
      const add = () => run(['ssh-add', '-q', '-'], { input: clientKey.privateKey });
      await expect.poll(add, { timeout: 5_000 }).toMatchObject({ exitCode: 0 });
      const connection = await connectSsh({ address });
      expect((await connection.exec(['id', '-un'])).stdout).toBe('tester\n');
      await connection.close();
    } finally {
      stop.abort();
      await agent.catch(() => {});
      vi.unstubAllEnvs();
    }
    vi.stubEnv('SSH_AUTH_SOCK', '');
    await expect(connectSsh({ address })).rejects.toMatchObject({ code: 'E_SSH_KEY', exitCode: exitCodes.usage });
    vi.unstubAllEnvs();
  });
});

describe('a login that cannot be', () => {
  test('for the wrong key says so', async () => {
    const address = { ...sshd.address(), privateKeys: [newKeyPair().privateKey, newKeyPair().privateKey] };
    await expect(connectSsh({ address })).rejects.toMatchObject({
      code: 'E_SSH_AUTH',
      message: `tester@127.0.0.1:${sshd.port} accepts none of our keys`,
    });
  });

  test('for a key that nobody can read says so without showing it', async () => {
    const address = { ...sshd.address(), privateKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n'] };
    const error = await connectSsh({ address }).catch((it) => it);
    expect(error).toMatchObject({ code: 'E_SSH_KEY', exitCode: exitCodes.usage });
    expect(`${error.message} ${error.hint}`).not.toContain('c2VjcmV0');
  });

  test('for nobody listens', async () => {
    await expect(connectSsh({ address: { ...sshd.address(), port: 1 } })).rejects.toMatchObject({
      code: 'E_SSH_REFUSED',
    });
  });

  test('for a name that does not exist', async () => {
    const address = { ...sshd.address(), host: 'no-such-host.invalid' };
    await expect(connectSsh({ address })).rejects.toMatchObject({ code: 'E_SSH_RESOLVE' });
  });

  test('for something else speaks there', async () => {
    await withServer(
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      async (address) => {
        await expect(connectSsh({ address })).rejects.toMatchObject({ code: 'E_SSH_HANDSHAKE' });
      },
    );
  });

  test('for the other side says nothing at all ends at its deadline', async () => {
    await withServer(
      () => {},
      async (address) => {
        const begun = performance.now();
        await expect(connectSsh({ address, connectTimeoutMs: 500 })).rejects.toMatchObject({ code: 'E_SSH_TIMEOUT' });
        expect(performance.now() - begun).toBeLessThan(3_000);
      },
    );
  });

  test('ends with the reason of an abort', async () => {
    await withServer(
      () => {},
      async (address) => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(new Error('enough')), 100);
        await expect(connectSsh({ address, signal: controller.signal })).rejects.toThrow('enough');
      },
    );
  });
});

describe('waiting for SSH', () => {
  test('lasts through refusals and refused keys until the login works, and tells of each once', async () => {
    const seen: string[] = [];
    // Each obstacle is removed when it was met.
    const onChange = (it: string): void => {
      seen.push(it);
      if (it.includes('refuses connections')) {
        docker('exec', sshd.id, '/usr/sbin/sshd', '-p', '2222', '-o', 'AuthorizedKeysFile=/keys/later');
      } else if (it.includes('accepts none of our keys')) {
        sshd.docker('cp', '/keys/authorized_keys', '/keys/later');
      }
    };
    const address = { ...sshd.address(), host: sshd.inside, port: 2222 };
    const connection = await waitForSsh({ address, deadlineMs: 30_000, everyMs: 100, onChange });
    expect((await connection.exec(['true'])).exitCode).toBe(0);
    await connection.close();
    expect(seen.length).toBe(2);
  });

  test('says at its deadline what was last in the way', async () => {
    const address = { ...sshd.address(), port: 1 };
    await expect(waitForSsh({ address, deadlineMs: 700, everyMs: 100 })).rejects.toMatchObject({
      code: 'E_DEADLINE',
      message: expect.stringMatching(/waited 700 ms for SSH as tester@127\.0\.0\.1:1; last seen: .*refuses/),
    });
  });

  test('ends in time though the other side never answers', async () => {
    await withServer(
      () => {},
      async (address) => {
        const begun = performance.now();
        await expect(waitForSsh({ address, deadlineMs: 500 })).rejects.toMatchObject({ code: 'E_DEADLINE' });
        expect(performance.now() - begun).toBeLessThan(5_000);
      },
    );
  });

  test('ends at once when the host key is wrong', async () => {
    const address = { ...sshd.address(), hostKeys: [newKeyPair().publicKey] };
    const begun = performance.now();
    await expect(waitForSsh({ address, deadlineMs: 60_000 })).rejects.toMatchObject({ code: 'E_SSH_HOST_KEY' });
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('a jump host', () => {
  let behind: Sshd;
  beforeAll(async () => {
    behind = await startSshd(await sshdImage());
  });
  afterAll(() => behind.remove());
  const target = (): SshAddress => ({ ...behind.address(), host: behind.inside, port: 22 });

  test('carries the connection to a machine behind it', async () => {
    const connection = await connectSsh({ address: target(), jump: sshd.address('plain') });
    expect((await connection.exec(['hostname'])).stdout.trim()).toBe(behind.id.slice(0, 12));
    // The machine saw the jump host, not us.
    const from = await connection.exec(['sh', '-c', 'echo "$SSH_CONNECTION"']);
    expect(from.stdout.split(' ')[0]).toBe(sshd.inside);
    await connection.close();
    await poll(
      async () => {
        const seen = await sshd.docker('sh', '-c', 'pgrep --full "[s]shd-session: plain@" || echo none');
        return seen === 'none' ? { done: true, value: undefined } : { done: false, seen };
      },
      { what: 'the login on the jump host to end', deadlineMs: 5_000 },
    );
  });

  test('comes back too when it was lost', async () => {
    const connection = await connectSsh({ address: target(), jump: sshd.address() });
    await sshd.docker('pkill', '--full', 'sshd-session');
    expect((await connection.exec(['echo', 'again'])).stdout).toBe('again\n');
    await connection.close();
  });

  test('is held to its own host key, as is the machine behind it', async () => {
    const wrong = { hostKeys: [newKeyPair().publicKey] };
    for (const [address, jump, port] of [
      [target(), { ...sshd.address(), ...wrong }, sshd.port],
      [{ ...target(), ...wrong }, sshd.address(), 22],
    ] as const) {
      const error = await connectSsh({ address, jump }).catch((it) => it);
      expect(error).toMatchObject({ code: 'E_SSH_HOST_KEY' });
      if (port !== 22) expect(error.message).toContain(`:${port}`);
      else expect(error.message).toContain(behind.inside);
    }
  });

  test('is named when it is the one that fails, and waiting does not go on', async () => {
    const jump = { ...sshd.address(), port: 1 };
    await expect(waitForSsh({ address: target(), jump, deadlineMs: 60_000 })).rejects.toMatchObject({
      code: 'E_SSH_JUMP',
      message: expect.stringContaining('the jump host: 127.0.0.1:1 refuses'),
    });
  });

  test('tells what it saw of the machine behind it', async () => {
    const nobody = { ...target(), port: 1 };
    await expect(connectSsh({ address: nobody, jump: sshd.address() })).rejects.toMatchObject({
      code: 'E_SSH_REFUSED',
      message: expect.stringContaining(`${behind.inside}:1 (seen from tester@127.0.0.1:${sshd.port}) refuses`),
    });
  });

  test('that may not forward is named as the reason', async () => {
    await sshd.docker('sh', '-c', 'echo "AllowTcpForwarding no" > /etc/ssh/sshd_config.d/0.conf');
    await sshd.reload();
    const jump = sshd.address();
    const attempt = waitForSsh({ address: target(), jump, deadlineMs: 10_000 });
    await expect(attempt).rejects.toMatchObject({ code: 'E_SSH_JUMP', hint: expect.stringContaining('AllowTcp') });
    await sshd.docker('rm', '/etc/ssh/sshd_config.d/0.conf');
    await sshd.reload();
  });
});
