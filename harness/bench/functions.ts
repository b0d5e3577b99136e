import type { Progress } from '../core/platform.ts';
import { buildFunction } from '../functions/build.ts';
import { publish } from '../functions/registry.ts';
import type { StackFunction } from '../functions/stack.ts';
import type { RunImages } from './images.ts';
import type { Plan } from './plan.ts';

/** A function whose image is in the local engine. */
export interface BuiltFunction {
  readonly fn: StackFunction;
  /** `sha256:…` of the image in the local engine. */
  readonly imageId: string;
}

interface BuildWork {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export async function buildFunctions(
  plan: Plan,
  images: RunImages,
  work: BuildWork,
): Promise<readonly BuiltFunction[]> {
  const built: BuiltFunction[] = [];
  for (const fn of plan.functions) {
    const image = await buildFunction(fn, { builder: images.catalog.builder, ...work });
    built.push({ fn, imageId: image.id });
  }
  return built;
}

/** Puts everything that will be asked of a machine's registry into it, before an image is made of that machine. */
export async function preload(
  built: readonly BuiltFunction[],
  images: RunImages,
  registryHost: string,
  signal: AbortSignal,
): Promise<void> {
  for (const { fn, imageId } of built) {
    await publish(imageId, { registryHost, repository: repositoryOf(fn.name), signal });
  }
  await publish(images.floor.id, { registryHost, repository: FLOOR_REPOSITORY, signal });
}

export const FLOOR_REPOSITORY = 'givre/floor';

export function repositoryOf(name: string): string {
  return `givre/${name.toLowerCase()}`;
}
