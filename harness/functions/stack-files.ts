import { access } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { readBounded, readRegularFile } from '../core/bounded-file.ts';
import { messageOf, usageError } from '../core/errors.ts';

/** Far more than anybody writes. */
const LARGEST_BYTES = 2 ** 20;

/** @throws GivreError `E_STACK_UNREADABLE`, exit code 2. */
export async function readStackFile(path: string): Promise<string> {
  try {
    return utf8(await readBounded(path, LARGEST_BYTES));
  } catch (error) {
    throw unreadable(`cannot read ${path}: ${messageOf(error)}`, 'check the path given by --stack');
  }
}

/**
 * The text of a file that `environment_file` names, and its absolute path.
 *
 * @throws GivreError `E_STACK_UNREADABLE`, exit code 2, which names the key and where the file was looked for.
 */
export async function readEnvironmentFile(named: {
  readonly stackPath: string;
  /** The function's. */
  readonly name: string;
  readonly file: string;
}): Promise<{ readonly path: string; readonly text: string }> {
  const { stackPath, name, file } = named;
  const folder = dirname(stackPath);
  const path = resolve(folder, file);
  // Elsewhere by its own words: so it says. By a link: that nobody sees.
  const within = isBelow(path, folder) ? folder : undefined;
  try {
    return { path, text: utf8(await readRegularFile(path, { limitBytes: LARGEST_BYTES, within })) };
  } catch (error) {
    throw unreadable(
      `${stackPath}: functions.${name}.environment_file: cannot read ${path}: ${messageOf(error)}`,
      (await foundFromHere(stackPath, file)) ?? 'check the path, which starts at the folder of the stack file',
    );
  }
}

/**
 * What to write instead of a path that was looked for in vain from the stack file's folder and that faas-cli, which looks
 * from the current folder, would find; undefined where it would not.
 */
export async function foundFromHere(stackPath: string, file: string): Promise<string | undefined> {
  const folder = dirname(stackPath);
  const here = resolve(file);
  if (!isBelow(here, folder) || (await isThere(resolve(folder, file))) || !(await isThere(here))) return undefined;
  const path = relative(folder, here);
  return `faas-cli would find ${here}, from the current folder; here paths start at that of the stack file: write ${path}`;
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** By the words alone, without a look at any link. */
export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../') || isAbsolute(way));
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function unreadable(message: string, hint: string): Error {
  return usageError('E_STACK_UNREADABLE', message, hint);
}
