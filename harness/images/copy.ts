import { access, chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../core/folder.ts';
import { runOrFail } from '../core/subprocess.ts';
import { type BuildOptions, buildImage, defaultCacheDir } from './build.ts';
import type { ImageSpec } from './plan.ts';

/** Copies one file out of an image, which need not be able to run. */
export async function copyFromImage(image: string, path: string, to: string, signal?: AbortSignal): Promise<void> {
  const options = { signal, timeoutMs: 120_000 };
  const created = await runOrFail(['docker', 'create', image, 'none'], 'making a container to copy from', options);
  const id = created.stdout.trim();
  try {
    await runOrFail(['docker', 'cp', '-q', `${id}:${path}`, to], `copying ${path} out of ${image}`, options);
  } finally {
    await runOrFail(['docker', 'rm', '-v', id], 'removing the container to copy from', { timeoutMs: 120_000 });
  }
}

/**
 * Path of a program of ours that is to run on this machine: built in its image, copied out of it once per content.
 *
 * @throws GivreError as `buildImage`
 */
export async function programFromImage(spec: ImageSpec, path: string, options: BuildOptions = {}): Promise<string> {
  const { tag } = await buildImage(spec, options);
  const folder = join(options.cacheDir ?? defaultCacheDir(), 'programs');
  const kept = join(folder, tag.replaceAll(/[^A-Za-z0-9.-]/g, '-'));
  if (await exists(kept)) return kept;
  await makeFolder(folder);
  // Beside it and renamed: two runs at once must not see half a program.
  const beside = `${kept}.${process.pid}`;
  try {
    await copyFromImage(tag, path, beside, options.signal);
    await chmod(beside, 0o755);
    await rename(beside, kept);
  } finally {
    await rm(beside, { force: true });
  }
  return kept;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
