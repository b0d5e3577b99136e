import { z } from 'zod';
import { GivreError } from '../core/errors.ts';
import { lastLines, run } from '../core/subprocess.ts';
import { docker } from '../images/docker.ts';
import { manifestAt, type PublishedManifest } from './manifest.ts';

interface PublishOptions {
  /** `127.0.0.1:PORT` as seen from this process; Docker talks plain HTTP to loopback addresses only. */
  readonly registryHost: string;
  /** Path in the registry: `givre/rust-hello`. */
  readonly repository: string;
  /** The same registry as the machine under test sees it. Default: `127.0.0.1:5000`. */
  readonly machineRegistry?: string;
  readonly signal?: AbortSignal | undefined;
  /** Of the push. Default: 5 minutes. */
  readonly timeoutMs?: number;
}

export interface PublishedImage {
  /** For deployments: `127.0.0.1:5000/givre/<name>@sha256:…` */
  readonly ref: string;
  /** `sha256:…` of the manifest. */
  readonly digest: string;
  /** What a pull moves: compressed layers and the configuration. */
  readonly sizeBytes: number;
  readonly layers: number;
  /** All layers unpacked, as the engine counts them. */
  readonly unpackedBytes: number;
  /** As in the Dockerfile, `65532:65532`; empty for root. */
  readonly user: string;
  /** False when the registry had the image already. */
  readonly pushed: boolean;
}

const imageShape = z
  .array(z.object({ Id: z.string(), Size: z.number(), Config: z.object({ User: z.string().nullish() }) }))
  .length(1);

/**
 * Puts a local image into the machine's registry, under its own id as the tag, so that an image that is there already
 * is recognised and not pushed again.
 *
 * @throws GivreError `E_REGISTRY_DOWN`, `E_REGISTRY_PUSH` (with the end of Docker's output), `E_REGISTRY_ANSWER`,
 * `E_DOCKER`; the signal's reason when aborted.
 */
export async function publish(imageId: string, options: PublishOptions): Promise<PublishedImage> {
  const { registryHost, signal } = options;
  const repository = options.repository.toLowerCase();
  const inspected = await docker(['image', 'inspect', imageId], `inspecting the image ${imageId}`, { signal });
  const [image] = imageShape.parse(JSON.parse(inspected));
  if (image === undefined) throw new TypeError('docker image inspect answered nothing');
  const place = { registryHost, repository, tag: image.Id.replace(/^sha256:/, '') };
  const present = await manifestAt(place, signal);
  const manifest = present ?? (await push(image.Id, place, options));
  return {
    ref: `${options.machineRegistry ?? '127.0.0.1:5000'}/${repository}@${manifest.digest}`,
    digest: manifest.digest,
    sizeBytes: manifest.sizeBytes,
    layers: manifest.layers,
    unpackedBytes: image.Size,
    user: image.Config.User ?? '',
    pushed: present === undefined,
  };
}

interface Place {
  readonly registryHost: string;
  readonly repository: string;
  readonly tag: string;
}

async function push(imageId: string, place: Place, options: PublishOptions): Promise<PublishedManifest> {
  const { signal } = options;
  const name = `${place.registryHost}/${place.repository}:${place.tag}`;
  await docker(['tag', imageId, name], `naming ${imageId} for the push`, { signal });
  try {
    const result = await run(['docker', 'push', '--quiet', name], {
      signal,
      timeoutMs: options.timeoutMs ?? 5 * 60_000,
    });
    if (result.exitCode !== 0) throw pushFailure(place, `${result.stdout}\n${result.stderr}`);
  } finally {
    // Without the signal: an interrupted push leaves the name behind otherwise. The image keeps its other names.
    await run(['docker', 'rmi', '--no-prune', name], { timeoutMs: 30_000 });
  }
  const manifest = await manifestAt(place, signal);
  if (manifest !== undefined) return manifest;
  throw pushFailure(place, 'the push succeeded, but the registry does not know the image');
}

function pushFailure({ registryHost, repository }: Place, output: string): GivreError {
  const tail = lastLines(output, 5);
  return new GivreError({
    code: 'E_REGISTRY_PUSH',
    message: `cannot push ${repository} to the registry at ${registryHost}: ${tail}`,
    hint: /no space left/i.test(tail)
      ? 'the disk is full: free some space where Docker keeps its volumes'
      : "the registry's own log, in the run folder, says more; status 500 often means that its disk is full",
  });
}
