import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Host } from '../core/host.ts';
import { repositoryRoot } from '../core/paths.ts';
import { Scope } from '../core/scope.ts';
import { publish } from '../functions/registry.ts';
import { buildImage } from '../images/build.ts';
import { type ImageCatalog, imageCatalog } from '../images/catalog.ts';
import { containerTarget } from '../targets/container.ts';
import type { CoreImages } from './compose.ts';
import { pins } from './pins.ts';

/** What the tests of platforms share: real machines and real images. Imported by tests only. */

/** The machine's image; building it for the first time takes minutes, so tests do it once, before anything else. */
export async function machineImage(signal: AbortSignal): Promise<string> {
  return process.env.GIVRE_MACHINE_IMAGE ?? (await buildImage((await catalog()).machine, { signal })).tag;
}

/** A machine of its own; everything goes with `scope`. */
export async function testMachine(scope: Scope, image: string, role: string, signal: AbortSignal): Promise<Host> {
  const runId = `test-${randomUUID().slice(0, 8)}`;
  const labels = { 'givre.run': runId, 'givre.test': 'platforms' };
  return await containerTarget({ image, runId, labels }).acquire(scope, role, signal);
}

/** Runs `use` with a machine of its own, and removes it whatever happens. */
export async function withMachine(
  image: string,
  role: string,
  use: (host: Host, scope: Scope) => Promise<void>,
): Promise<void> {
  const scope = new Scope();
  try {
    await use(await testMachine(scope, image, role, AbortSignal.timeout(60_000)), scope);
  } finally {
    const left = await scope.close();
    if (left.length > 0) console.error('could not be removed:', left);
  }
}

/** The function of `testdata/tiny`, as an image of the local engine. */
export async function tinyImage(): Promise<string> {
  const folder = join(import.meta.dirname, 'testdata/tiny');
  const tiny = await buildImage({
    name: 'test-tiny',
    dockerfile: join(folder, 'Dockerfile'),
    inputs: [{ from: join(folder, 'tiny.pl'), to: 'tiny.pl' }],
    bases: { BASE: 'debian:trixie-slim' },
  });
  return tiny.id;
}

/** Pushes that function into a machine's registry. */
export async function publishTiny(registry: string): Promise<string> {
  return (await publish(await tinyImage(), { registryHost: registry, repository: 'givre/test-tiny' })).ref;
}

/** Pushes the core services' images into a machine's registry. */
export async function publishCoreImages(registry: string, signal: AbortSignal): Promise<CoreImages> {
  const images = await catalog();
  const one = async (name: 'gateway' | 'queueWorker' | 'natsStreaming' | 'prometheus'): Promise<string> => {
    const { id } = await buildImage(images[name], { signal });
    const repository = `givre/${images[name].name}`;
    return (await publish(id, { registryHost: registry, repository, signal })).ref;
  };
  const [gateway, queueWorker, natsStreaming, prometheus] = await Promise.all([
    one('gateway'),
    one('queueWorker'),
    one('natsStreaming'),
    one('prometheus'),
  ]);
  return { gateway, queueWorker, natsStreaming, prometheus };
}

function catalog(): Promise<ImageCatalog> {
  return imageCatalog({
    root: repositoryRoot,
    gateway: { version: pins.gateway.version, commit: pins.gateway.commit },
    queueWorker: { version: pins.queueWorker.version, commit: pins.queueWorker.commit },
  });
}
