import { readFile } from 'node:fs/promises';
import { GivreError } from '../core/errors.ts';
import { type ContextFile, contentHash, type ImageInput, readInputs } from './context.ts';
import { imageId } from './docker.ts';

/** One image of ours: what goes into it, and which images it starts from. */
export interface ImageSpec {
  /** `[a-z0-9-]+`; the tag becomes `givre/<name>:<content hash>`. */
  readonly name: string;
  /** Absolute path of its Dockerfile: classic syntax, and every base named by a build argument (`FROM ${BASE}`). */
  readonly dockerfile: string;
  readonly inputs: readonly ImageInput[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Build argument to the image it stands for: one of ours, or the name of one that the engine has already. */
  readonly bases: Readonly<Record<string, ImageSpec | string>>;
}

export interface PlannedImage {
  readonly name: string;
  readonly tag: string;
  readonly dockerfile: Uint8Array;
  readonly files: readonly ContextFile[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly parents: readonly PlannedImage[];
}

/** Part of every hash: raise it when this folder changes what a build gets to see. */
const recipe = 'givre-image-1';

/**
 * Reads everything that an image and its parents are made of and derives their tags; builds nothing. An image of ours
 * counts in its children's hash by its own content, a foreign one by the engine's id of it.
 *
 * @throws GivreError `E_BASE_IMAGE` when a foreign base is not there, `E_DOCKER_DOWN`.
 */
export async function planImage(spec: ImageSpec, signal: AbortSignal | undefined): Promise<PlannedImage> {
  const planned = new Map<ImageSpec, Promise<PlannedImage>>();
  const foreignIds = new Map<string, Promise<string>>();
  const foreign = (reference: string): Promise<string> =>
    remembered(foreignIds, reference, () => foreignBase(reference, signal));
  const plan = (one: ImageSpec): Promise<PlannedImage> =>
    remembered(planned, one, () => planOne(one, { plan, foreign }));
  return plan(spec);
}

interface Resolve {
  readonly plan: (spec: ImageSpec) => Promise<PlannedImage>;
  readonly foreign: (reference: string) => Promise<string>;
}

async function planOne(spec: ImageSpec, resolve: Resolve): Promise<PlannedImage> {
  const [dockerfile, files] = await Promise.all([readFile(spec.dockerfile), readInputs(spec.inputs)]);
  const parents: PlannedImage[] = [];
  const bases: Record<string, string> = {};
  const madeOf: string[] = [];
  for (const [argument, base] of Object.entries(spec.bases)) {
    if (typeof base === 'string') {
      bases[argument] = base;
      madeOf.push(`${argument}=${await resolve.foreign(base)}`);
    } else {
      const parent = await resolve.plan(base);
      parents.push(parent);
      bases[argument] = parent.tag;
      madeOf.push(`${argument}=${parent.tag}`);
    }
  }
  const buildArgs = { ...spec.buildArgs, ...bases };
  const args = Object.entries(spec.buildArgs ?? {}).map(([name, value]) => `${name}=${value}`);
  const hash = contentHash([recipe, dockerfile.toString('utf8'), ...madeOf.sort(), ...args.sort()], files);
  return { name: spec.name, tag: `givre/${spec.name}:${hash}`, dockerfile, files, buildArgs, parents };
}

async function foreignBase(reference: string, signal: AbortSignal | undefined): Promise<string> {
  const id = await imageId(reference, signal);
  if (id !== undefined) return id;
  throw new GivreError({
    code: 'E_BASE_IMAGE',
    message: `the engine has no image "${reference}" to build on`,
    hint: 'run ./ci/setup: it pulls it, or makes it from Debian packages where no registry can be reached',
  });
}

function remembered<K, V>(known: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  known.set(key, made);
  return made;
}
