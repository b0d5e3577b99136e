import type { Progress } from '../core/platform.ts';
import type { Scope } from '../core/scope.ts';
import { publish } from '../functions/registry.ts';
import { buildImage } from '../images/build.ts';
import { removeIfThere } from '../platforms/gateway-removal.ts';
import { startKv } from '../platforms/kv.ts';
import type { RunImages } from './artifacts/images.ts';
import type { DeliveredFunction } from './deliver.ts';
import type { Machine } from './machines.ts';

interface StoreWork {
  readonly scope: Scope;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Starts the key-value server on every machine where a function of the workload `kv` will be measured. */
export async function startStores(
  functions: readonly DeliveredFunction[],
  { catalog }: RunImages,
  machines: readonly Machine[],
  { scope, signal, progress }: StoreWork,
): Promise<void> {
  const user = functions.find(({ deployable }) => deployable.workload === 'kv')?.deployable;
  if (user === undefined) return;
  const { id } = await buildImage(catalog.kv, { signal, progress });
  for (const { host, gateway, agent } of machines) {
    const { ref } = await publish(id, { registryHost: host.address(5000), repository: 'givre/kv', signal });
    // Its network brings the address that the server listens at, and leaves it there.
    await gateway.deploy(user.deployment);
    await startKv(scope, { host, signal, progress }, ref);
    await removeIfThere({ agent, gateway, signal }, user);
    progress(`${host.name}: key-value server ready`);
  }
}
