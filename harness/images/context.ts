import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';

/** What a build may see: one file, everything below one folder, or a text made up on the spot. */
export type ImageInput =
  | {
      /** Absolute path of a file or folder. */
      readonly from: string;
      /** Path inside the build context, `/`-separated; `.` for its root. */
      readonly to: string;
      /** Tested against each path below `from`; what matches neither reaches the build nor counts in its name. */
      readonly ignore?: RegExp;
    }
  | { readonly content: string; readonly to: string };

/** One file of a build context, read once: what is hashed is what is built. */
export interface ContextFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

const neverInput = /(^|\/)(node_modules|target|\.git)(\/|$)/;

/** Reads all inputs into memory, sorted by path. Links are followed; empty folders are dropped. */
export async function readInputs(inputs: readonly ImageInput[]): Promise<readonly ContextFile[]> {
  const files: ContextFile[] = [];
  for (const input of inputs) {
    if ('content' in input) {
      files.push({ path: posix.normalize(input.to), content: Buffer.from(input.content), executable: false });
    } else {
      files.push(...(await readTree(input.from, input.to, input.ignore)));
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function readTree(from: string, to: string, ignore: RegExp | undefined): Promise<readonly ContextFile[]> {
  const top = await stat(from);
  if (top.isFile()) return [await readOne(from, posix.normalize(to))];
  const files: ContextFile[] = [];
  const visit = async (below: string): Promise<void> => {
    for (const name of await readdir(join(from, below))) {
      const path = posix.join(below, name);
      if (neverInput.test(path) || ignore?.test(path)) continue;
      const found = await stat(join(from, path));
      if (found.isDirectory()) await visit(path);
      else if (found.isFile()) files.push(await readOne(join(from, path), posix.join(to, path)));
    }
  };
  await visit('');
  return files;
}

async function readOne(from: string, path: string): Promise<ContextFile> {
  const { mode } = await stat(from);
  return { path, content: await readFile(from), executable: (mode & 0o111) !== 0 };
}

/** Of a mode only "executable" counts, because the rest depends on the umask of whoever cloned the repository. */
export async function writeContext(folder: string, files: readonly ContextFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    const path = join(folder, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content);
    await chmod(path, file.executable ? 0o755 : 0o644);
  }
}

/** 16 hexadecimal digits of SHA-256 over texts and files; lengths are hashed too, so that no two lists look alike. */
export function contentHash(texts: readonly string[], files: readonly ContextFile[]): string {
  const hash = createHash('sha256');
  const add = (part: string | Uint8Array): void => {
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  };
  for (const text of texts) add(text);
  for (const file of files) {
    add(file.path);
    add(file.executable ? 'x' : '-');
    add(file.content);
  }
  return hash.digest('hex').slice(0, 16);
}
