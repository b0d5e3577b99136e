import type { Progress } from '../../core/platform.ts';
import { sideBySide } from '../../core/settle.ts';
import type { Plan } from '../../planning/plan.ts';
import type { K6Program } from '../../planning/users-k6.ts';
import { requireDocker } from '../../targets/container.ts';
import { obtainBinaries } from '../platforms.ts';
import { type BuiltFunctions, buildFunctions } from './functions.ts';
import { buildRunImages, type RunImages, runCatalog } from './images.ts';
import { obtainK6 } from './k6-program.ts';

interface Work {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** All that a run needs of this machine: its Docker engine, which is asked first, the platforms' binaries, what is compiled. */
export async function buildArtifacts(plan: Plan, work: Work) {
  const docker = await requireDocker(work.signal);
  const binaries = await obtainBinaries(plan, work);
  return { docker, binaries, ...(await buildAll(plan, work)) };
}

/** All that is compiled: side by side, because a build waits for the network or keeps one processor most of the time. */
async function buildAll(plan: Plan, work: Work) {
  const catalog = await runCatalog();
  const loads = plan.scenarios.some((scenario) => scenario.measures === 'load');
  const [images, k6, functions] = await sideBySide<[RunImages, K6Program | undefined, BuiltFunctions]>(work.signal, [
    (signal) => buildRunImages(plan, catalog, { ...work, signal }),
    async (signal) => (loads ? await obtainK6(plan.options.load?.k6, catalog, { ...work, signal }) : undefined),
    (signal) => buildFunctions(plan, catalog, { ...work, signal }),
  ]);
  return { images, k6, ...functions };
}
