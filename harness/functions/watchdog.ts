import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GivreError, usageError } from '../core/errors.ts';
import { partsOf } from '../core/lists.ts';
import { suggestion } from '../core/near-miss.ts';
import { repositoryRoot } from '../core/paths.ts';
import { requireProgram } from '../core/program-file.ts';
import type { ImageSpec } from '../images/plan.ts';
import { extrasOf, type WatchdogKind, watchdogKinds } from './deployment.ts';
import { readHandlerFile } from './handler-file.ts';
import type { StackFunction } from './stack.ts';

/** Absolute paths of the watchdogs' binaries, as far as the user has named any. */
export type Watchdogs = Readonly<Partial<Record<WatchdogKind, string>>>;

const watchdogNames: Readonly<Record<WatchdogKind, string>> = { of: 'of-watchdog', classic: 'classic-watchdog' };

const VARIABLES: Readonly<Record<WatchdogKind, string>> = {
  of: 'GIVRE_OF_WATCHDOG',
  classic: 'GIVRE_CLASSIC_WATCHDOG',
};

/**
 * @param words `of=PATH,classic=PATH`, one or both; what they do not name is looked up in the environment.
 * @throws GivreError `E_WATCHDOG`, exit code 2.
 */
export async function parseWatchdogs(words: string | undefined, environment: NodeJS.ProcessEnv): Promise<Watchdogs> {
  const found: Partial<Record<WatchdogKind, string>> = {};
  for (const kind of watchdogKinds) {
    const path = environment[VARIABLES[kind]];
    if (path !== undefined && path !== '') found[kind] = path;
  }
  for (const word of words === undefined ? [] : partsOf(words, '--watchdog')) {
    const [name = '', path = ''] = word.split(/=(.*)/s);
    const kind = watchdogKinds.find((it) => it === name);
    if (kind === undefined || path === '') {
      const near = kind === undefined ? `${suggestion(name, watchdogKinds)}; ` : '';
      throw usageError(
        'E_WATCHDOG',
        `--watchdog takes no "${word}"`,
        `${near}write of=PATH, classic=PATH, or both with a comma`,
      );
    }
    found[kind] = path;
  }
  const named: Partial<Record<WatchdogKind, string>> = {};
  for (const kind of watchdogKinds) {
    const path = found[kind];
    if (path !== undefined) named[kind] = await programAt(path, kind);
  }
  return named;
}

async function programAt(path: string, kind: WatchdogKind): Promise<string> {
  const absolute = resolve(path);
  const hint = `name a static binary of ${watchdogNames[kind]} for the functions' processor`;
  await requireProgram(absolute, { code: 'E_WATCHDOG', hint });
  return absolute;
}

/** An image like upstream's, whose only file is `/fwatchdog`. */
export function watchdogImage(kind: WatchdogKind, path: string): ImageSpec {
  return {
    name: `watchdog-${kind}`,
    dockerfile: join(repositoryRoot, 'ci/images/watchdog/Dockerfile'),
    inputs: [{ from: path, to: 'fwatchdog' }],
    bases: {},
  };
}

/**
 * Which watchdog a function's image has: the digest of the binary that the user has named, or the name of the image that
 * its Dockerfile takes it from. Null where there is none, or where that cannot be told.
 */
export async function watchdogSource(fn: StackFunction, watchdogs: Watchdogs): Promise<string | null> {
  const { watchdog: kind } = extrasOf(fn);
  if (kind === undefined || fn.skipBuild || fn.handlerDir === undefined) return null;
  if (fn.buildArgs.WATCHDOG !== undefined) return fn.buildArgs.WATCHDOG;
  const path = watchdogs[kind];
  if (path !== undefined) {
    const digest = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    return `${watchdogNames[kind]}, sha256:${digest}`;
  }
  const dockerfile = await readHandlerFile(fn.handlerDir, 'Dockerfile');
  return /^ARG\s+WATCHDOG=["']?([^\s"']+)/im.exec(dockerfile)?.[1] ?? null;
}

/** Docker's words for a base image that no registry has, or whose registry does not answer. */
const NOT_PULLED =
  /lookup .*no such host|pull access denied|manifest .*unknown|dial tcp|i\/o timeout|TLS handshake|EOF$/m;

/**
 * Why a function that runs behind a watchdog cannot be had here, when the build of its own image (not that of one which
 * it starts from) ended because the watchdog's cannot be pulled; undefined for every other failure.
 */
export function missingWatchdog(kind: WatchdogKind | undefined, image: string, failure: unknown): string | undefined {
  if (kind === undefined || !(failure instanceof GivreError)) return undefined;
  const own = failure.code === 'E_IMAGE_BUILD' && failure.message.startsWith(`the image "${image}" does not build`);
  if (!own && failure.code !== 'E_IMAGE_PULL') return undefined;
  const why = failure.message.split('\n').find((line) => NOT_PULLED.test(line));
  return why === undefined ? undefined : `needs ${watchdogNames[kind]}, which cannot be had: ${why.trim()}`;
}
