import type { Progress } from '../../core/platform.ts';
import { sideBySide } from '../../core/settle.ts';
import type { Plan } from '../../planning/plan.ts';
import type { PlannedPlatform } from '../../planning/platform-choice.ts';
import type { K6Program } from '../../planning/users-k6.ts';
import type { FaasdBinary } from '../../platforms/faasd/obtain.ts';
import { requireDocker } from '../../targets/container.ts';
import { obtainBinaries } from '../platforms.ts';
import { type BuiltFunctions, buildFunctions } from './functions.ts';
import { buildRunImages, type RunImages, runCatalog } from './images.ts';
import { obtainK6 } from './k6-program.ts';

interface Work {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What a run brings to its machines. */
export interface Artifacts extends Compiled {
  /** Version of this machine's Docker engine, which builds. */
  readonly docker: string;
  readonly binaries: ReadonlyMap<PlannedPlatform, FaasdBinary>;
}

interface Compiled extends BuiltFunctions {
  readonly images: RunImages;
  /** In runs that put load on. */
  readonly k6: K6Program | undefined;
}

/** All that a run needs of this machine: its Docker engine, which is asked first, the platforms' binaries, what is compiled. */
export async function buildArtifacts(plan: Plan, work: Work): Promise<Artifacts> {
  const docker = await requireDocker(work.signal);
  const binaries = await obtainBinaries(plan, work);
  return { docker, binaries, ...(await compileAll(plan, work)) };
}

/** Side by side, because a build waits for the network or keeps one processor most of the time. */
async function compileAll(plan: Plan, work: Work): Promise<Compiled> {
  const catalog = await runCatalog();
  const loads = plan.scenarios.some((scenario) => scenario.measures === 'load');
  const [images, k6, functions] = await sideBySide<[RunImages, K6Program | undefined, BuiltFunctions]>(work.signal, [
    (signal) => buildRunImages(plan, catalog, { ...work, signal }),
    async (signal) => (loads ? await obtainK6(plan.options.load?.k6, catalog, { ...work, signal }) : undefined),
    (signal) => buildFunctions(plan, catalog, { ...work, signal }),
  ]);
  return { images, k6, ...functions };
}
