import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { readRegularFile } from '../core/bounded-file.ts';
import { messageOf, usageError } from '../core/errors.ts';

/** What a build may see: one file, everything below one folder, or a text made up on the spot. */
export type ImageInput =
  | {
      /** Absolute path of a file or folder. */
      readonly from: string;
      /** Path inside the build context, `/`-separated; `.` for its root. */
      readonly to: string;
      /** Tested against each path below `from`; what matches neither reaches the build nor counts in its name. */
      readonly ignore?: RegExp;
      /** A folder of the user's: of what tools leave behind only `.git` is no input. Without it none of that is. */
      readonly whole?: boolean;
    }
  | { readonly content: string; readonly to: string };

/** One file of a build context, read once: what is hashed is what is built. */
export interface ContextFile {
  readonly path: string;
  /** Of a link: where it leads. */
  readonly content: Uint8Array;
  readonly kind: 'plain' | 'executable' | 'link';
}

const NO_INPUT = /(^|\/)(node_modules|target|\.git)(\/|$)/;
const HISTORY = /(^|\/)\.git(\/|$)/;
/** All of a context is held in memory. */
const LARGEST_BYTES = 2 ** 30;

/**
 * Reads all inputs into memory, sorted by path; of two for one path the later counts. Links stay links, except `from`
 * itself: what they lead to on this machine is no input. Empty folders, devices, pipes and sockets are dropped.
 *
 * @throws GivreError (usage) `E_CONTEXT_SIZE` for more than 1 GiB, `E_CONTEXT_LINK`.
 */
export async function readInputs(inputs: readonly ImageInput[]): Promise<readonly ContextFile[]> {
  const files = new Map<string, ContextFile>();
  const room = { bytes: LARGEST_BYTES };
  for (const input of inputs) {
    const read =
      'content' in input
        ? [{ path: posix.normalize(input.to), content: Buffer.from(input.content), kind: 'plain' as const }]
        : await readTree(input, room);
    for (const file of read) files.set(file.path, file);
  }
  // A folder in the place of a link is that folder.
  const folders = new Set([...files.keys()].flatMap(foldersAbove));
  return [...files.values()]
    .filter(({ kind, path }) => kind !== 'link' || !folders.has(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

interface Room {
  bytes: number;
}

interface Tree {
  readonly from: string;
  readonly to: string;
  readonly ignore?: RegExp | undefined;
  readonly whole?: boolean | undefined;
}

async function readTree({ from, to, ignore, whole = false }: Tree, room: Room): Promise<readonly ContextFile[]> {
  const top = await stat(from);
  if (top.isFile()) return [await readOne(from, posix.normalize(to), room)];
  const never = whole ? HISTORY : NO_INPUT;
  const files: ContextFile[] = [];
  const visit = async (below: string): Promise<void> => {
    for (const name of await readdir(join(from, below))) {
      const path = posix.join(below, name);
      if (never.test(path) || ignore?.test(path)) continue;
      const found = await lstat(join(from, path));
      const placed = posix.join(to, path);
      if (found.isDirectory()) await visit(path);
      else if (found.isFile()) files.push(await readOne(join(from, path), placed, room));
      else if (found.isSymbolicLink()) files.push(await readLink(from, path, placed));
    }
  };
  await visit('');
  return files;
}

async function readOne(from: string, path: string, room: Room): Promise<ContextFile> {
  const { mode, size } = await stat(from);
  room.bytes -= size;
  if (room.bytes < 0) {
    const message = `what is to be sent to the build has more than ${LARGEST_BYTES / 2 ** 20} MiB, with ${from}`;
    throw usageError('E_CONTEXT_SIZE', message, 'name in .dockerignore what the image does not need');
  }
  return { path, content: await readFile(from), kind: (mode & 0o111) !== 0 ? 'executable' : 'plain' };
}

/** Docker's client itself reads `.dockerignore`, and we write to it: there no link can stay. */
async function readLink(folder: string, path: string, placed: string): Promise<ContextFile> {
  const from = join(folder, path);
  if (placed !== '.dockerignore') return { path: placed, content: Buffer.from(await readlink(from)), kind: 'link' };
  try {
    const content = await readRegularFile(from, { limitBytes: 2 ** 20, within: folder });
    return { path: placed, content, kind: 'plain' };
  } catch (error) {
    throw usageError('E_CONTEXT_LINK', `the link ${from}: ${messageOf(error)}`, 'put a file in its place');
  }
}

/** Of a mode only "executable" counts, because the rest depends on the umask of whoever cloned the repository. */
export async function writeContext(folder: string, files: readonly ContextFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Links last: nothing is written through them.
  const ordered = [...files.filter(({ kind }) => kind !== 'link'), ...files.filter(({ kind }) => kind === 'link')];
  for (const { path, content, kind } of ordered) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    if (kind === 'link') {
      await symlink(Buffer.from(content).toString(), target);
      continue;
    }
    await writeFile(target, content);
    await chmod(target, kind === 'executable' ? 0o755 : 0o644);
  }
}

const MARKS = { plain: '-', executable: 'x', link: 'l' } as const;

/** 16 hexadecimal digits of SHA-256 over texts and files; lengths are hashed too, so that no two lists look alike. */
export function contentHash(texts: readonly string[], files: readonly ContextFile[]): string {
  const hash = createHash('sha256');
  const add = (part: string | Uint8Array): void => {
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  };
  for (const text of texts) add(text);
  for (const file of files) {
    add(file.path);
    add(MARKS[file.kind]);
    add(file.content);
  }
  return hash.digest('hex').slice(0, 16);
}
