import { usageError } from '../core/errors.ts';
import type { SshAddress } from '../ssh/connection.ts';
import { resolveRoute, type SshRoute } from '../ssh/resolve.ts';
import type { SshOptions } from './options.ts';

interface MachineRoutes {
  readonly machine: SshRoute;
  /** In the order of `--generator-host`. */
  readonly generators: readonly SshRoute[];
}

/**
 * How to reach every machine that was named: all of them at once, so that one that nobody knows is found out before
 * anything was installed on the others.
 *
 * @throws GivreError, exit code 2, as `resolveRoute` does; `E_GENERATORS` for two names of one machine.
 */
export async function machineRoutes(options: SshOptions, onWarning: (line: string) => void): Promise<MachineRoutes> {
  const resolving = { identityFile: options.identity, jump: options.sshJump, onWarning };
  const machine = await resolveRoute(options.host, resolving);
  const generators: SshRoute[] = [];
  for (const text of options.generatorHosts ?? []) generators.push(await resolveRoute(text, resolving));
  requireDistinct([machine, ...generators].map(({ address }) => address));
  return { machine, generators };
}

/** Aliases of ssh's configuration may lead to one machine. */
function requireDistinct(addresses: readonly SshAddress[]): void {
  const places = addresses.map(({ host, port }) => `${host}:${port}`);
  const twice = places.find((place, index) => places.indexOf(place) !== index);
  if (twice === undefined) return;
  throw usageError('E_GENERATORS', `two of the named machines are ${twice}`, 'each generator is a machine of its own');
}
