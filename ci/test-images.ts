import { resolve } from 'node:path';
import { readStack } from '../harness/functions/stack.ts';
import { buildFunction } from '../harness/functions/build.ts';
import { buildImage } from '../harness/images/build.ts';
import { imageCatalog } from '../harness/images/catalog.ts';
import { pins } from '../harness/platforms/pins.ts';

/** Runs once before all tests: builds every image that they need, so that no test's deadline covers a compiler. */
export async function setup(): Promise<void> {
  const root = resolve(import.meta.dirname, '..');
  const { gateway, queueWorker } = pins;
  const catalog = await imageCatalog({ root, gateway, queueWorker });
  const progress = (line: string): void => console.log(line);
  const names = ['builder', 'machine', 'floor', 'gateway', 'queueWorker', 'natsStreaming', 'prometheus'] as const;
  for (const name of names) await buildImage(catalog[name], { progress });
  for (const family of ['rust-functions', 'peer-functions']) {
    const { functions } = await readStack(resolve(root, family, 'stack.yaml'));
    for (const fn of functions) await buildFunction(fn, { builder: catalog.builder, progress });
  }
}
