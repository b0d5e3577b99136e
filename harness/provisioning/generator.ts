import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { repositoryRoot } from '../core/paths.ts';
import type { Progress } from '../core/platform.ts';
import type { ImageCatalog } from '../images/catalog.ts';
import { programFromImage } from '../images/copy.ts';
import { autocannonLoad } from '../load/autocannon.ts';
import { readCounters } from '../load/counters.ts';
import { k6Burst } from '../load/k6/burst.ts';
import { k6Load } from '../load/k6/run.ts';
import { startTruth } from '../load/truth.ts';
import type { LoadParts } from '../measurement/parts.ts';
import type { Plan } from '../planning/plan.ts';
import type { K6Program } from '../planning/users-k6.ts';
import type { Machine } from './machines.ts';

interface Work {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const FOLDER = '/opt/givre/load';
const SCRIPTS = join(repositoryRoot, 'scenarios/k6');

/** The server of known times; on the machine under test it takes callbacks, and logs when each came. */
export function obtainTruth(catalog: ImageCatalog, work: Work): Promise<string> {
  return programFromImage(catalog.truth, '/opt/givre/bin/givre-truth', work);
}

/** Puts generator and scripts onto the machine: load comes from there, so that no tunnel or link is measured along with it. */
export async function deliverGenerator(
  k6: K6Program,
  truth: string,
  { host }: Machine,
  signal: AbortSignal,
): Promise<void> {
  await host.upload(truth, join(FOLDER, 'truth'), 0o755, signal);
  await deliverK6(k6, host, FOLDER, signal);
}

export async function deliverK6(
  k6: K6Program,
  host: Pick<Host, 'upload'>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await host.upload(k6.path, join(folder, 'k6'), 0o755, signal);
  for (const script of await readdir(SCRIPTS)) {
    await host.upload(join(SCRIPTS, script), join(folder, script), 0o644, signal);
  }
}

/** What puts load on one machine's platform. */
export function loadParts(
  k6: K6Program,
  { host, installation }: Machine,
  plan: Plan,
  signal: AbortSignal,
): Omit<LoadParts, 'calibrated'> {
  const k6There = { place: host, program: join(FOLDER, 'k6'), scripts: FOLDER, version: k6.version };
  // Where the queue reaches it, and nobody else need: never on all addresses.
  const listen = `${installation.callbackHost}:0`;
  const reachesGateway = plan.options.target.kind === 'container';
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
    receiver: () => startTruth(host, [join(FOLDER, 'truth'), '--listen', listen, '--service', '0s'], signal),
    openProgram: (argv) => host.open(argv),
    exec: (argv, options) => host.exec(argv, { signal, ...options }),
    counters: async () => [{ machine: host.name, generates: true, counters: await readCounters(host, signal) }],
  };
}
