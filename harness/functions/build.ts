import { dirname, join, relative } from 'node:path';
import { GivreError, messageOf, usageError } from '../core/errors.ts';
import { lastLines, run } from '../core/subprocess.ts';
import { type BuildOptions, buildImage } from '../images/build.ts';
import { imageId } from '../images/docker.ts';
import type { ImageSpec } from '../images/plan.ts';
import { buildInputs } from './build-inputs.ts';
import { extrasOf } from './deployment.ts';
import { readHandlerFile } from './handler-file.ts';
import type { StackFunction } from './stack.ts';
import { foundFromHere } from './stack-files.ts';
import { type Watchdogs, watchdogImage } from './watchdog.ts';

export interface FunctionBuildOptions extends BuildOptions {
  /** Stands in for a Dockerfile's `ARG BUILDER`: our image with compilers, which knows the host's CA bundle. */
  readonly builder: ImageSpec | string;
  /** Stands in for `ARG WATCHDOG` of functions with the label `dev.givre/watchdog`, where the user names a binary. */
  readonly watchdogs?: Watchdogs | undefined;
}

export interface BuiltFunction {
  /** The engine's id of the image, `sha256:…`. */
  readonly id: string;
  /** False when an image of the same content was there already. */
  readonly built: boolean;
}

const pullTimeoutMs = 10 * 60_000;

/**
 * Gets a function's image into the local engine: built from `handler/Dockerfile` (`lang: dockerfile`), or, with
 * `skip_build` or without a handler, taken as published, pulled only where it is absent.
 *
 * @throws GivreError `E_FUNCTION_LANG`, `E_FUNCTION_DOCKERFILE`, `E_STACK_PATH` (exit code 2), `E_IMAGE_BUILD`,
 * `E_IMAGE_PULL`, `E_DOCKER_DOWN`; the signal's reason when aborted.
 */
export async function buildFunction(fn: StackFunction, options: FunctionBuildOptions): Promise<BuiltFunction> {
  const { handlerDir, lang } = fn;
  if (fn.skipBuild || handlerDir === undefined) return publishedImage(fn, options);
  if (lang !== 'dockerfile') throw unknownLang(fn);
  const { id, built } = await buildImage(await imageSpecOf(fn, handlerDir, options), options);
  return { id, built: built.includes(imageName(fn)) };
}

/**
 * Whether there is something to build a function from, as far as that can be told without an engine.
 *
 * @throws GivreError, exit code 2: `E_FUNCTION_LANG`, `E_FUNCTION_DOCKERFILE`, `E_STACK_PATH`
 */
export async function checkBuild(fn: StackFunction): Promise<void> {
  const { handlerDir, lang } = fn;
  if (fn.skipBuild || handlerDir === undefined) return;
  if (lang !== 'dockerfile') throw unknownLang(fn);
  await readDockerfile(fn, handlerDir);
  await buildInputs(fn, handlerDir);
  for (const base of Object.values(fn.bases)) if (base.lang === 'dockerfile') await checkBuild(base);
}

/** Equal for functions that come from one build: the same image by the same recipe. */
export function buildKey({ image, lang, handlerDir, copy, buildArgs, skipBuild }: StackFunction): string {
  return JSON.stringify([image, lang, handlerDir, copy, Object.entries(buildArgs).sort(), skipBuild]);
}

async function imageSpecOf(fn: StackFunction, handlerDir: string, options: FunctionBuildOptions): Promise<ImageSpec> {
  const dockerfile = join(handlerDir, 'Dockerfile');
  const bases = {
    ...(await localBases(await readDockerfile(fn, handlerDir), fn, options)),
    ...(await otherFunctions(fn, options)),
  };
  const inputs = await buildInputs(fn, handlerDir);
  return { name: imageName(fn), dockerfile, inputs, buildArgs: fn.buildArgs, bases };
}

/** Of a base that somebody else builds the name is all there is to know: it stays a build argument. */
async function otherFunctions(fn: StackFunction, options: FunctionBuildOptions): Promise<Record<string, ImageSpec>> {
  const specs: Record<string, ImageSpec> = {};
  for (const [argument, base] of Object.entries(fn.bases)) {
    if (base.skipBuild || base.handlerDir === undefined || base.lang !== 'dockerfile') continue;
    specs[argument] = await imageSpecOf(base, base.handlerDir, options);
  }
  return specs;
}

/**
 * The Dockerfile's `ARG NAME=image` before its first FROM. An image that the engine has counts in the content hash;
 * one that it does not have is left to the build, which pulls it.
 */
async function localBases(
  dockerfile: string,
  fn: StackFunction,
  { builder, signal, watchdogs }: FunctionBuildOptions,
): Promise<Record<string, ImageSpec | string>> {
  const [head = ''] = dockerfile.split(/^\s*FROM\s/im, 1);
  const bases: Record<string, ImageSpec | string> = {};
  const watchdog = namedWatchdog(fn, watchdogs);
  for (const [, name = '', image = ''] of head.matchAll(/^\s*ARG\s+(\w+)(?:=["']?([^\s"']+))?/gim)) {
    // What the stack file itself says stands.
    if (name in fn.buildArgs) continue;
    if (name === 'BUILDER') bases[name] = builder;
    else if (name === 'WATCHDOG' && watchdog !== undefined) bases[name] = watchdog;
    else if (usedAsBase(dockerfile, name) && (await imageId(image, signal)) !== undefined) bases[name] = image;
  }
  return bases;
}

function namedWatchdog(fn: StackFunction, watchdogs: Watchdogs | undefined): ImageSpec | undefined {
  const { watchdog: kind } = extrasOf(fn);
  const path = kind === undefined ? undefined : watchdogs?.[kind];
  return kind === undefined || path === undefined ? undefined : watchdogImage(kind, path);
}

function usedAsBase(dockerfile: string, argument: string): boolean {
  return new RegExp(`^\\s*FROM\\s+\\$\\{?${argument}\\b\\}?(\\s|$)`, 'im').test(dockerfile);
}

async function readDockerfile(fn: StackFunction, handlerDir: string): Promise<string> {
  try {
    return await readHandlerFile(handlerDir, 'Dockerfile');
  } catch (error) {
    const path = join(handlerDir, 'Dockerfile');
    const elsewhere = await foundFromHere(fn.stackPath, relative(dirname(fn.stackPath), path));
    throw new GivreError({
      code: 'E_FUNCTION_DOCKERFILE',
      message: `${fn.stackPath}: functions.${fn.name}.handler: there is no readable ${path}: ${messageOf(error)}`,
      hint:
        elsewhere ??
        '`lang: dockerfile` means a Dockerfile in the handler folder; for a published image set skip_build: true',
      exitCode: 2,
      cause: error,
    });
  }
}

async function publishedImage(fn: StackFunction, { signal, progress }: FunctionBuildOptions): Promise<BuiltFunction> {
  const present = await imageId(fn.image, signal);
  if (present !== undefined) return { id: present, built: false };
  progress?.(`pulling ${fn.image}`);
  const result = await run(['docker', 'pull', '--quiet', fn.image], { signal, timeoutMs: pullTimeoutMs });
  const pulled = result.exitCode === 0 ? await imageId(fn.image, signal) : undefined;
  if (pulled !== undefined) return { id: pulled, built: false };
  throw new GivreError({
    code: 'E_IMAGE_PULL',
    message: `${fn.stackPath}: functions.${fn.name}.image: cannot pull ${fn.image}: ${lastLines(result.stderr, 3)}`,
    hint: `is the name right, and its registry reachable? \`docker load\` brings in an image without one`,
  });
}

function unknownLang(fn: StackFunction): GivreError {
  const lang = fn.lang === undefined ? 'has a handler but no lang' : `is "${fn.lang}", a template of faas-cli`;
  return usageError(
    'E_FUNCTION_LANG',
    `${fn.stackPath}: functions.${fn.name}.lang ${lang}; only "dockerfile" is built here`,
    `run \`faas-cli build -f ${fn.stackPath} --filter ${fn.name}\`, then set skip_build: true, and its image is used`,
  );
}

/**
 * By the image that the stack file names, so that functions which share one build it once. Prefixed, so that one called
 * "builder" is not mistaken for our own image of that name.
 */
export function imageName(fn: StackFunction): string {
  const path = fn.image.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  const last = path.split('/').at(-1) ?? '';
  return `function-${last.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
}
