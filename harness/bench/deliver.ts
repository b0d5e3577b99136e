import type { Deployable } from '../api/index.ts';
import type { Progress } from '../core/platform.ts';
import { buildFunction } from '../functions/build.ts';
import { deploymentOf, extrasOf } from '../functions/deployment.ts';
import { type PublishedImage, publish } from '../functions/registry.ts';
import type { StackFunction } from '../functions/stack.ts';
import type { FunctionRecord } from '../runs/schema.ts';
import type { RunImages } from './images.ts';
import type { Machine } from './machines.ts';
import type { Plan } from './plan.ts';

/** A function whose image is in the local engine. */
export interface BuiltFunction {
  readonly fn: StackFunction;
  /** `sha256:…` of the image in the local engine. */
  readonly imageId: string;
}

/** A function whose image lies in every machine's registry. */
export interface DeliveredFunction {
  readonly deployable: Deployable;
  readonly record: FunctionRecord;
}

interface DeliverWork {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export async function buildFunctions(
  plan: Plan,
  images: RunImages,
  work: DeliverWork,
): Promise<readonly BuiltFunction[]> {
  const built: BuiltFunction[] = [];
  for (const fn of plan.functions) {
    const image = await buildFunction(fn, { builder: images.catalog.builder, ...work });
    built.push({ fn, imageId: image.id });
  }
  return built;
}

/** Publishes the functions' images to the machines and sets up the floor. */
export async function deliver(
  built: readonly BuiltFunction[],
  images: RunImages,
  machines: readonly Machine[],
  work: DeliverWork,
): Promise<readonly DeliveredFunction[]> {
  const delivered: DeliveredFunction[] = [];
  for (const { fn, imageId } of built) {
    const published = await publishEverywhere(fn.name, imageId, machines, work.signal);
    work.progress(`${fn.name}: ${published.ref}`);
    delivered.push(describe(fn, published));
  }
  for (const { host, floor } of machines) {
    const published = await publish(images.floor.id, {
      registryHost: host.address(5000),
      repository: 'givre/floor',
      signal: work.signal,
    });
    await floor.setup(published.ref);
  }
  return delivered;
}

/** Puts the functions' images into one machine's registry, before an image is made of it. */
export async function preload(
  built: readonly BuiltFunction[],
  images: RunImages,
  registryHost: string,
  signal: AbortSignal,
): Promise<void> {
  for (const { fn, imageId } of built) {
    await publish(imageId, { registryHost, repository: repositoryOf(fn.name), signal });
  }
  await publish(images.floor.id, { registryHost, repository: 'givre/floor', signal });
}

async function publishEverywhere(
  name: string,
  imageId: string,
  machines: readonly Machine[],
  signal: AbortSignal,
): Promise<PublishedImage> {
  let first: PublishedImage | undefined;
  // A registry that has the image already, or shares its volume with another, is only asked (one HEAD request).
  for (const { host } of machines) {
    const published = await publish(imageId, {
      registryHost: host.address(5000),
      repository: repositoryOf(name),
      signal,
    });
    first ??= published;
  }
  if (first === undefined) throw new Error('no machine to deliver to');
  return first;
}

function describe(fn: StackFunction, published: PublishedImage): DeliveredFunction {
  const { language, workload, expectedBody } = extrasOf(fn);
  return {
    deployable: {
      name: fn.name,
      deployment: deploymentOf(fn, published.ref),
      image: published.ref,
      expect: {
        status: 200,
        ...(expectedBody === undefined ? {} : { bodyBase64: Buffer.from(expectedBody).toString('base64') }),
      },
    },
    record: {
      name: fn.name,
      language: language ?? 'unknown',
      workload: workload ?? 'unknown',
      image: published.ref,
      digest: published.digest,
      compressedBytes: published.sizeBytes,
      unpackedBytes: published.unpackedBytes,
      layers: published.layers,
      user: published.user,
    },
  };
}

function repositoryOf(name: string): string {
  return `givre/${name.toLowerCase()}`;
}
