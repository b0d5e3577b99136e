import type { Host } from '../core/host.ts';
import { endpointAt } from '../core/send.ts';
import { deploymentOf, extrasOf, functionPath } from '../functions/deployment.ts';
import { type PublishedImage, publish } from '../functions/registry.ts';
import { controlPlatform } from '../platforms/control/index.ts';
import { GatewayError, gatewayClient } from '../platforms/gateway-client.ts';
import { startKv } from '../platforms/kv.ts';
import { notUp, type Stage, type StageWork, untilUp } from './stage.ts';

/** Functions on a machine with the control platform, asked through its gateway, as a user would. */
export async function gatewayStage(host: Host, work: StageWork): Promise<Stage> {
  const { scope, signal, progress } = work;
  const installation = await controlPlatform().install(scope, host, signal, progress);
  const gateway = gatewayClient(installation, { signal });
  // What was deployed is taken down although the run may have been interrupted.
  const cleaner = gatewayClient(installation);
  const publishAs = (imageId: string, name: string): Promise<PublishedImage> =>
    publish(imageId, { registryHost: host.address(5000), repository: `givre/${name}`, signal });
  return {
    by: installation.label,
    run: (fn, imageId, use) =>
      scope.within(`function ${fn.name}`, async (inner) => {
        const deployment = deploymentOf(fn, (await publishAs(imageId, 'verified')).ref);
        await inner.defer(`function ${fn.name}`, () =>
          cleaner.remove(fn.name, fn.namespace).catch((error: unknown) => {
            if (!(error instanceof GatewayError && error.status === 404)) throw error;
          }),
        );
        await gateway.deploy(deployment).catch((error: unknown) => {
          throw error instanceof GatewayError ? notUp(error) : error;
        });
        const isKv = extrasOf(fn).workload === 'kv';
        // After the first function, whose network brings the server's address.
        const kvImage = isKv ? (await publishAs(await work.kvImage(), 'kv')).ref : undefined;
        const kv = kvImage === undefined ? undefined : await startKv(inner, { host, signal, progress }, kvImage);
        const endpoint = endpointAt(installation.gatewayUrl, functionPath(deployment));
        // The gateway itself says what is wrong with a function that has ended.
        await untilUp(endpoint, fn, { signal, isGone: async () => {} });
        return await use({ endpoint, ...(kv === undefined ? {} : { whileSilent: kv.whileSilent }) });
      }),
  };
}
