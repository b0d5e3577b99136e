import { run } from '../core/subprocess.ts';
import { createdAtMs, docker, lastTaggedMs } from './docker.ts';

export interface PruneOptions {
  /** Never removed, whatever its age. */
  readonly keepTag: string;
  /** How many of a name stay, newest first. Default 2: the one in use and the one before a change. */
  readonly keep?: number;
  /** A tag that somebody used this recently stays: a run of another checkout may be about to start it. Default 1 h. */
  readonly graceMs?: number;
  readonly nowMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Removes old tags of one image of ours, except those that a container uses. Returns the tags removed. */
export async function pruneOldTags(name: string, options: PruneOptions): Promise<readonly string[]> {
  const { keepTag, keep = 2, graceMs = 3_600_000, nowMs = Date.now(), signal } = options;
  const filters = ['--filter', `reference=givre/${name}:*`, '--filter', `label=givre.image=${name}`];
  const args = ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', ...filters];
  const listed = await docker(args, `listing the images givre/${name}`, { signal });
  const found: { tag: string; usedMs: number }[] = [];
  for (const tag of listed.split('\n').filter((line) => line !== '' && line !== keepTag)) {
    // A tag that another run has removed in the meantime needs no pruning.
    const usedMs = await lastTaggedMs(tag, signal).catch(() => undefined);
    if (usedMs !== undefined) found.push({ tag, usedMs });
  }
  const old = found.sort((a, b) => b.usedMs - a.usedMs).slice(Math.max(0, keep - 1));
  const removed: string[] = [];
  for (const { tag } of old.filter(({ usedMs }) => nowMs - usedMs > graceMs)) {
    // Without --force the engine refuses what a container uses; that one goes after a later build.
    const result = await run(['docker', 'image', 'rm', tag], { signal, timeoutMs: 60_000 });
    if (result.exitCode === 0) removed.push(tag);
  }
  return removed;
}

/**
 * Removes old build stages of one image of ours: the classic builder keeps each as an image without a name, some
 * hundred MB for each change of a source. The newest ones stay, because they are the layer cache. A Dockerfile takes
 * part by ending its stages with `LABEL givre.stage=<name>`. Returns the ids removed.
 */
export async function pruneOldStages(name: string, options: Omit<PruneOptions, 'keepTag'>): Promise<readonly string[]> {
  const { keep = 2, graceMs = 3_600_000, nowMs = Date.now(), signal } = options;
  const filters = ['--filter', 'dangling=true', '--filter', `label=givre.stage=${name}`];
  const listed = await docker(['image', 'ls', '--quiet', ...filters], `listing the stages of ${name}`, { signal });
  const found: { id: string; createdMs: number }[] = [];
  for (const id of listed.split('\n').filter((line) => line !== '')) {
    const createdMs = await createdAtMs(id, signal).catch(() => undefined);
    if (createdMs !== undefined) found.push({ id, createdMs });
  }
  const old = found.sort((a, b) => b.createdMs - a.createdMs).slice(keep);
  const removed: string[] = [];
  for (const { id } of old.filter(({ createdMs }) => nowMs - createdMs > graceMs)) {
    const result = await run(['docker', 'image', 'rm', id], { signal, timeoutMs: 60_000 });
    if (result.exitCode === 0) removed.push(id);
  }
  return removed;
}
