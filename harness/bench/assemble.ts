import { join } from 'node:path';
import type { Progress } from '../core/platform.ts';
import type { Scope } from '../core/scope.ts';
import { lockRun, machineId } from '../runs/lock.ts';
import { containerTarget, requireDocker } from '../targets/container.ts';
import { labelNames } from '../targets/leftovers.ts';
import { type DeliveredFunction, deliverFunctions } from './deliver.ts';
import { buildRunImages } from './images.ts';
import { bringUp, type Machine } from './machines.ts';
import type { Plan } from './plan.ts';
import { describePlatforms, type ObtainedPlatform, obtainBinaries } from './platforms.ts';

/** A machine that nobody renews for so long is taken for left behind. */
export const EXPIRY_SECONDS = 2 * 3600;

/** Everything that a measurement needs, up and running. */
export interface Assembly {
  /** Version of the Docker engine. */
  readonly docker: string;
  readonly platforms: readonly ObtainedPlatform[];
  /** In the order of `platforms`. */
  readonly machines: readonly Machine[];
  readonly functions: readonly DeliveredFunction[];
}

interface AssemblyWork {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** build → acquire → install → deliver; whatever is made is registered with the scope before it is waited for. */
export async function assemble(plan: Plan, scope: Scope, work: AssemblyWork): Promise<Assembly> {
  const docker = await requireDocker(work.signal);
  await scope.defer('run lock', await lockRun(plan.runId));
  const binaries = await obtainBinaries(plan, work);
  const images = await buildRunImages(plan, work);
  const platforms = describePlatforms(plan, binaries, images.core);
  const target = containerTarget({ image: images.machine, runId: plan.runId, labels: await labelsOf(plan) });
  const logsFolder = (role: string): string => join(plan.folder, 'logs', role);
  const machines: Machine[] = [];
  for (const [index, { platform }] of platforms.entries()) {
    machines.push(await bringUp({ scope, target, logsFolder, ...work }, platform, `${platform.kind}-${index}`));
  }
  const functions = await deliverFunctions(plan, images, machines, work);
  return { docker, platforms, machines, functions };
}

async function labelsOf(plan: Plan): Promise<Record<string, string>> {
  return {
    [labelNames.run]: plan.runId,
    [labelNames.machine]: await machineId(),
    [labelNames.expires]: String(Math.floor(plan.startedAt.getTime() / 1000) + EXPIRY_SECONDS),
  };
}
