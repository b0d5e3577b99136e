import { shuffled } from '../../core/random.ts';
import type { Stage } from '../scenario.ts';
import type { System } from '../system.ts';

/** One deployment of every function on one platform. */
export interface LoadBlock {
  readonly system: System;
  readonly number: number;
}

/** Blocks of all platforms alternate in random order, so that what changes over time meets all. */
export function loadBlocks(stage: Stage): readonly LoadBlock[] {
  const blocks: LoadBlock[] = [];
  for (let repetition = 0; repetition < stage.load.blocks; repetition++) {
    for (const system of shuffled(stage.systems, stage.random)) blocks.push({ system, number: blocks.length });
  }
  return blocks;
}

/** Deploys every function, does the work, and takes them away again: the next block finds the machine as this one did. */
export async function withDeployed(stage: Stage, { system }: LoadBlock, work: () => Promise<void>): Promise<void> {
  await system.activate();
  for (const deployable of system.functions) await system.deploy(deployable);
  await work();
  for (const deployable of system.functions) await system.remove(deployable);
  if (stage.clean) await system.clean();
}
