import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { wallClockNs } from '../../core/clock.ts';
import { repositoryRoot } from '../../core/paths.ts';
import { readStack } from '../../functions/stack.ts';
import { startRegistry } from '../../platforms/base.ts';
import { machineImage, publishTiny, tinyImage, withMachine } from '../../platforms/machine.fixture.ts';
import type { BuiltFunction } from '../artifacts/functions.ts';
import { deliverForSample } from './boot-delivery.ts';

const { signal } = new AbortController();

async function tiny(): Promise<BuiltFunction> {
  const [fn] = (await readStack(join(repositoryRoot, 'rust-functions/stack.yaml'))).functions;
  if (fn === undefined) throw new Error('the stack file has no function');
  const unknown = { watchdog: null, baseDigest: null, dependencies: null };
  return { fn: { ...fn, name: 'test-tiny' }, imageId: await tinyImage(), ...unknown };
}

const manifestSchema = z.object({ layers: z.array(z.object({ digest: z.string() })) });

/** Digests of the layers as a registry names them, and as what it gives out has them. */
async function layersOf(registry: string, digest: string): Promise<readonly [named: string[], given: string[]]> {
  const root = `http://${registry}/v2/givre/test-tiny`;
  const accept = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json';
  const answer = await fetch(`${root}/manifests/${digest}`, { headers: { accept } });
  const named = manifestSchema.parse(await answer.json()).layers.map((it) => it.digest);
  const blobs = await Promise.all(named.map(async (it) => (await fetch(`${root}/blobs/${it}`)).arrayBuffer()));
  return [named, blobs.map((it) => `sha256:${createHash('sha256').update(Buffer.from(it)).digest('hex')}`)];
}

test('a function is delivered to a machine once its registry is up, whole, and only if it is the image that was meant', async () => {
  await withMachine(await machineImage(signal), 'delivery', async (host) => {
    const start = { host, signal, progress: () => {} };
    await startRegistry(start);
    const registry = host.address(5000);
    const image = await publishTiny(registry);
    const work = { host, built: await tiny(), image, sentNs: wallClockNs(), signal };
    await host.stopService('registry');
    const delivering = deliverForSample(work);
    await sleep(300);
    await startRegistry(start);
    const { begunNs, doneNs, warnings } = await delivering;
    expect(warnings).toEqual([]);
    expect(begunNs).toBeGreaterThan(0.3e9);
    expect(doneNs).toBeGreaterThan(begunNs);
    const [named, given] = await layersOf(registry, image.split('@')[1] ?? '');
    expect(named.length).toBeGreaterThan(0);
    expect(given).toEqual(named);
    await expect(deliverForSample({ ...work, image: `${image}0` })).rejects.toMatchObject({
      code: 'E_REGISTRY_ANSWER',
    });
  });
});
