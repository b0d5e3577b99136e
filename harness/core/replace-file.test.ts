import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkFile, replaceFiles } from './replace-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-replace-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('files are replaced and nothing else is left', async () => {
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  await writeFile(one, 'before');
  await replaceFiles([
    { path: one, content: 'after' },
    { path: two, content: 'new' },
  ]);
  expect(await readdir(folder)).toEqual(['one', 'two']);
  expect(await readFile(one, 'utf8')).toBe('after');
});

test('a link is refused, and then none of the files is replaced', async () => {
  const [one, other, linked] = [join(folder, 'one'), join(folder, 'other'), join(folder, 'linked')];
  await Promise.all([writeFile(one, 'before'), writeFile(other, 'not ours')]);
  await symlink(other, linked);
  const files = [
    { path: one, content: 'after' },
    { path: linked, content: 'after' },
  ];
  await expect(replaceFiles(files)).rejects.toMatchObject({ code: 'E_FILE_LINK', exitCode: 2 });
  await expect(checkFile(linked, '--json')).rejects.toMatchObject({ code: 'E_FILE_LINK', exitCode: 2 });
  expect(await readFile(one, 'utf8')).toBe('before');
  expect(await readFile(other, 'utf8')).toBe('not ours');
  expect((await readdir(folder)).sort()).toEqual(['linked', 'one', 'other']);
});

test('a file with two names keeps its content under the other', async () => {
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  await writeFile(one, 'before');
  await link(one, two);
  await replaceFiles([{ path: two, content: 'after' }]);
  expect(await readFile(one, 'utf8')).toBe('before');
});

test('folders and devices are not replaced', async () => {
  await mkdir(join(folder, 'sub'));
  for (const path of [join(folder, 'sub'), '/dev/null', '/dev/full']) {
    const refusal = { code: 'E_FILE_WRITE', exitCode: 2, message: expect.stringContaining('is no regular file') };
    await expect(replaceFiles([{ path, content: 'x' }])).rejects.toMatchObject(refusal);
  }
});

test('a file that could not be written is told before the work', async () => {
  await checkFile(join(folder, 'new.json'), '--json');
  expect(await readdir(folder)).toEqual([]);
  for (const path of [join(folder, 'no', 'x.json'), '/proc/x.json', '/dev/null/x.json']) {
    await expect(checkFile(path, '--json')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(path),
    });
  }
});
