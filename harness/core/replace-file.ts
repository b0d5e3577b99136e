import { randomUUID } from 'node:crypto';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { noRoomWords } from './disk-words.ts';
import { GivreError, messageOf, systemCode, usageError } from './errors.ts';
import { checkFolder } from './folder.ts';

export interface NewFile {
  readonly path: string;
  readonly content: string;
}

/**
 * Writes all of these files beside their places and then puts them there: whatever fails while they are written, those
 * that were there stay as they are. A link is not followed, since it may lead to somebody else's file.
 *
 * @throws GivreError `E_DISK_FULL`; with exit code 2 `E_FILE_LINK` and `E_FILE_WRITE`
 */
export async function replaceFiles(files: readonly NewFile[]): Promise<void> {
  const written: { readonly path: string; readonly beside: string }[] = [];
  try {
    for (const { path, content } of files) {
      await refuseOthers(path);
      const beside = `${path}.${randomUUID().slice(0, 8)}.new`;
      written.push({ path, beside });
      await writeNew(beside, content).catch((error: unknown) => {
        throw writeFailure(path, error);
      });
    }
    for (const { path, beside } of written) {
      await rename(beside, path).catch((error: unknown) => {
        throw writeFailure(path, error);
      });
    }
  } finally {
    await Promise.allSettled(written.map(({ beside }) => rm(beside, { force: true })));
  }
}

/**
 * Could this file be written? Nothing stays.
 *
 * @param option how the user has named it: `--json`
 * @throws GivreError with exit code 2: `E_FILE_LINK`, `E_FILE_WRITE`, `E_OUT`
 */
export async function checkFile(path: string, option: string): Promise<void> {
  await refuseOthers(path);
  const folder = dirname(path);
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) {
    throw usageError('E_OUT', `${option} ${path}: there is no folder ${folder}`, 'make it first');
  }
  await checkFolder(folder, option, `${option} ${path}`);
}

/** What could be renamed over, with an effect that nobody wants: links, devices, pipes, folders. */
async function refuseOthers(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw writeFailure(path, error);
  });
  if (found === undefined || found.isFile()) return;
  if (found.isSymbolicLink()) {
    const message = `${path} is a link to another file, which is not overwritten`;
    throw usageError('E_FILE_LINK', message, 'remove the link, or name another file');
  }
  throw usageError('E_FILE_WRITE', `${path} is no regular file`, 'name another file');
}

async function writeNew(path: string, content: string): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(content);
  await file.sync();
}

function writeFailure(path: string, cause: unknown): GivreError {
  const noRoom = noRoomWords(cause);
  if (noRoom === undefined) {
    return usageError('E_FILE_WRITE', `cannot write ${path}: ${messageOf(cause)}`, 'name another file');
  }
  return new GivreError({
    code: 'E_DISK_FULL',
    message: `${noRoom}: could not write ${path}; what stood there before is unchanged`,
    hint: 'free some space, or name a file elsewhere',
    cause,
  });
}
