import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkFolder, makeFolder } from './folder.ts';
import { run } from './subprocess.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a folder', () => {
  test('is made with those above it, by two at once, and stays when it is there', async () => {
    const path = join(folder, 'a', 'b', 'c');
    await Promise.all([makeFolder(path), makeFolder(path)]);
    await makeFolder(path);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  // Node's own recursive mkdir never returns in /proc.
  test.each(['/proc/nope', '/proc/nope/x', '/proc/1/nope', '/dev/null/x'])(
    'that cannot be made is an error: %s',
    async (path) => {
      await expect(makeFolder(path)).rejects.toMatchObject({
        code: 'E_FOLDER',
        exitCode: 2,
        message: expect.stringContaining(path),
      });
    },
  );
});

// In /sys even root may make no folder.
describe('a folder that is to be written later', () => {
  test('is tried without leaving anything behind, whether it is there or not', async () => {
    await checkFolder(join(folder, 'a', 'b'), '--out');
    await checkFolder(folder, '--out');
    expect(await readdir(folder)).toEqual([]);
  });

  test.each(['/proc/nope', '/proc/nope/x', '/dev/null/x', '/dev/null', '/sys/nope'])(
    'is refused where it cannot be: %s',
    async (path) => {
      await expect(checkFolder(path, '--out')).rejects.toMatchObject({
        code: 'E_OUT',
        exitCode: 2,
        message: expect.stringContaining(`--out ${path} cannot be written`),
      });
    },
  );

  test('is refused below a file, and where a link leads nowhere', async () => {
    await writeFile(join(folder, 'file'), '');
    await symlink(join(folder, 'nothing'), join(folder, 'link'));
    await expect(checkFolder(join(folder, 'file'), '--out')).rejects.toThrow('is no folder');
    await expect(checkFolder(join(folder, 'link', 'x'), '--out')).rejects.toThrow('a link that leads nowhere');
  });

  test('is refused where there is no room', async () => {
    const program = `
      import { checkFolder } from ${JSON.stringify(new URL('./folder.ts', import.meta.url).href)};
      await checkFolder(process.argv[1], '--out').catch((error) => console.log(error.exitCode, error.message));`;
    // A process that may write no more than 16 KiB into a file sees a full disk.
    const limited = `ulimit -f 16; trap '' XFSZ; exec "$0" --input-type=module -e "$1" "$2"`;
    const { stdout } = await run(['bash', '-c', limited, process.execPath, program, folder]);
    expect(stdout).toBe(`2 --out ${folder} cannot be written: the file has reached the largest size allowed\n`);
    expect(await readdir(folder)).toEqual([]);
  });
});
