import { setTimeout as sleep } from 'node:timers/promises';
import {
  blocksLasting,
  type Deployable,
  type FootprintMoment,
  firstLoad,
  forEachCell,
  type LoadPlace,
  type LoadScenario,
  type LoadStage,
  type LoadSystem,
  lasting,
  loadMs,
} from '../harness/api/index.ts';

/** Garbage collectors and allocators give back in their own time; what is not back by then is held. */
const AFTER_MS = 5_000;
/** Idle until it has settled, and six readings. */
const READINGS_MS = 4_000;

/**
 * Memory of one function at a time: before it is there, idle, after its first request, under load, at its peak, and after
 * the load; with all that runs because of it, and what the machine has left. A function with a memory limit is then asked
 * for more than that, to see whether the limit acts.
 */
export const scenario: LoadScenario = {
  name: 'memory',
  summary: 'memory of a function and all that runs because of it, idle and under load; what a memory limit does',
  measures: 'load',
  takes: (asked) => blocksLasting(asked, lasting(loadMs(asked.load) + READINGS_MS + AFTER_MS)),
  async run(stage) {
    await forEachCell(
      stage,
      {
        name: 'memory',
        of: (functions) => functions,
        words: (deployable) => `memory of ${deployable.name}`,
        deployed: 'by the scenario',
      },
      (deployable, { system, place }) => lifeOf(stage, system, deployable, place),
    );
  },
};

async function lifeOf(stage: LoadStage, system: LoadSystem, deployable: Deployable, place: LoadPlace): Promise<void> {
  const head = { platform: system.platform.label, ...place, function: deployable.name };
  const read = async (moment: FootprintMoment): Promise<void> => {
    const reading = await system.footprint(deployable);
    await stage.record({ kind: 'footprint', scenario: 'memory', ...head, moment, ...reading });
  };
  await system.activate();
  await system.remove(deployable);
  await read('before');
  const tryLimit = await system.watchMemoryLimit(deployable);
  await system.deployIdle(deployable);
  await read('idle');
  await system.warm(deployable);
  await read('first');
  await underLoad(stage, system, deployable, place, () => read('loaded'));
  await read('peak');
  await sleep(AFTER_MS, undefined, { signal: stage.signal });
  await read('after');
  if (tryLimit !== undefined) await stage.record({ kind: 'memory-limit', ...head, ...(await tryLimit()) });
  await system.remove(deployable);
  if (stage.clean) await system.clean();
}

/** Reads in the middle of the load, when all that will be allocated for it is. */
async function underLoad(
  stage: LoadStage,
  system: LoadSystem,
  deployable: Deployable,
  place: LoadPlace,
  read: () => Promise<void>,
): Promise<void> {
  const running = stage.measure(system, place, firstLoad('memory', deployable, stage.load));
  const reading = sleep(stage.load.durationMs / 2, undefined, { signal: stage.signal }).then(read);
  await Promise.all([running, reading]);
}
