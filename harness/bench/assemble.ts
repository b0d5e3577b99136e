import { join } from 'node:path';
import { usageError } from '../core/errors.ts';
import type { Progress } from '../core/platform.ts';
import type { Scope } from '../core/scope.ts';
import { allSettled } from '../core/settle.ts';
import type { Plan } from '../planning/plan.ts';
import type { K6Program } from '../planning/users-k6.ts';
import { buildArtifacts } from '../provisioning/artifacts/build.ts';
import { type DeliveredFunction, deliver } from '../provisioning/deliver.ts';
import { respectFound } from '../provisioning/found.ts';
import { deliverGenerator, obtainTruth } from '../provisioning/generator.ts';
import { bringUpGenerators } from '../provisioning/generators.ts';
import { newLogs } from '../provisioning/logs.ts';
import { bringUp, type Machine } from '../provisioning/machines.ts';
import { placeSecrets } from '../provisioning/place-secrets.ts';
import { describePlatforms, type ObtainedPlatform } from '../provisioning/platforms.ts';
import type { GeneratorMachine, Site } from '../provisioning/sites/site.ts';
import { startStores } from '../provisioning/stores.ts';
import type { Calibration, Level, PlatformRecord, UnavailableFunction } from '../runs/schema.ts';
import { calibrationForRun } from './calibrate.ts';

/** Everything that a measurement needs, up and running. */
export interface Assembly {
  /** Version of the Docker engine. */
  readonly docker: string;
  readonly site: Site;
  readonly platforms: readonly ObtainedPlatform[];
  /** Lanes run at the same time; each holds one machine per platform, in the order of `platforms`. */
  readonly lanes: readonly (readonly Machine[])[];
  readonly functions: readonly DeliveredFunction[];
  readonly unavailable: readonly UnavailableFunction[];
  /** Machines that load comes from; empty where that is the machine under test itself. */
  readonly generators: readonly GeneratorMachine[];
  /** In runs that put load on. */
  readonly k6: K6Program | undefined;
  /** What the generator has said of known truth; undefined where it runs on another machine than this one. */
  readonly calibration: Calibration | undefined;
}

/**
 * Before any machine is made: levels of which no platform can do any would leave a table without a row.
 *
 * @throws GivreError (usage) `E_LEVEL`
 */
export function refuseImpossible(levels: readonly Level[], platforms: readonly PlatformRecord[]): void {
  const isPossible = ({ unsupported }: PlatformRecord, level: Level) => !unsupported.some((it) => it.level === level);
  if (levels.length === 0 || levels.some((level) => platforms.some((it) => isPossible(it, level)))) return;
  const why = platforms.flatMap(({ label, unsupported }) =>
    unsupported.filter((it) => levels.includes(it.level)).map((it) => `${label} ${it.level}: ${it.reason}`),
  );
  throw usageError(
    'E_LEVEL',
    `no platform can do ${levels.join(', ')}: ${why.join('; ')}`,
    'name another with --levels',
  );
}

interface AssemblyWork {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** build → acquire → install → deliver; whatever is made is registered with the scope before it is waited for. */
export async function assemble(plan: Plan, scope: Scope, site: Site, work: AssemblyWork): Promise<Assembly> {
  const { docker, binaries, images, k6, built, unavailable } = await buildArtifacts(plan, work);
  const isHere = plan.options.target.kind === 'container';
  // After all that compiles: it measures.
  const calibration = k6 !== undefined && isHere ? await calibrationForRun(k6, work) : undefined;
  const platforms = describePlatforms(plan, binaries, images.core, site.unsupported);
  refuseImpossible(
    plan.cold.levels,
    platforms.map(({ record }) => record),
  );
  const logs = newLogs(work.progress);
  const logsFolder = (role: string): string => join(plan.folder, 'logs', role);
  const bringUpLane = async (lane: number): Promise<readonly Machine[]> => {
    const machines: Machine[] = [];
    for (const [index, platform] of platforms.entries()) {
      const role = `${platform.record.kind}-${index}${lane === 0 ? '' : `-${lane}`}`;
      const own = { scope, site, goods: { images, built }, logsFolder, logs, ...work };
      machines.push(await bringUp(own, platform, role));
    }
    return machines;
  };
  // The first lane by itself: it may have to make what the others then find.
  const lanes = [await bringUpLane(0)];
  const others = Array.from({ length: plan.machines.perPlatform - 1 }, (_, index) => bringUpLane(index + 1));
  lanes.push(...(await allSettled(others)));
  for (const machine of lanes.flat()) await respectFound(machine, built, scope);
  await placeSecrets(plan.secrets, lanes.flat(), scope);
  const functions = await deliver(built, images, lanes.flat(), { ...work, requests: plan.requests });
  await startStores(functions, images, lanes.flat(), { scope, ...work });
  let generators: readonly GeneratorMachine[] = [];
  if (k6 !== undefined) {
    generators = await bringUpGenerators(plan, site, { k6, images, machines: lanes.flat() }, { scope, ...work });
    const truth = await obtainTruth(images.catalog, work);
    await Promise.all(lanes.flat().map((machine) => deliverGenerator(k6, truth, machine, work.signal)));
  }
  return { docker, site, platforms, lanes, functions, unavailable, generators, k6, calibration };
}
