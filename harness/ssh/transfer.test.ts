import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectSsh } from './connect.ts';
import type { SshConnection } from './connection.ts';
import { type Sshd, sshdImage, startSshd } from './sshd.fixture.ts';

const LARGE = 100 * 2 ** 20;
let sshd: Sshd;
let connection: SshConnection;
let root: SshConnection;
let folder: string;
let large: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-transfer-'));
  large = join(folder, 'large');
  await writeFile(large, randomBytes(LARGE));
  sshd = await startSshd(await sshdImage(), ['--tmpfs=/small:size=20m,mode=1777']);
  connection = await connectSsh({ address: sshd.address() });
  root = connection.asRoot();
});
afterAll(async () => {
  await connection.close();
  await sshd.remove();
  await rm(folder, { recursive: true });
});

async function sumHere(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
const there = async (...argv: string[]) => (await root.exec(argv)).stdout.trim();

describe('an upload', () => {
  test('of 100 MiB arrives whole, with its mode, in new folders, and tells how far it is', async () => {
    const steps: number[] = [];
    const onProgress = (sentBytes: number, totalBytes: number): void => {
      expect(totalBytes).toBe(LARGE);
      steps.push(sentBytes);
    };
    const begun = performance.now();
    await root.upload(large, "/opt/new/odd name's/large", { mode: 0o640, onProgress });
    const seconds = (performance.now() - begun) / 1000;
    console.log(`100 MiB uploaded in ${seconds.toFixed(1)} s`);
    expect(steps.length).toBeGreaterThan(100);
    expect(steps.at(-1)).toBe(LARGE);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(await there('sha256sum', "/opt/new/odd name's/large")).toContain(await sumHere(large));
    expect(await there('stat', '-c', '%a %U', "/opt/new/odd name's/large")).toBe('640 root');
    expect(await there('stat', '-c', '%a', '/opt/new')).toBe('755');
    expect(await there('ls', '-A', "/opt/new/odd name's")).toBe('large');
  });

  test('replaces a file in one step, and is owned by who it was done as', async () => {
    const local = join(folder, 'text');
    await writeFile(local, 'new');
    await sshd.docker('sh', '-c', 'mkdir -m 777 /opt/replace; echo old > /opt/replace/text');
    await connection.upload(local, '/opt/replace/text', { mode: 0o755 });
    expect(await there('stat', '-c', '%a %U %s', '/opt/replace/text')).toBe('755 tester 3');
  });

  test('of an empty file is one too', async () => {
    const local = join(folder, 'empty');
    await writeFile(local, '');
    await root.upload(local, '/opt/empty', { mode: 0o600 });
    expect(await there('stat', '-c', '%a %s', '/opt/empty')).toBe('600 0');
  });

  test('onto a full disk says so, leaves the old file and no other', async () => {
    await sshd.docker('sh', '-c', 'echo old > /small/large');
    await expect(root.upload(large, '/small/large', { mode: 0o600 })).rejects.toMatchObject({
      code: 'E_SSH_DISK_FULL',
      message: `cannot upload ${large} to /small/large on ${connection.name}: the disk there is full`,
      hint: expect.stringContaining('No space left on device'),
    });
    expect(await there('ls', '-A', '/small')).toBe('large');
    expect(await there('cat', '/small/large')).toBe('old');
  });

  test('of a file that changes meanwhile is refused there', async () => {
    const local = join(folder, 'growing');
    await writeFile(local, randomBytes(20 * 2 ** 20));
    let grown: Promise<void> | undefined;
    const onProgress = (): void => {
      grown ??= appendFile(local, 'more');
    };
    await expect(root.upload(local, '/opt/growing', { mode: 0o600, onProgress })).rejects.toMatchObject({
      code: 'E_SSH_CHECKSUM',
      hint: expect.stringMatching(/what arrived has the SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}/),
    });
    await grown;
    expect((await root.exec(['ls', '/opt/growing'])).exitCode).toBe(2);
  });

  test('that arrives damaged is refused there', async () => {
    // A disk that lies: whatever is written through this `cat` has one byte more.
    await sshd.docker(
      'sh',
      '-c',
      'printf "#!/bin/sh\\n/usr/bin/cat; printf x\\n" > /usr/local/bin/cat; chmod +x /usr/local/bin/cat',
    );
    try {
      const upload = root.upload(large, '/opt/damaged', { mode: 0o600 });
      await expect(upload).rejects.toMatchObject({ code: 'E_SSH_CHECKSUM' });
    } finally {
      await sshd.docker('rm', '/usr/local/bin/cat');
    }
    expect(await there('sh', '-c', 'ls -A /opt | grep -e damaged -e givre || echo none')).toBe('none');
  });

  test('to where it may not write says why', async () => {
    await expect(connection.upload(large, '/root/large', { mode: 0o600 })).rejects.toMatchObject({
      code: 'E_SSH_UPLOAD',
      hint: expect.stringContaining('Permission denied'),
    });
    await expect(root.upload(large, '/opt/new', { mode: 0o600 })).rejects.toMatchObject({ code: 'E_SSH_UPLOAD' });
  });

  test('that is interrupted ends with the reason and leaves nothing', async () => {
    const controller = new AbortController();
    const onProgress = (sentBytes: number): void => {
      if (sentBytes > 10 * 2 ** 20) controller.abort(new Error('enough'));
    };
    await sshd.docker('mkdir', '/opt/interrupted');
    const upload = root.upload(large, '/opt/interrupted/large', { mode: 0o600, onProgress, signal: controller.signal });
    await expect(upload).rejects.toThrow('enough');
    expect(await there('ls', '-A', '/opt/interrupted')).toBe('');
  });

  test('that does not move, though the connection is alive, is given up', async () => {
    let stopped: Promise<string> | undefined;
    const onProgress = (sentBytes: number): void => {
      if (sentBytes > 10 * 2 ** 20) stopped ??= sshd.docker('pkill', '-STOP', '--exact', 'cat');
    };
    const upload = root.upload(large, '/opt/stalled', { mode: 0o600, onProgress, stallMs: 1_000 });
    await expect(upload).rejects.toMatchObject({
      code: 'E_SSH_STALLED',
      message: expect.stringContaining('has not moved for 1 s'),
    });
    await stopped;
    expect(await there('sh', '-c', 'pgrep --exact cat || echo none')).toBe('none');
  });

  test('whose connection is lost says so, and leaves nothing', async () => {
    let broken: Promise<string> | undefined;
    const onProgress = (sentBytes: number): void => {
      if (sentBytes > 10 * 2 ** 20) broken ??= sshd.docker('pkill', '--full', 'sshd-session');
    };
    await sshd.docker('mkdir', '/opt/lost');
    const upload = root.upload(large, '/opt/lost/large', { mode: 0o600, onProgress });
    await expect(upload).rejects.toMatchObject({ code: 'E_SSH_LOST' });
    await broken;
    await expect.poll(() => there('ls', '-A', '/opt/lost'), { timeout: 5_000 }).toBe('');
  });

  test('of a file that is not there is the error of this machine', async () => {
    await expect(root.upload(join(folder, 'missing'), '/opt/x', { mode: 0o600 })).rejects.toThrow('ENOENT');
  });
});

describe('a download', () => {
  test('streams what a program prints, however much', async () => {
    await root.upload(large, '/opt/large', { mode: 0o600 });
    const copy = join(folder, 'copy');
    await root.download(['cat', '/opt/large'], copy);
    expect(await sumHere(copy)).toBe(await sumHere(large));
  });

  test('of a program that fails leaves no file and quotes it', async () => {
    const path = join(folder, 'failed');
    await expect(root.download(['sh', '-c', 'echo half; echo reason >&2; exit 7'], path)).rejects.toMatchObject({
      code: 'E_SSH_DOWNLOAD',
      message: expect.stringContaining('exit code 7'),
      hint: 'reason',
    });
    expect((await readdir(folder)).filter((name) => name.startsWith('failed'))).toEqual([]);
  });

  test('to where this machine cannot write ends, and the program there too', async () => {
    const argv = ['sh', '-c', 'yes marker-of-yes'];
    await expect(root.download(argv, join(folder, 'no', 'such', 'folder'))).rejects.toThrow('ENOENT');
    // A full disk: each write to this device fails.
    await symlink('/dev/full', join(folder, 'full.part'));
    await expect(root.download(argv, join(folder, 'full'))).rejects.toThrow('ENOSPC');
    expect(await sshd.docker('sh', '-c', 'pgrep --full "[m]arker-of-yes" || echo none')).toBe('none');
  });

  test('that is interrupted ends with the reason and leaves nothing', async () => {
    const path = join(folder, 'interrupted');
    const signal = AbortSignal.timeout(300);
    await expect(root.download(['yes'], path, signal)).rejects.toThrow('timeout');
    await expect(stat(`${path}.part`)).rejects.toThrow('ENOENT');
  });
});
