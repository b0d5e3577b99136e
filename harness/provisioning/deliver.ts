import type { Deployable } from '../api/index.ts';
import type { Progress } from '../core/platform.ts';
import { deploymentOf, extrasOf } from '../functions/deployment.ts';
import { type PublishedImage, publish } from '../functions/registry.ts';
import type { OwnRequests } from '../planning/own-requests.ts';
import type { FunctionRecord } from '../runs/schema.ts';
import { type BuiltFunction, FLOOR_REPOSITORY, repositoryOf } from './artifacts/functions.ts';
import type { RunImages } from './artifacts/images.ts';
import type { Machine } from './machines.ts';

/** A function whose image lies in every machine's registry. */
export interface DeliveredFunction {
  readonly deployable: Deployable;
  readonly record: FunctionRecord;
}

interface DeliverWork {
  readonly requests: OwnRequests;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Publishes the functions' images to the machines and sets up the floor. */
export async function deliver(
  built: readonly BuiltFunction[],
  images: RunImages,
  machines: readonly Machine[],
  work: DeliverWork,
): Promise<readonly DeliveredFunction[]> {
  const delivered: DeliveredFunction[] = [];
  for (const one of built) {
    const { name } = one.fn;
    const published = await publishEverywhere(name, one.imageId, machines, work.signal);
    work.progress(`${name}: ${published.ref}`);
    delivered.push(describe(one, published, work.requests));
  }
  for (const { host, floor } of machines) {
    const published = await publish(images.floor.id, {
      registryHost: host.address(5000),
      repository: FLOOR_REPOSITORY,
      signal: work.signal,
    });
    await floor.setup(published.ref);
  }
  return delivered;
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

function describe(
  { fn, watchdog, baseDigest, dependencies }: BuiltFunction,
  published: PublishedImage,
  requests: OwnRequests,
): DeliveredFunction {
  const { language, workload, expectedBody } = extrasOf(fn);
  return {
    deployable: {
      name: fn.name,
      workload: workload ?? 'unknown',
      deployment: deploymentOf(fn, published.ref),
      image: published.ref,
      expect: {
        status: 200,
        ...(expectedBody === undefined ? {} : { bodyBase64: Buffer.from(expectedBody).toString('base64') }),
      },
      request: requests.get(fn.name),
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
      watchdog,
      baseDigest,
      dependencies: dependencies === null ? null : [...dependencies],
    },
  };
}
