import { join } from 'node:path';
import type { Bundle } from '../core/bundle.ts';
import type { Channel, Host, ServiceSpec } from '../core/host.ts';
import { repositoryRoot } from '../core/paths.ts';
import type { RunOptions, RunResult } from '../core/subprocess.ts';
import { buildImage } from '../images/build.ts';
import { buildBundle } from '../images/bundle.ts';
import { imageCatalog } from '../images/catalog.ts';
import type { ImageSpec } from '../images/plan.ts';
import { pins } from '../platforms/pins.ts';

/** What the tests of the bundle share: a machine of a distribution that knows nothing of us. Imported by tests only. */

export const stockMachineSpec: ImageSpec = {
  name: 'stock-machine',
  dockerfile: join(repositoryRoot, 'ci/images/stock-machine/Dockerfile'),
  inputs: [{ from: join(repositoryRoot, 'ci/images/machine/machine-init'), to: 'machine-init' }],
  bases: { BASE: 'debian:trixie-slim' },
};

/** The tag of its image. */
export async function stockMachineImage(signal: AbortSignal): Promise<string> {
  return (await buildImage(stockMachineSpec, { signal })).tag;
}

export async function testBundle(signal: AbortSignal): Promise<Bundle> {
  const { gateway, queueWorker } = pins;
  return await buildBundle((await imageCatalog({ root: repositoryRoot, gateway, queueWorker })).bundle, { signal });
}

/** The same host, with variables for everything that runs on it. */
export function withEnvironment(host: Host, env: Readonly<Record<string, string>>): Host {
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return {
    ...host,
    exec: (argv: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
      host.exec(argv, { ...options, env: { ...env, ...options.env } }),
    startService: (service: ServiceSpec): Promise<void> =>
      host.startService({ ...service, env: { ...env, ...service.env } }),
    open: (argv: readonly string[]): Channel => host.open(['env', ...words, ...argv]),
  };
}
