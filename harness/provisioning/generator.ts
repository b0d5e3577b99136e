import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../core/host.ts';
import { repositoryRoot } from '../core/paths.ts';
import type { Progress } from '../core/platform.ts';
import type { ImageCatalog } from '../images/catalog.ts';
import { programFromImage } from '../images/copy.ts';
import type { K6Program } from '../planning/users-k6.ts';
import type { Machine } from './machines.ts';

interface Work {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** On the machine under test: k6, its scripts, and the server of known times (`truth`). */
export const LOAD_FOLDER = '/opt/givre/load';
const SCRIPTS = join(repositoryRoot, 'scenarios/k6');

/** The server of known times; on the machine under test it takes callbacks, and logs when each came. */
export function obtainTruth(catalog: ImageCatalog, work: Work): Promise<string> {
  return programFromImage(catalog.truth, '/opt/givre/bin/givre-truth', work);
}

/** Puts generator and scripts onto the machine: load comes from there, so that no tunnel or link is measured along with it. */
export async function deliverGenerator(
  k6: K6Program,
  truth: string,
  { host }: Machine,
  signal: AbortSignal,
): Promise<void> {
  await host.upload(truth, join(LOAD_FOLDER, 'truth'), 0o755, signal);
  await deliverK6(k6, host, LOAD_FOLDER, signal);
}

export async function deliverK6(
  k6: K6Program,
  host: Pick<Host, 'upload'>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await host.upload(k6.path, join(folder, 'k6'), 0o755, signal);
  for (const script of await readdir(SCRIPTS)) {
    await host.upload(join(SCRIPTS, script), join(folder, script), 0o644, signal);
  }
}
