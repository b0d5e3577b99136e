import { lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../core/exit-codes.ts';
import { contentHash, type ImageInput, readInputs, writeContext } from './context.ts';

let folder = '';
let handler = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-context-'));
  handler = join(folder, 'handler');
  await mkdir(handler);
  await writeFile(join(folder, 'secret'), 'not for any build');
  await writeFile(join(handler, 'own'), 'own');
});
afterEach(() => rm(folder, { recursive: true }));

async function contextOf(...inputs: readonly ImageInput[]): Promise<string> {
  const context = join(folder, 'context');
  await writeContext(context, await readInputs(inputs));
  return context;
}

describe('a link in a build’s input', () => {
  test('stays a link, whatever it leads to', async () => {
    await symlink('../secret', join(handler, 'out'));
    await symlink('.', join(handler, 'a'));
    await symlink('/dev/zero', join(handler, 'endless'));
    await symlink('nowhere', join(handler, 'dangling'));
    const context = await contextOf({ from: handler, to: '.' });
    const links = ['out', 'a', 'endless', 'dangling'].map((name) => readlink(join(context, name)));
    expect(await Promise.all(links)).toEqual(['../secret', '.', '/dev/zero', 'nowhere']);
    const files = await readInputs([{ from: handler, to: '.' }]);
    expect(Buffer.concat(files.map((it) => it.content)).toString()).not.toContain('not for any build');
  });

  test('counts in the content by where it leads', async () => {
    const hash = async () => contentHash([], await readInputs([{ from: handler, to: '.' }]));
    await symlink('own', join(handler, 'link'));
    const before = await hash();
    await rm(join(handler, 'link'));
    await symlink('other', join(handler, 'link'));
    expect(await hash()).not.toBe(before);
  });

  test('that a later input has a folder for is that folder, and nothing is written through it', async () => {
    await mkdir(join(folder, 'common'));
    await writeFile(join(folder, 'common/x'), 'x');
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(handler, 'common'));
    const context = await contextOf({ from: handler, to: '.' }, { from: join(folder, 'common'), to: 'common' });
    expect((await lstat(join(context, 'common'))).isDirectory()).toBe(true);
    expect(await readFile(join(context, 'common/x'), 'utf8')).toBe('x');
    await expect(readFile(join(folder, 'elsewhere/x'))).rejects.toThrow('ENOENT');
  });

  test('in the place of .dockerignore is a file, which Docker’s client reads, or is refused', async () => {
    await writeFile(join(handler, 'ignored'), 'notes\n');
    await symlink('ignored', join(handler, '.dockerignore'));
    const context = await contextOf({ from: handler, to: '.' });
    expect((await lstat(join(context, '.dockerignore'))).isFile()).toBe(true);
    await rm(join(handler, '.dockerignore'));
    await symlink('../secret', join(handler, '.dockerignore'));
    await expect(readInputs([{ from: handler, to: '.' }])).rejects.toMatchObject({
      code: 'E_CONTEXT_LINK',
      exitCode: exitCodes.usage,
    });
  });
});

test('of a user’s folder everything but .git is an input, of ours nothing that tools leave behind', async () => {
  for (const name of ['target', 'node_modules', '.git']) {
    await mkdir(join(handler, name));
    await writeFile(join(handler, name, 'file'), name);
  }
  const paths = async (whole: boolean) => (await readInputs([{ from: handler, to: '.', whole }])).map((it) => it.path);
  expect(await paths(true)).toEqual(['node_modules/file', 'own', 'target/file']);
  expect(await paths(false)).toEqual(['own']);
});

test('what would not fit into memory is refused before it is read', async () => {
  await writeFile(join(handler, 'huge'), '');
  await truncate(join(handler, 'huge'), 2 ** 30 + 1);
  await expect(readInputs([{ from: handler, to: '.' }])).rejects.toMatchObject({
    code: 'E_CONTEXT_SIZE',
    message: expect.stringContaining(join(handler, 'huge')),
    exitCode: exitCodes.usage,
  });
});
