import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Bundle } from '../core/bundle.ts';
import { GivreError } from '../core/errors.ts';
import { makeFolder } from '../core/folder.ts';
import { type BuildOptions, buildImage } from './build.ts';
import { docker } from './docker.ts';
import type { ImageSpec } from './plan.ts';

interface BundleOptions extends Pick<BuildOptions, 'signal' | 'progress'> {
  /** Default: `$XDG_CACHE_HOME/givre/bundles` or `~/.cache/givre/bundles`. */
  readonly cacheDir?: string | undefined;
  /** One that was used this recently stays: a run of another checkout may be about to upload it. Default 1 h. */
  readonly graceMs?: number | undefined;
}

/** In the cache: the one in use, and the one before a change. */
const KEPT = 2;
/** Half of what the best level saves, at hardly more than the time of the fastest. */
const COMPRESSION = 4;
const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };

/**
 * Builds the image of that name and exports it. The file is named after the image, so that it is made only once.
 *
 * @throws GivreError `E_BUNDLE_EXPORT`, and what `buildImage` throws; the signal's reason when aborted.
 */
export async function buildBundle(spec: ImageSpec, options: BundleOptions = {}): Promise<Bundle> {
  const { signal, progress } = options;
  const { tag, id } = await buildImage(spec, { signal, progress });
  const folder = options.cacheDir ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'givre', 'bundles');
  const path = join(folder, `${id.replace('sha256:', '')}.tar.gz`);
  await makeFolder(folder);
  if ((await stat(path).catch(() => undefined)) === undefined) {
    const began = performance.now();
    await exportImage(tag, path, signal);
    progress?.(`bundle packed in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  // Its time is that of its last use, by which old ones go.
  await utimes(path, new Date(), new Date());
  await pruneBundles(folder, options.graceMs ?? 3_600_000);
  const architecture = await docker(
    ['image', 'inspect', '--format', '{{.Architecture}}', tag],
    'asking for its architecture',
    { signal },
  );
  return { path, ...(await describe(path, signal)), architecture: ARCHITECTURES[architecture] ?? architecture };
}

/** Into a file beside it first: a half-written one must never get the name. */
async function exportImage(tag: string, path: string, signal: AbortSignal | undefined): Promise<void> {
  const unfinished = `${path}.${randomUUID()}`;
  // Never started, so the command need not exist. Not interrupted: its answer is what we remove it by.
  const container = await docker(['create', '--network', 'none', tag, 'none'], 'making a container to copy from', {});
  try {
    signal?.throwIfAborted();
    const child = spawn('docker', ['cp', `${container}:/opt/givre`, '-'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = child.stderr.setEncoding('utf8').toArray();
    const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 128)));
    try {
      await pipeline(child.stdout, createGzip({ level: COMPRESSION }), createWriteStream(unfinished), { signal });
    } catch (error) {
      child.kill();
      throw error;
    }
    if ((await exited) !== 0) throw exportFailure(tag, (await said).join('').trim());
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
    await docker(['rm', '--volumes', container], 'removing the container to copy from', {});
  }
}

function exportFailure(tag: string, said: string): GivreError {
  return new GivreError({
    code: 'E_BUNDLE_EXPORT',
    message: `the files of the image ${tag} cannot be taken out of it: ${said}`,
    hint: 'is the disk full? See: docker system df',
  });
}

async function describe(path: string, signal: AbortSignal | undefined): Promise<Omit<Bundle, 'path' | 'architecture'>> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, { signal });
  const { size } = await stat(path);
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes: size, unpackedBytes: await unpackedSize(path, size) };
}

/** The last four bytes of a gzip file, RFC 1952 section 2.3.1: right for anything below 4 GiB. */
async function unpackedSize(path: string, size: number): Promise<number> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, size - 4);
    return buffer.readUInt32LE();
  } finally {
    await file.close();
  }
}

/** Removes old bundles, and what a killed process left unfinished. */
async function pruneBundles(folder: string, graceMs: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      // Another process may have removed or renamed it meanwhile.
      const found = await stat(join(folder, name)).catch(() => undefined);
      return { name, finished: name.endsWith('.tar.gz'), usedMs: found?.mtimeMs ?? Date.now() };
    }),
  );
  const newestFirst = files.toSorted((a, b) => b.usedMs - a.usedMs);
  const kept = newestFirst.filter((file) => file.finished).slice(0, KEPT);
  for (const file of newestFirst) {
    if (kept.includes(file) || Date.now() - file.usedMs < graceMs) continue;
    await rm(join(folder, file.name), { force: true });
  }
}
