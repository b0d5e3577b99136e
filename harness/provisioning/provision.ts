import { join } from 'node:path';
import { allSettled } from '../core/settle.ts';
import type { Plan } from '../planning/plan.ts';
import type { Artifacts } from './artifacts/build.ts';
import { type DeliveredFunction, deliver } from './deliver.ts';
import { respectFound } from './found.ts';
import { deliverGenerator, obtainTruth } from './generator.ts';
import { bringUpGenerators } from './generators.ts';
import { newLogs } from './logs.ts';
import { bringUp, type Machine } from './machines.ts';
import { placeSecrets } from './place-secrets.ts';
import { describePlatforms, type ObtainedPlatform } from './platforms.ts';
import { refuseImpossible } from './possible-levels.ts';
import type { RunWork } from './run.ts';
import type { GeneratorMachine, Site } from './sites/site.ts';
import { startStores } from './stores.ts';

/** Lanes run at the same time; each holds one machine per platform, in the order of the platforms. */
type Lanes = readonly (readonly Machine[])[];

/** Machines that are up, with all that is measured on them and by them. */
export interface Provisioned {
  readonly platforms: readonly ObtainedPlatform[];
  readonly lanes: Lanes;
  readonly functions: readonly DeliveredFunction[];
  /** Machines that load comes from; empty where that is the machine under test itself. */
  readonly generators: readonly GeneratorMachine[];
}

/** acquire → install → deliver; whatever is made is registered with the scope before it is waited for. */
export async function provision(plan: Plan, artifacts: Artifacts, run: RunWork<Site>): Promise<Provisioned> {
  const { binaries, images, built } = artifacts;
  const { place, scope } = run;
  const platforms = describePlatforms(plan, binaries, images.core, place.unsupported);
  refuseImpossible(
    plan.cold.levels,
    platforms.map(({ record }) => record),
  );
  const lanes = await bringUpLanes(plan, platforms, artifacts, run);
  const machines = lanes.flat();
  for (const machine of machines) await respectFound(machine, built, scope);
  await placeSecrets(plan.secrets, machines, scope);
  const functions = await deliver(built, images, machines, { ...run, requests: plan.requests });
  await startStores(functions, images, machines, run);
  return { platforms, lanes, functions, generators: await provisionLoad(plan, artifacts, machines, run) };
}

async function bringUpLanes(
  plan: Plan,
  platforms: readonly ObtainedPlatform[],
  { images, built }: Artifacts,
  run: RunWork<Site>,
): Promise<Lanes> {
  const logs = newLogs(run.progress);
  const logsFolder = (role: string): string => join(plan.folder, 'logs', role);
  const work = { ...run, site: run.place, goods: { images, built }, logsFolder, logs };
  const bringUpLane = async (lane: number): Promise<readonly Machine[]> => {
    const machines: Machine[] = [];
    for (const [index, platform] of platforms.entries()) {
      const role = `${platform.record.kind}-${index}${lane === 0 ? '' : `-${lane}`}`;
      machines.push(await bringUp(work, platform, role));
    }
    return machines;
  };
  // The first lane by itself: it may have to make what the others then find.
  const first = await bringUpLane(0);
  const others = Array.from({ length: plan.machines.perPlatform - 1 }, (_, index) => bringUpLane(index + 1));
  return [first, ...(await allSettled(others))];
}

/** In runs that put load on: the machines that it comes from, and the programs that put it on. */
async function provisionLoad(
  plan: Plan,
  { k6, images }: Artifacts,
  machines: readonly Machine[],
  run: RunWork<Site>,
): Promise<readonly GeneratorMachine[]> {
  if (k6 === undefined) return [];
  const generators = await bringUpGenerators(plan, run.place, { k6, images, machines }, run);
  const truth = await obtainTruth(images.catalog, run);
  await Promise.all(machines.map((machine) => deliverGenerator(k6, truth, machine, run.signal)));
  return generators;
}
