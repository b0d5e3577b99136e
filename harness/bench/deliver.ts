import type { Deployable } from '../api/index.ts';
import type { Progress } from '../core/platform.ts';
import { buildFunction } from '../functions/build.ts';
import { deploymentOf, extrasOf } from '../functions/deployment.ts';
import { publish } from '../functions/registry.ts';
import type { StackFunction } from '../functions/stack.ts';
import type { FunctionRecord } from '../runs/schema.ts';
import type { RunImages } from './images.ts';
import type { Machine } from './machines.ts';
import type { Plan } from './plan.ts';

/** A function whose image lies in every machine's registry. */
export interface DeliveredFunction {
  readonly deployable: Deployable;
  readonly record: FunctionRecord;
}

interface DeliverWork {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Builds the functions, publishes their images to the machines and sets up the floor. */
export async function deliverFunctions(
  plan: Plan,
  images: RunImages,
  machines: readonly Machine[],
  work: DeliverWork,
): Promise<readonly DeliveredFunction[]> {
  const delivered: DeliveredFunction[] = [];
  for (const fn of plan.functions) {
    delivered.push(await deliver(fn, images, machines, work));
  }
  for (const machine of machines) {
    const published = await publish(images.floor.id, {
      registryHost: machine.host.address(5000),
      repository: 'givre/floor',
      signal: work.signal,
    });
    await machine.floor.setup(published.ref);
  }
  return delivered;
}

async function deliver(
  fn: StackFunction,
  images: RunImages,
  machines: readonly Machine[],
  work: DeliverWork,
): Promise<DeliveredFunction> {
  const built = await buildFunction(fn, { builder: images.catalog.builder, ...work });
  const [first, ...others] = machines;
  if (first === undefined) throw new Error('no machine to deliver to');
  const repository = `givre/${fn.name.toLowerCase()}`;
  const published = await publish(built.id, {
    registryHost: first.host.address(5000),
    repository,
    signal: work.signal,
  });
  // Machines share one registry volume today; the call makes sure of it and costs a HEAD request.
  for (const other of others) {
    await publish(built.id, { registryHost: other.host.address(5000), repository, signal: work.signal });
  }
  work.progress(`${fn.name}: ${published.ref}`);
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
