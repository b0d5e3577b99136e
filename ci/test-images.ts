import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { repositoryRoot } from '../harness/core/paths.ts';
import { sideBySide } from '../harness/core/settle.ts';
import { buildFunction, buildKey } from '../harness/functions/build.ts';
import { extrasOf } from '../harness/functions/deployment.ts';
import { readStack } from '../harness/functions/stack.ts';
import { type BuildOptions, buildImage } from '../harness/images/build.ts';
import { buildBundle } from '../harness/images/bundle.ts';
import { type ImageCatalog, imageCatalog } from '../harness/images/catalog.ts';
import { copyFromImage } from '../harness/images/copy.ts';
import { pins } from '../harness/platforms/pins.ts';
import { rememberAsTried } from '../harness/runs/calibrated.fixture.ts';
import { sshdImage } from '../harness/ssh/sshd.fixture.ts';
import { stockMachineSpec } from '../harness/targets/stock-machine.fixture.ts';

/**
 * Runs once before all tests: builds every image that they need, so that no test's deadline covers a compiler, takes the
 * agent's program out of its image for the tests that start it as a process of this machine, and gives them a state folder
 * of their own.
 */
export async function setup(): Promise<() => Promise<void>> {
  const begunMs = performance.now();
  const { gateway, queueWorker } = pins;
  const catalog = await imageCatalog({ root: repositoryRoot, gateway, queueWorker });
  const progress = (line: string): void => console.log(line);
  await buildImage(catalog.builder, { progress });
  // Side by side, because each of them waits for the network at times; within a family one after the other, because its
  // images come from one build.
  await sideBySide(new AbortController().signal, [
    (signal) => buildOwnImages(catalog, { signal, progress }),
    (signal) => buildFamily('rust-functions', catalog, { signal, progress }),
    (signal) => buildFamily('peer-functions', catalog, { signal, progress }),
  ]);
  console.log(`images: ready after ${((performance.now() - begunMs) / 60_000).toFixed(1)} min`);
  const folder = await mkdtemp(join(tmpdir(), 'givre-tests-'));
  if (process.env.GIVRE_AGENT_BINARY === undefined) {
    const path = join(folder, 'givre-agent');
    await copyFromImage((await buildImage(catalog.agent)).tag, '/opt/givre/bin/givre-agent', path);
    process.env.GIVRE_AGENT_BINARY = path;
  }
  // What runs remember (locks, the last calibration, how long they took) is this test run's own.
  process.env.XDG_STATE_HOME = join(folder, 'state');
  await rememberAsTried(process.env.XDG_STATE_HOME, pins.k6.version);
  return () => rm(folder, { recursive: true });
}

async function buildOwnImages(catalog: ImageCatalog, options: BuildOptions): Promise<void> {
  const names = ['machine', 'floor', 'gateway', 'queueWorker', 'natsStreaming', 'prometheus', 'k6', 'truth'] as const;
  for (const name of names) await buildImage(catalog[name], options);
  await buildBundle(catalog.bundle, options);
  await buildImage(stockMachineSpec, options);
  await sshdImage();
}

async function buildFamily(family: string, { builder }: ImageCatalog, options: BuildOptions): Promise<void> {
  const { functions } = await readStack(resolve(repositoryRoot, family, 'stack.yaml'));
  // Many variants share one image, and upstream's watchdogs cannot be had everywhere.
  const own = functions.filter((fn) => extrasOf(fn).watchdog === undefined);
  const distinct = new Map(own.map((fn) => [buildKey(fn), fn]));
  for (const fn of distinct.values()) await buildFunction(fn, { builder, ...options });
}
