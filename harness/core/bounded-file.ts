import { open, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';

/**
 * A file's bytes, of which there may be `limitBytes` at most: whatever it is, reading it comes to an end.
 *
 * @throws Error with words that follow the file's name: "has more than 64 MiB"; Node's own for what cannot be opened.
 */
export async function readBounded(path: string, limitBytes: number): Promise<Buffer> {
  const handle = await open(path);
  const chunks: Buffer[] = [];
  // One byte more than there may be tells a file that is too large; the stream closes the handle.
  for await (const chunk of handle.createReadStream({ end: limitBytes })) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  if (bytes.length <= limitBytes) return bytes;
  throw new Error(`has more than ${limitBytes / 2 ** 20} MiB`);
}

interface Bounds {
  readonly limitBytes: number;
  /** A folder that the file must really lie in, whatever links lead to it; undefined means anywhere. */
  readonly within?: string | undefined;
}

/**
 * The same for a file that foreign text names: no device, pipe or folder, and nothing outside of `within`.
 *
 * @throws Error with words that follow the file's name: "is no regular file", "lies outside of /folder".
 */
export async function readRegularFile(path: string, { limitBytes, within }: Bounds): Promise<Buffer> {
  if (within !== undefined && !(await liesWithin(path, within))) throw new Error(`lies outside of ${within}`);
  if (!(await stat(path)).isFile()) throw new Error('is no regular file');
  return await readBounded(path, limitBytes);
}

/**
 * Whether a path is a folder or lies below it, once all links are followed.
 *
 * @throws Node's own error where one of them does not exist.
 */
export async function liesWithin(path: string, folder: string): Promise<boolean> {
  const [real, top] = await Promise.all([realpath(path), realpath(folder)]);
  return real === top || real.startsWith(top.endsWith(sep) ? top : `${top}${sep}`);
}
