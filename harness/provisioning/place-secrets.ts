import { usageError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';
import type { Secrets } from '../planning/secrets.ts';
import { gatewayClient } from '../platforms/gateway-client.ts';
import type { Machine } from './machines.ts';

const REMOVE_MS = 30_000;

type Placed = Pick<Machine, 'gateway' | 'installation'> & { readonly host: Pick<Machine['host'], 'name'> };

/**
 * Makes the secrets on every machine, by its gateway, until the scope is closed.
 *
 * @throws GivreError `E_SECRET`, exit code 2, where one is there already; those of the gateway's client
 */
export async function placeSecrets(secrets: Secrets, machines: readonly Placed[], scope: Scope): Promise<void> {
  for (const { host, gateway, installation } of secrets.size === 0 ? [] : machines) {
    const older = new Set((await gateway.listSecrets()).map((it) => it.name));
    for (const [name, value] of secrets) {
      if (older.has(name)) throw usageError('E_SECRET', `${host.name} has a secret ${name} already`, 'remove it there');
      await scope.defer(`secret ${name} on ${host.name}`, async () => {
        // Not by the run's own client: that one ends with Ctrl-C.
        const cleaner = gatewayClient(installation, { signal: AbortSignal.timeout(REMOVE_MS) });
        const there = await cleaner.listSecrets();
        if (there.some((it) => it.name === name)) await cleaner.removeSecret(name);
      });
      await gateway.createSecret(name, value);
    }
  }
}
