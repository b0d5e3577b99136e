import { repositoryRoot } from '../core/paths.ts';
import { run } from '../core/subprocess.ts';
import { imageCatalog } from '../images/catalog.ts';
import { programFromImage } from '../images/copy.ts';
import { pins } from '../platforms/pins.ts';

/** Paths of k6 and of the server of known times on this machine, and k6's version; built where they are not there. */
export async function loadPrograms(): Promise<{
  readonly k6: string;
  readonly truth: string;
  readonly version: string;
}> {
  const { gateway, queueWorker } = pins;
  const catalog = await imageCatalog({ root: repositoryRoot, gateway, queueWorker });
  const k6 = process.env.GIVRE_K6_BINARY ?? (await programFromImage(catalog.k6, '/opt/givre/bin/k6'));
  const truth = process.env.GIVRE_TRUTH_BINARY ?? (await programFromImage(catalog.truth, '/opt/givre/bin/givre-truth'));
  const said = await run([k6, 'version']);
  return { k6, truth, version: /v(\d+\.\d+\.\d+)/.exec(said.stdout)?.[1] ?? 'unknown' };
}
