import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildFunction, buildKey } from '../harness/functions/build.ts';
import { extrasOf } from '../harness/functions/deployment.ts';
import { readStack } from '../harness/functions/stack.ts';
import { buildImage } from '../harness/images/build.ts';
import { buildBundle } from '../harness/images/bundle.ts';
import { imageCatalog } from '../harness/images/catalog.ts';
import { copyFromImage } from '../harness/images/copy.ts';
import { pins } from '../harness/platforms/pins.ts';
import { sshdImage } from '../harness/ssh/sshd.fixture.ts';
import { stockMachineSpec } from '../harness/targets/stock-machine.fixture.ts';

/**
 * Runs once before all tests: builds every image that they need, so that no test's deadline covers a compiler, and
 * takes the agent's program out of its image for the tests that start it as a process of this machine.
 */
export async function setup(): Promise<() => Promise<void>> {
  const root = resolve(import.meta.dirname, '..');
  const { gateway, queueWorker } = pins;
  const catalog = await imageCatalog({ root, gateway, queueWorker });
  const progress = (line: string): void => console.log(line);
  const names = [
    'builder',
    'machine',
    'floor',
    'gateway',
    'queueWorker',
    'natsStreaming',
    'prometheus',
    'k6',
    'truth',
  ] as const;
  for (const name of names) await buildImage(catalog[name], { progress });
  await buildBundle(catalog.bundle, { progress });
  await buildImage(stockMachineSpec, { progress });
  await sshdImage();
  for (const family of ['rust-functions', 'peer-functions']) {
    const { functions } = await readStack(resolve(root, family, 'stack.yaml'));
    // Many variants share one image.
    // Upstream's watchdogs cannot be had everywhere.
    const own = functions.filter((fn) => extrasOf(fn).watchdog === undefined);
    const distinct = new Map(own.map((fn) => [buildKey(fn), fn]));
    for (const fn of distinct.values()) await buildFunction(fn, { builder: catalog.builder, progress });
  }
  const folder = await mkdtemp(join(tmpdir(), 'givre-agent-'));
  if (process.env.GIVRE_AGENT_BINARY === undefined) {
    const path = join(folder, 'givre-agent');
    await copyFromImage((await buildImage(catalog.agent)).tag, '/opt/givre/bin/givre-agent', path);
    process.env.GIVRE_AGENT_BINARY = path;
  }
  return () => rm(folder, { recursive: true });
}
