import { join } from 'node:path';
import { usageError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import type { Installation } from '../../core/platform.ts';
import { autocannonLoad } from '../../load/autocannon.ts';
import { readCounters } from '../../load/counters.ts';
import { distributedLoad } from '../../load/distributed.ts';
import { k6Burst } from '../../load/k6/burst.ts';
import type { K6Place } from '../../load/k6/process.ts';
import { k6Load } from '../../load/k6/run.ts';
import { startTruth } from '../../load/truth.ts';
import type { Reading } from '../../load/watched.ts';
import type { LoadParts } from '../parts.ts';

type K6Version = Pick<K6Place, 'version'>;

/** A folder of a machine, with k6 and its scripts in it. */
interface ProgramFolder {
  readonly host: Pick<Host, 'name' | 'exec' | 'open'>;
  readonly folder: string;
}

/** The machine under test, with the programs for load in a folder of it. */
interface LoadTarget {
  readonly host: Host;
  readonly folder: string;
  readonly installation: Installation;
  /** Does this process reach the gateway without a tunnel? */
  readonly reachesGateway: boolean;
}

/** What puts load on one machine's platform, from that machine itself. */
export function loadFromTarget(
  k6: K6Version,
  { host, folder, installation, reachesGateway }: LoadTarget,
  signal: AbortSignal,
): Omit<LoadParts, 'calibrated'> {
  const k6There = k6In({ host, folder }, k6);
  // Where the queue reaches it, and nobody else need: never on all addresses.
  const listen = `${installation.callbackHost}:0`;
  return {
    open: k6Load(k6There),
    burst: (plan) => k6Burst(k6There, plan, signal),
    place: 'target',
    closed: reachesGateway ? autocannonLoad() : undefined,
    closedUrl: (path, name) => {
      if (path === 'gateway') return `${installation.gatewayUrl}/function/${name}`;
      throw usageError(
        'E_PATH',
        `a closed loop reaches the ${path} not from here`,
        'measure throughput by the gateway',
      );
    },
    receiver: () => startTruth(host, [join(folder, 'truth'), '--listen', listen, '--service', '0s'], signal),
    openProgram: (argv) => host.open(argv),
    exec: (argv, options) => host.exec(argv, { signal, ...options }),
    counters: async () => [{ machine: host.name, generates: true, counters: await readCounters(host, signal) }],
  };
}

/** What replaces the generator on the machine under test where there are machines for it. */
export function loadFromGenerators(
  k6: K6Version,
  generators: readonly ProgramFolder[],
  target: { readonly host: Host; readonly gatewayAddress: string },
  signal: AbortSignal,
): Pick<LoadParts, 'open' | 'place' | 'gatewayAddress' | 'counters'> {
  const reading = async (host: ProgramFolder['host'], generates: boolean): Promise<Reading> => ({
    machine: host.name,
    generates,
    counters: await readCounters(host, signal),
  });
  return {
    open: distributedLoad(generators.map((it) => ({ name: it.host.name, k6: k6In(it, k6) }))),
    place: 'generator',
    gatewayAddress: target.gatewayAddress,
    counters: async () =>
      await Promise.all([...generators.map(({ host }) => reading(host, true)), reading(target.host, false)]),
  };
}

function k6In({ host, folder }: ProgramFolder, { version }: K6Version): K6Place {
  return { place: host, program: join(folder, 'k6'), scripts: folder, version };
}
