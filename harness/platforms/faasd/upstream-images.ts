import { usageError } from '../../core/errors.ts';
import type { CoreImages } from '../compose.ts';
import { pins } from '../pins.ts';

/** The core services that the pinned faasd release names; OpenFaaS' own two are under the CE licence by then. */
const SHIPPED: CoreImages = {
  gateway: 'ghcr.io/openfaas/gateway:0.27.5',
  queueWorker: 'ghcr.io/openfaas/queue-worker:0.14.1',
  natsStreaming: 'docker.io/library/nats-streaming:0.25.6',
  prometheus: 'docker.io/prom/prometheus:v2.49.1',
};

/**
 * `--core-services upstream`: what the pinned faasd release ships, pulled by the machine itself.
 *
 * @throws GivreError `E_CE_EULA` (usage) unless their terms were accepted
 */
export function upstreamCoreImages(acceptCeEula: boolean): CoreImages {
  if (acceptCeEula) return SHIPPED;
  throw usageError(
    'E_CE_EULA',
    `the gateway and queue-worker that faasd ${pins.faasd.version} ships are OpenFaaS CE, under an end-user licence agreement`,
    'read the EULA and add --accept-openfaas-ce-eula, or leave out --core-services to run the MIT-licensed ones',
  );
}
