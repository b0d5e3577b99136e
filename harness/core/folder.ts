import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { noRoomWords } from './disk-words.ts';
import { GivreError, messageOf, systemCode, usageError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';

/**
 * Makes a folder and those above it, as far as they are missing. Node's own recursive `mkdir` never returns where the
 * kernel answers ENOENT to a folder in one that exists, as in `/proc`.
 *
 * @throws GivreError `E_FOLDER`, exit code 2
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    const { missing } = await missingFolders(resolve(path));
    for (const folder of missing) await makeOne(folder);
  } catch (cause) {
    throw new GivreError({
      code: 'E_FOLDER',
      message: `the folder ${path} cannot be made: ${noRoomWords(cause) ?? messageOf(cause)}`,
      hint: 'runs go where --out says; what givre remembers, where XDG_STATE_HOME and XDG_CACHE_HOME say',
      exitCode: exitCodes.usage,
      cause,
    });
  }
}

async function makeOne(folder: string): Promise<void> {
  await mkdir(folder).catch(async (error: unknown) => {
    // Somebody else was faster.
    if (systemCode(error) !== 'EEXIST' || !(await isFolder(folder))) throw error;
  });
}

/** So much must have room: the first records and logs of a run. */
const PROBE_BYTES = 2 ** 20;

/**
 * Can this folder be made, where it is missing, and files be written in it? Tried next to where they would be; nothing
 * stays.
 *
 * @param option how the user has named it: `--out`
 * @param what is to be written there, where it is not the folder itself
 * @throws GivreError `E_OUT`, exit code 2
 */
export async function checkFolder(path: string, option: string, what = `${option} ${path}`): Promise<void> {
  const above = await missingFolders(resolve(path)).catch((error: unknown) => {
    throw unusable(what, option, error);
  });
  const probe = join(above.there, `.givre-${randomUUID().slice(0, 8)}`);
  try {
    await mkdir(probe);
    await using file = await open(join(probe, 'probe'), 'wx');
    await file.writeFile(Buffer.alloc(PROBE_BYTES));
    await file.sync();
  } catch (error) {
    throw unusable(what, option, error);
  } finally {
    await rm(probe, { recursive: true, force: true }).catch(() => {});
  }
}

function unusable(what: string, option: string, error: unknown): Error {
  const why = noRoomWords(error) ?? messageOf(error);
  return usageError('E_OUT', `${what} cannot be written: ${why}`, `name another place with ${option}`);
}

/** Outermost first; `there` is the nearest that exists. */
async function missingFolders(path: string): Promise<{ readonly there: string; readonly missing: readonly string[] }> {
  if (await isFolder(path)) return { there: path, missing: [] };
  const { there, missing } = await missingFolders(dirname(path));
  return { there, missing: [...missing, path] };
}

/** False where there is nothing. @throws for anything else than a folder, and what the operating system says */
async function isFolder(path: string): Promise<boolean> {
  const found = await orNothing(stat(path));
  if (found?.isDirectory()) return true;
  if (found !== undefined) throw new Error(`${path} is no folder`);
  if ((await orNothing(lstat(path))) !== undefined) throw new Error(`${path} is a link that leads nowhere`);
  return false;
}

function orNothing<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}
