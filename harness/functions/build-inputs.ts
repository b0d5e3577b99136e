import { dirname, relative, resolve } from 'node:path';
import { liesWithin } from '../core/bounded-file.ts';
import { messageOf, usageError } from '../core/errors.ts';
import type { ImageInput } from '../images/context.ts';
import { readHandlerFile } from './handler-file.ts';
import type { StackFunction } from './stack.ts';
import { foundFromHere, isBelow } from './stack-files.ts';

/**
 * What the build of a function gets to see: its handler's folder, and over it, as with faas-cli, what
 * `configuration.copy` names, under the same path as beside the stack file.
 *
 * @throws GivreError `E_STACK_PATH`, exit code 2, for paths that lead out of the stack file's folder: by their own words,
 * which a handler's may do, or by a link.
 */
export async function buildInputs(fn: StackFunction, handlerDir: string): Promise<readonly ImageInput[]> {
  const folder = dirname(fn.stackPath);
  if (isBelow(handlerDir, folder)) await refuseLinkOut(fn, `functions.${fn.name}.handler`, handlerDir);
  const ignore = await ignoredPaths(handlerDir);
  const handler = { from: handlerDir, to: '.', whole: true, ...(ignore === undefined ? {} : { ignore }) };
  const extra: ImageInput[] = [];
  for (const path of fn.copy) {
    const from = resolve(folder, path);
    if (!isBelow(from, folder) || from === folder) throw outside(fn, 'configuration.copy', from);
    await refuseLinkOut(fn, 'configuration.copy', from);
    extra.push({ from, to: relative(folder, from), whole: true });
  }
  return [handler, ...extra];
}

async function refuseLinkOut(fn: StackFunction, key: string, path: string): Promise<void> {
  const folder = dirname(fn.stackPath);
  const isWithin = await liesWithin(path, folder).catch(async (error: unknown) => {
    const hint = await foundFromHere(fn.stackPath, relative(folder, path));
    throw usageError('E_STACK_PATH', `${fn.stackPath}: ${key}: ${messageOf(error)}`, hint ?? 'correct the path');
  });
  if (!isWithin) throw outside(fn, key, path);
}

function outside({ stackPath }: StackFunction, key: string, path: string): Error {
  const hint = 'only what lies below the folder of the stack file is sent to a build unasked: copy it there';
  return usageError('E_STACK_PATH', `${stackPath}: ${key}: ${path} is not below the folder of the stack file`, hint);
}

/**
 * The plain paths of a `.dockerignore`, which Docker would not show to the build either: a change there is no reason to
 * build again. Patterns are left to Docker, and so is everything where an exception (`!`) might bring a file back.
 */
async function ignoredPaths(folder: string): Promise<RegExp | undefined> {
  const text = await readHandlerFile(folder, '.dockerignore').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  if (lines.some((line) => line.startsWith('!'))) return undefined;
  const plain = lines.filter((line) => /^[\w-][\w./-]*$/.test(line)).map((line) => line.replace(/\/+$/, ''));
  if (plain.length === 0) return undefined;
  return new RegExp(`^(${plain.map((line) => line.replaceAll('.', '\\.')).join('|')})(/|$)`);
}
