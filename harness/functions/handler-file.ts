import { join } from 'node:path';
import { readRegularFile } from '../core/bounded-file.ts';

/** Lock files of large projects have some megabytes. */
const LARGEST_BYTES = 16 * 2 ** 20;

/**
 * The text of a file in a handler's folder: no device, and nothing that a link finds elsewhere on this machine.
 *
 * @throws Error with words that follow the file's name, or Node's own.
 */
export async function readHandlerFile(folder: string, name: string): Promise<string> {
  const bytes = await readRegularFile(join(folder, name), { limitBytes: LARGEST_BYTES, within: folder });
  return bytes.toString('utf8');
}
