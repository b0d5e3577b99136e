import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { messageOf, systemCode, usageError } from '../core/errors.ts';

/** What a file says, every scalar still a text: a password `0123` is not a number. Null is what YAML calls so: `~`. */
export type Tree = string | null | readonly Tree[] | TreeMap;
export interface TreeMap {
  readonly [key: string]: Tree;
}

const treeSchema: z.ZodType<Tree> = z.lazy(() => z.union([z.string(), z.null(), z.array(treeSchema), treeMapSchema]));
const treeMapSchema: z.ZodType<TreeMap> = z.record(z.string(), treeSchema);
const cloudMap = z.record(z.string(), treeMapSchema);
const cloudsSchema = z.looseObject({ clouds: cloudMap });
const publicSchema = z.looseObject({ 'public-clouds': cloudMap });

/** What the files say before anything is chosen; keys inside a cloud have `_` for `-`. */
export interface CloudFiles {
  /** Absolute path of the clouds file; undefined when there is none. */
  readonly path: string | undefined;
  /** Entries by name, those of `secure.yaml` laid over. */
  readonly clouds: ReadonlyMap<string, TreeMap>;
  /** Entries of `clouds-public.yaml`. */
  readonly profiles: ReadonlyMap<string, TreeMap>;
  /** Folders that were searched, for messages. */
  readonly searched: readonly string[];
}

/**
 * Reads `clouds`, `secure` and `clouds-public` (`.yaml`, `.yml`, `.json`), each searched by itself, the first one found
 * wins: `OS_CLIENT_CONFIG_FILE`/`OS_CLIENT_SECURE_FILE`, the working directory, the user's configuration folder,
 * `~/.config/openstack`, `/etc/xdg/openstack`, `/etc/openstack`. As openstacksdk does, but a file named by a variable has to be there.
 *
 * @throws GivreError, exit code 2: `E_CLOUDS_UNREADABLE`, `E_CLOUDS_YAML`, `E_CLOUDS_SHAPE`.
 */
export async function readCloudFiles(env: NodeJS.ProcessEnv, cwd: string): Promise<CloudFiles> {
  const searched = searchPath(env, cwd);
  const [clouds, secure, publicClouds] = await Promise.all([
    findFile('clouds', env.OS_CLIENT_CONFIG_FILE, searched, cwd),
    findFile('secure', env.OS_CLIENT_SECURE_FILE, searched, cwd),
    findFile('clouds-public', undefined, searched, cwd),
  ]);
  const entries = clouds === undefined ? {} : parseFile(clouds, cloudsSchema, 'a map "clouds"').clouds;
  const secrets = secure === undefined ? {} : parseFile(secure, cloudsSchema, 'a map "clouds"').clouds;
  const profiles =
    publicClouds === undefined ? {} : parseFile(publicClouds, publicSchema, 'a map "public-clouds"')['public-clouds'];
  const names = [...new Set([...Object.keys(entries), ...Object.keys(secrets)])];
  const merged = names.map((name) => {
    const entry = mergeTrees(withUnderscores(entries[name] ?? {}), withUnderscores(secrets[name] ?? {}));
    return [name, entry] as const;
  });
  return {
    path: clouds?.path,
    clouds: new Map(merged),
    profiles: new Map(Object.entries(profiles).map(([name, entry]) => [name, withUnderscores(entry)])),
    searched,
  };
}

/** `over` laid over `base`, maps key by key, everything else as a whole. */
export function mergeTrees(base: TreeMap, over: TreeMap): TreeMap {
  const merged: Record<string, Tree> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMap(below) && isMap(value) ? mergeTrees(below, value) : value;
  }
  return merged;
}

export function isMap(tree: Tree | undefined): tree is TreeMap {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree);
}

function searchPath(env: NodeJS.ProcessEnv, cwd: string): readonly string[] {
  const home = env.HOME ?? homedir();
  const configHome = env.XDG_CONFIG_HOME || join(home, '.config');
  const siteHomes = (env.XDG_CONFIG_DIRS || '/etc/xdg').split(':').filter((folder) => folder !== '');
  const homes = [configHome, join(home, '.config'), ...siteHomes, '/etc'].map((folder) => join(folder, 'openstack'));
  return [...new Set([resolve(cwd), ...homes])];
}

interface FoundFile {
  readonly path: string;
  readonly text: string;
}

async function findFile(
  stem: string,
  named: string | undefined,
  folders: readonly string[],
  cwd: string,
): Promise<FoundFile | undefined> {
  if (named !== undefined && named !== '') {
    const path = resolve(cwd, named);
    const text = await readText(path);
    if (text === undefined) throw usageError('E_CLOUDS_UNREADABLE', `${path}, named by a variable, does not exist`);
    return { path, text };
  }
  for (const folder of folders) {
    for (const extension of ['yaml', 'yml', 'json']) {
      const path = join(folder, `${stem}.${extension}`);
      const text = await readText(path);
      if (text !== undefined) return { path, text };
    }
  }
  return undefined;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw usageError('E_CLOUDS_UNREADABLE', `${path} cannot be read: ${messageOf(error)}`);
  }
}

const SECOND_DOCUMENT = 'a second document begins (---), and only one can be meant';

/** JSON is read as the YAML that it is. Nothing of the file's content gets into a message: it holds passwords. */
function parseFile<T>({ path, text }: FoundFile, schema: z.ZodType<T>, expected: string): T {
  const lineCounter = new LineCounter();
  const schemaOptions = { schema: 'failsafe', customTags: ['null' as const], merge: true };
  const document = parseDocument(text, { ...schemaOptions, lineCounter, prettyErrors: false });
  // A warning is a text that begins with ! and was taken for a tag: it would be lost.
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    const what = error.code === 'MULTIPLE_DOCS' ? SECOND_DOCUMENT : (error.message.split(':')[0] ?? error.code);
    throw usageError('E_CLOUDS_YAML', `${path}, line ${line}, column ${col}: ${what}`, 'mind indentation and quotes');
  }
  const result = schema.safeParse(toPlain(path, () => document.toJS()));
  if (result.success) return result.data;
  const at = result.error.issues[0]?.path.join('.') ?? '';
  throw usageError('E_CLOUDS_SHAPE', `${path}: expected ${expected}${at === '' ? '' : `; wrong at "${at}"`}`);
}

function toPlain(path: string, convert: () => unknown): unknown {
  try {
    return convert();
  } catch {
    const hint = 'a text that begins with * has to be in quotes';
    throw usageError('E_CLOUDS_YAML', `${path}: an alias (*name) has no anchor (&name) before it`, hint);
  }
}

function withUnderscores(tree: TreeMap): TreeMap {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [
      key.replaceAll('-', '_'),
      isMap(value) ? withUnderscores(value) : value,
    ]),
  );
}
