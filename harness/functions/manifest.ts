import { z } from 'zod';
import { GivreError, messageOf } from '../core/errors.ts';

/** One image in a registry, as its manifest describes it. */
export interface PublishedManifest {
  readonly digest: string;
  /** Compressed layers and the configuration. */
  readonly sizeBytes: number;
  readonly layers: number;
}

interface ManifestPlace {
  readonly registryHost: string;
  readonly repository: string;
  readonly tag: string;
}

const blob = z.object({ size: z.number() });
const manifestShape = z.object({ config: blob, layers: z.array(blob) });
const accepted = 'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json';
const answerTimeoutMs = 15_000;

/**
 * Asks a registry for an image by its tag: undefined when it has none.
 *
 * @throws GivreError `E_REGISTRY_DOWN` or `E_REGISTRY_ANSWER`; the signal's reason when aborted.
 */
export async function manifestAt(
  { registryHost, repository, tag }: ManifestPlace,
  signal: AbortSignal | undefined,
): Promise<PublishedManifest | undefined> {
  const url = `http://${registryHost}/v2/${repository}/manifests/${tag}`;
  const { status, digest, body } = await get(url, registryHost, signal);
  if (status === 404) return undefined;
  const manifest = status === 200 ? manifestShape.safeParse(parseJson(body)) : undefined;
  if (!manifest?.success || digest === null) {
    throw new GivreError({
      code: 'E_REGISTRY_ANSWER',
      message: `the registry at ${registryHost} answered ${url} with status ${status}: ${body.slice(0, 200)}`,
      hint: 'is it a registry that listens there? Another program may have taken the port',
    });
  }
  const { config, layers } = manifest.data;
  const sizeBytes = layers.reduce((sum, layer) => sum + layer.size, config.size);
  return { digest, sizeBytes, layers: layers.length };
}

async function get(url: string, registryHost: string, signal: AbortSignal | undefined) {
  const timeout = AbortSignal.timeout(answerTimeoutMs);
  try {
    const response = await fetch(url, {
      headers: { Accept: accepted },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return {
      status: response.status,
      digest: response.headers.get('Docker-Content-Digest'),
      body: await response.text(),
    };
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new GivreError({
      code: 'E_REGISTRY_DOWN',
      message: `the registry at ${registryHost} does not answer: ${reason}`,
      hint: "the registry's own log, in the run folder, says more",
      cause: error,
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
