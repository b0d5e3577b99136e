import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { GivreError } from '../core/errors.ts';
import { makeFolder } from '../core/folder.ts';
import { lastLines, run } from '../core/subprocess.ts';
import { writeContext } from './context.ts';
import { buildCommand, docker, dockerFailure, imageId } from './docker.ts';
import { type ImageSpec, type PlannedImage, planImage } from './plan.ts';
import { pruneOldStages, pruneOldTags } from './prune.ts';

/** The name of a Dockerfile that is not among the inputs. */
const HIDDEN = '.givre.Dockerfile';

export interface BuildOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with one line for each step of a build; never called when there is nothing to build. */
  readonly progress?: ((line: string) => void) | undefined;
  /** For build logs and locks. Default: `$XDG_CACHE_HOME/givre/images` or `~/.cache/givre/images`. */
  readonly cacheDir?: string | undefined;
  /** For one image of the tree. Default: 30 minutes. */
  readonly timeoutMs?: number | undefined;
}

export interface BuiltImage {
  /** `givre/<name>:<content hash>` */
  readonly tag: string;
  /** The engine's id, `sha256:…`. */
  readonly id: string;
  /** Names of the images that this call built; empty when everything was there. */
  readonly built: readonly string[];
}

/**
 * Builds an image and the images of ours it starts from, each only where no image of the same content exists.
 * May be called at the same time from several places and processes: one builds, the others wait for it.
 *
 * @throws GivreError `E_IMAGE_BUILD` (exit code, end of the log, its path), `E_BASE_IMAGE`, `E_DOCKER_DOWN`;
 * the signal's reason when aborted.
 */
export async function buildImage(spec: ImageSpec, options: BuildOptions = {}): Promise<BuiltImage> {
  const built: string[] = [];
  const planned = await planImage(spec, options.signal);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const started = new Map<PlannedImage, Promise<string>>();
  const ensure = (image: PlannedImage): Promise<string> => {
    const running = started.get(image);
    if (running !== undefined) return running;
    const begun = ensureImage(image, { ...options, signal }, ensure, built);
    // The first failure ends the others; all are awaited, so that nothing still builds when this call has failed.
    begun.catch((error: unknown) => stop.abort(error));
    started.set(image, begun);
    return begun;
  };
  try {
    return { tag: planned.tag, id: await ensure(planned), built };
  } finally {
    await Promise.allSettled(started.values());
  }
}

async function ensureImage(
  image: PlannedImage,
  options: BuildOptions,
  ensure: (image: PlannedImage) => Promise<string>,
  built: string[],
): Promise<string> {
  // Tagging again renews the time that pruning goes by: the image was used just now. (BuildKit's own does not set it.)
  const touch = () => docker(['tag', image.tag, image.tag], `tagging ${image.tag}`, { signal: options.signal });
  const present = await imageId(image.tag, options.signal);
  if (present !== undefined) {
    await touch();
    return present;
  }
  await Promise.all(image.parents.map(ensure));
  if (await buildOne(image, options)) built.push(image.name);
  const id = await imageId(image.tag, options.signal);
  if (id === undefined) {
    throw new GivreError({
      code: 'E_IMAGE_BUILD',
      message: `the build of ${image.tag} succeeded, but the image is not there`,
      hint: 'is something else removing images? Run the command again',
    });
  }
  await touch();
  await pruneOldTags(image.name, { keepTag: image.tag, signal: options.signal });
  await pruneOldStages(image.name, { signal: options.signal });
  return id;
}

/** True when this call built it, false when another process had done so while we waited for its lock. */
async function buildOne(image: PlannedImage, options: BuildOptions): Promise<boolean> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  await makeFolder(join(cacheDir, 'locks'));
  const work = await mkdtemp(join(tmpdir(), `givre-image-${process.pid}-`));
  const lines: string[] = [];
  try {
    const context = join(work, 'context');
    await writeContext(context, image.files);
    const dockerfile = await placeDockerfile(context, image);
    const { argv, buildKit } = await buildCommand(options.signal);
    const lock = join(cacheDir, 'locks', image.name);
    const result = await run(
      [...lockedUnlessPresent(lock, image.tag), ...argv, ...buildArguments(image, dockerfile), context],
      {
        signal: options.signal,
        timeoutMs: options.timeoutMs ?? 30 * 60_000,
        env: { DOCKER_BUILDKIT: buildKit ? '1' : '0' },
        onLine: (line) => {
          lines.push(line);
          if (/^Step \d|^#\d+ \[/.test(line)) options.progress?.(`image ${image.name}: ${line}`);
        },
      },
    );
    if (result.exitCode === 0) return lines.length > 0;
    if (dockerFailure(result, '').code === 'E_DOCKER_DOWN') throw dockerFailure(result, '');
    throw new GivreError({
      code: 'E_IMAGE_BUILD',
      message: `the image "${image.name}" does not build: exit code ${result.exitCode}\n${lastLines(lines.join('\n'), 15)}`,
      hint: `the whole log: ${join(cacheDir, `${image.name}.log`)}`,
    });
  } finally {
    if (lines.length > 0) await keepLog(cacheDir, image.name, lines);
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * The kernel drops the lock with its last holder, however that ends. `--no-fork`: the build takes flock's own place,
 * so that a signal meant for it does not stop at a wrapper.
 */
function lockedUnlessPresent(lock: string, tag: string): readonly string[] {
  const script = 'docker image inspect "$1" >/dev/null 2>&1 && exit 0; shift; exec "$@"';
  return ['flock', '--no-fork', lock, 'sh', '-c', script, 'sh', tag];
}

/**
 * The path of the Dockerfile, which lies in the context: for one outside of it, docker's client would send a file of a
 * random name, and write that name into `.dockerignore`, where it makes every `COPY . .` a new one. One that is among the
 * inputs is left in its place, as in `docker build FOLDER`; for any other, `COPY . .` means the inputs and nothing else.
 */
async function placeDockerfile(context: string, { dockerfile, files }: PlannedImage): Promise<string> {
  const own = files.find(({ path }) => path === 'Dockerfile');
  if (own?.kind !== 'link' && own !== undefined && Buffer.compare(own.content, dockerfile) === 0)
    return join(context, 'Dockerfile');
  const path = join(context, HIDDEN);
  await writeFile(path, dockerfile);
  // What comes last stands, whatever exceptions are written above.
  await appendFile(join(context, '.dockerignore'), `\n.dockerignore\n${HIDDEN}\n`);
  return path;
}

function buildArguments(image: PlannedImage, dockerfile: string): readonly string[] {
  const args = Object.entries(image.buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  return ['--file', dockerfile, '--tag', image.tag, '--label', `givre.image=${image.name}`, ...args];
}

/** One log a name; written beside and renamed, because two runs may end at once. */
async function keepLog(cacheDir: string, name: string, lines: readonly string[]): Promise<void> {
  const path = join(cacheDir, `${name}.log`);
  await writeFile(`${path}.${process.pid}`, `${lines.join('\n')}\n`);
  await rename(`${path}.${process.pid}`, path);
}

export function defaultCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'givre', 'images');
}
