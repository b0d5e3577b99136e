import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { connectSsh } from './connect.ts';
import type { SshConnection } from './connection.ts';
import { type Sshd, sshdImage, startSshd } from './sshd.fixture.ts';

let sshd: Sshd;
let connection: SshConnection;
let plain: SshConnection;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-ssh-'));
  sshd = await startSshd(await sshdImage());
  connection = await connectSsh({ address: sshd.address() });
  plain = await connectSsh({ address: sshd.address('plain') });
});
afterAll(async () => {
  await Promise.all([connection.close(), plain.close()]);
  await sshd.remove();
  await rm(folder, { recursive: true });
});

/** What `ps` would show of everything that runs there. */
function processList(): Promise<string> {
  return sshd.docker('sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "');
}

describe('a program on the other end', () => {
  test('has its own streams, exit code and input', async () => {
    const result = await connection.exec(['sh', '-c', 'cat; id -un; echo oops >&2; exit 3'], { input: 'hello\n' });
    expect(result).toEqual({ exitCode: 3, stdout: 'hello\ntester\n', stderr: 'oops\n' });
  });

  test('runs as root where that is asked for, whoever logged in', async () => {
    const root = await connectSsh({ address: sshd.address('root') });
    for (const it of [connection, root]) {
      expect(await it.asRoot().exec(['id', '-un'])).toEqual({ exitCode: 0, stdout: 'root\n', stderr: '' });
    }
    await root.close();
    const refused = await plain.asRoot().exec(['id', '-un']);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('sudo:') });
  });

  test('that is not there ends with 127, and one ended by a signal with 128 and its number', async () => {
    expect(await connection.exec(['givre-no-such-program'])).toMatchObject({
      exitCode: 127,
      stderr: expect.stringContaining('givre-no-such-program: not found'),
    });
    for (const it of [connection, connection.asRoot()]) {
      expect(await it.exec(['sh', '-c', 'kill -KILL $$'])).toMatchObject({ exitCode: 137 });
    }
  });

  test('gets its folder and its environment, none of which is ever in a process list', async () => {
    const env = { PASSWORD: 's3cret', ODD: `two\nlines 'quoted' "$HOME" \\n é\u{1f600} ` };
    const show = 'pwd; printf %s "$ODD"; printf "%s" "$PASSWORD" | wc -c; sleep 1';
    for (const it of [connection, connection.asRoot()]) {
      const running = it.exec(['sh', '-c', show], { env, cwd: '/usr/share', input: 'hidden input' });
      const seen: string[] = [];
      for (let look = 0; look < 4; look++) seen.push(await processList());
      expect(seen.join('\n')).toContain('wc -c; sleep 1');
      expect(seen.join('\n')).not.toMatch(/s3cret|quoted|hidden input/);
      expect(await running).toEqual({ exitCode: 0, stdout: `/usr/share\n${env.ODD}6\n`, stderr: '' });
    }
  });

  test('hands out whole lines while it runs', async () => {
    const lines: string[] = [];
    await connection.exec(['printf', 'one\ntwo\nrest'], { onLine: (line, stream) => lines.push(`${stream} ${line}`) });
    expect(lines).toEqual(['stdout one', 'stdout two', 'stdout rest']);
  });

  test('may write without end: only the end of it is kept', async () => {
    const result = await connection.exec(['sh', '-c', 'yes | head -c 60000000; printf end']);
    expect(result.stdout.length).toBeLessThanOrEqual(2 * 8 * 2 ** 20);
    expect(result.stdout.endsWith('y\nend')).toBe(true);
  });

  test('may ignore its input, however much that is', async () => {
    expect((await connection.exec(['true'], { input: randomBytes(5_000_000) })).exitCode).toBe(0);
  });

  test('gets binary input unchanged', async () => {
    const input = randomBytes(3_000_000);
    await connection.exec(['sh', '-c', 'cat > /tmp/binary'], { input });
    await connection.download(['cat', '/tmp/binary'], join(folder, 'binary'));
    expect((await readFile(join(folder, 'binary'))).equals(input)).toBe(true);
  });

  test('is one of more than a server has sessions for', async () => {
    const all = Array.from({ length: 40 }, (_, index) => connection.exec(['sh', '-c', `sleep 0.2; echo ${index}`]));
    const outputs = (await Promise.all(all)).map(({ stdout }) => Number(stdout));
    expect(outputs).toEqual(outputs.map((_, index) => index));
  });
});

describe('arguments', () => {
  /** Texts of what shells find special, of any length, with every byte that UTF-8 can hold but NUL. */
  function hostileTexts(count: number): string[] {
    const random = seededRandom(4);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const pieces = [
      ...["'", '"', '\\', '`', '$', '$(id)', '$HOME', '!', '!!', '%', '*', '?', '~', '#', ';', '&', '|', '<', '>'],
      ...['(', ')', '[', ']', '{a,b}', '\n', '\r', '\t', ' ', '', '\u0001', '\u007f', '\u0080', 'Á', '\u0085', 'é'],
      ...['\u{1f600}', '\\n', '-', '--', '-n', '=', ':', '\n:\n', '.', 'EOF', "'\\''", '\u2028', '\ufeff', '\uffff'],
    ];
    return Array.from({ length: count }, () => {
      const length = Math.floor(random() * 8);
      return Array.from({ length }, () => pick(pieces)).join('');
    });
  }

  test('arrive exactly, whatever is in them', async () => {
    const texts = hostileTexts(600);
    for (const it of [connection, connection.asRoot(), plain]) {
      for (let from = 0; from < texts.length; from += 60) {
        const some = texts.slice(from, from + 60);
        const result = await it.exec(['printf', '%s\\0', ...some]);
        expect(result.stdout.split('\0').slice(0, -1)).toEqual(some);
      }
    }
  });

  test.each(['/bin/tcsh', '/usr/bin/fish'])('arrive exactly with the login shell %s', async (shell) => {
    await sshd.docker('usermod', '--shell', shell, 'plain');
    const odd = await connectSsh({ address: sshd.address('plain') });
    try {
      expect((await odd.exec(['sh', '-c', 'echo "$SHELL"'])).stdout).toBe(`${shell}\n`);
      const texts = hostileTexts(100);
      const result = await odd.exec(['printf', '%s\\0', ...texts]);
      expect(result.stdout.split('\0').slice(0, -1)).toEqual(texts);
    } finally {
      await odd.close();
      await sshd.docker('usermod', '--shell', '/bin/dash', 'plain');
    }
  });

  test('may be as long as the kernel allows', async () => {
    const long = 'x'.repeat(131_000);
    const result = await connection.exec(['sh', '-c', 'printf %s "$1$2" | wc -c', 'sh', long, long]);
    expect(result.stdout.trim()).toBe('262000');
  });

  test('with a NUL are refused, as are odd names of variables', async () => {
    await expect(connection.exec(['echo', 'a\0b'])).rejects.toThrow('NUL');
    await expect(connection.exec(['echo'], { env: { 'A;B': '' } })).rejects.toThrow('no name of a variable');
  });
});
