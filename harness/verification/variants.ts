import { z } from 'zod';
import { GivreError, messageOf, usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';
import { availability } from '../functions/available.ts';
import { buildKey, type FunctionBuildOptions } from '../functions/build.ts';
import { extrasOf } from '../functions/deployment.ts';
import { selectFunctions } from '../functions/select.ts';
import type { StackFunction } from '../functions/stack.ts';
import type { Vectors } from '../functions/vectors.ts';
import type { VariantRecord } from '../functions/verify.ts';
import { docker } from '../images/docker.ts';

/** A function to be verified, with its image in the local engine, or with the reason why there is none. */
export type Variant = { readonly fn: StackFunction } & Build;

type Build =
  | { readonly image: NonNullable<VariantRecord['image']> }
  | { readonly image: null; readonly status: 'unavailable' | 'broken' | 'unknown'; readonly reason: string };

export interface Wanted {
  /** Globs over function names, comma-separated. */
  readonly functions: string;
  /** Undefined means all. */
  readonly workloads: readonly string[] | undefined;
}

interface VariantBuildOptions extends FunctionBuildOptions {
  readonly vectors: Vectors;
}

const imageShape = z
  .array(
    z.object({
      Id: z.string(),
      Size: z.number(),
      Config: z.object({ User: z.string().nullish() }),
      RootFS: z.object({ Layers: z.array(z.string()) }),
    }),
  )
  .length(1);

/** @throws GivreError `E_FUNCTION_UNKNOWN`, `E_WORKLOAD_UNKNOWN` (usage) */
export function chooseVariants(all: readonly StackFunction[], { functions, workloads }: Wanted): StackFunction[] {
  const named = selectFunctions(all, functions);
  if (workloads === undefined) return named;
  const known = [...new Set(all.map(workloadOf))].sort();
  const unknown = workloads.find((it) => !known.includes(it));
  if (unknown !== undefined) {
    const hint = suggestion(unknown, known);
    throw usageError('E_WORKLOAD_UNKNOWN', `no function has the workload "${unknown}"`, hint);
  }
  const theirs = [...new Set(named.map(workloadOf))].sort();
  const idle = workloads.find((it) => !theirs.includes(it));
  if (idle === undefined) return named.filter((fn) => workloads.includes(workloadOf(fn)));
  const hint = `theirs: ${theirs.join(', ')}`;
  throw usageError('E_WORKLOAD_UNKNOWN', `none of "${functions}" has the workload "${idle}"`, hint);
}

export function workloadOf(fn: StackFunction): string {
  return extrasOf(fn).workload ?? 'unknown';
}

/** Gets every variant's image, those of one build once; one that cannot be built does not keep the others. */
export async function buildVariants(
  functions: readonly StackFunction[],
  options: VariantBuildOptions,
): Promise<readonly Variant[]> {
  const builds = new Map<string, Build>();
  const available = availability(options);
  const variants: Variant[] = [];
  for (const fn of functions) {
    if ((options.vectors.byWorkload.get(workloadOf(fn)) ?? []).length === 0) {
      const reason = withoutVectors(fn, options.vectors);
      variants.push({ fn, image: null, status: 'unknown', reason });
      continue;
    }
    const key = buildKey(fn);
    const build = builds.get(key) ?? (await buildOne(fn, available, options.signal));
    builds.set(key, build);
    variants.push({ fn, ...build });
  }
  return variants;
}

function withoutVectors(fn: StackFunction, { byWorkload }: Vectors): string {
  const { workload } = extrasOf(fn);
  if (workload === undefined) return 'it has no label dev.givre/workload';
  return `there are no vectors for the workload "${workload}": ${suggestion(workload, [...byWorkload.keys()])}`;
}

async function buildOne(
  fn: StackFunction,
  available: ReturnType<typeof availability>,
  signal: AbortSignal | undefined,
): Promise<Build> {
  try {
    const outcome = await available(fn);
    if ('id' in outcome) return { image: await factsOf(outcome.id, signal) };
    return { image: null, status: 'unavailable', reason: outcome.unavailable };
  } catch (error) {
    signal?.throwIfAborted();
    // Without an engine nothing at all can be said.
    if (error instanceof GivreError && error.code === 'E_DOCKER_DOWN') throw error;
    return { image: null, status: 'broken', reason: messageOf(error) };
  }
}

async function factsOf(id: string, signal: AbortSignal | undefined): Promise<NonNullable<VariantRecord['image']>> {
  const inspected = await docker(['image', 'inspect', id], `inspecting ${id}`, { signal });
  const [image] = imageShape.parse(JSON.parse(inspected));
  if (image === undefined) throw new TypeError('docker image inspect answered nothing');
  return { id, sizeBytes: image.Size, layers: image.RootFS.Layers.length, user: image.Config.User ?? '' };
}
