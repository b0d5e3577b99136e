import { getContainerRuntimeClient } from 'testcontainers';
import { GivreError, messageOf } from '../core/errors.ts';

interface PlainContainer {
  readonly name: string;
  readonly image: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined means no limit. */
  readonly memoryBytes?: number | undefined;
  readonly readOnly: boolean;
}

const CREATE_MS = 60_000;

/**
 * Makes a container without any capability, and returns its id; it is not started.
 *
 * Over the engine's API, because the names of the variables are foreign: docker's command line would take them from its
 * own environment, where `PATH`, `LD_PRELOAD` or `DOCKER_HOST` decide what runs on this machine, and as arguments their
 * values would stand in the process list.
 *
 * @throws GivreError `E_DOCKER`
 */
export async function createPlainContainer(container: PlainContainer): Promise<string> {
  const { name, image, network, labels, environment, memoryBytes, readOnly } = container;
  try {
    const { container: client } = await getContainerRuntimeClient();
    const created = await client.dockerode.createContainer({
      name,
      Image: image,
      Labels: { ...labels },
      Env: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
      abortSignal: AbortSignal.timeout(CREATE_MS),
      HostConfig: {
        NetworkMode: network,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: readOnly,
        ...(readOnly ? { Tmpfs: { '/tmp': '' } } : {}),
        ...(memoryBytes === undefined ? {} : { Memory: memoryBytes }),
      },
    });
    return created.id;
  } catch (error) {
    throw new GivreError({ code: 'E_DOCKER', message: `creating ${name} failed: ${messageOf(error)}`, cause: error });
  }
}
