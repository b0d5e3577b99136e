import { shuffled } from '../../core/random.ts';
import { alternatingBlocks, type Block } from '../blocks.ts';
import type { Deployable } from '../deployable.ts';
import type { LoadStage } from '../scenario.ts';
import type { LoadSystem } from '../system.ts';
import type { LoadPlace } from './trial.ts';

/** What is measured in every block, each cell once. */
interface Cells<C> {
  /** Of the scenario, for its last word. */
  readonly name: string;
  readonly of: (functions: readonly Deployable[]) => readonly C[];
  /** What the user reads while it is measured. */
  readonly words: (cell: C) => string;
  /** Default: in random order. */
  readonly order?: 'as listed';
  /** Who deploys the functions. Default: all of them are there while a block lasts, and then taken away. */
  readonly deployed?: 'by the scenario';
}

/** Where a cell is measured. */
interface CellPlace {
  readonly system: LoadSystem;
  readonly place: LoadPlace;
  /** What of the cell is being done now. */
  say(what: string): void;
}

/**
 * Measures each cell once in every block: platforms alternate, and cells come in random order, so that what drifts meets
 * all of them alike. The order goes by `stage.random` alone: all blocks are drawn first, and the cells of a block once it is
 * deployed, so that a run with the same seed does the same again.
 */
export async function forEachCell<C>(
  stage: LoadStage,
  cells: Cells<C>,
  measure: (cell: C, at: CellPlace) => Promise<void>,
): Promise<void> {
  const blocks = alternatingBlocks(stage, stage.load.blocks);
  const total = blocks.reduce((sum, { system }) => sum + cells.of(system.functions).length, 0);
  let done = 0;
  const measureBlock = async ({ system, number }: Block<LoadSystem>): Promise<void> => {
    const listed = cells.of(system.functions);
    const ordered = cells.order === 'as listed' ? listed : shuffled(listed, stage.random);
    for (const [round, cell] of ordered.entries()) {
      stage.signal.throwIfAborted();
      const words = `${system.platform.label} · ${cells.words(cell)}`;
      const say = (what: string): void => stage.progress(done, total, `${words} · ${what}`);
      stage.progress(done, total, words);
      await measure(cell, { system, place: { block: number, round }, say });
      done += 1;
    }
  };
  for (const block of blocks) {
    if (cells.deployed === 'by the scenario') await measureBlock(block);
    else await withDeployed(stage, block, measureBlock);
  }
  stage.progress(total, total, `${cells.name}: all measured`);
}

/** Deploys every function, does the work, and takes them away again: the next block finds the machine as this one did. */
async function withDeployed(
  stage: LoadStage,
  block: Block<LoadSystem>,
  work: (block: Block<LoadSystem>) => Promise<void>,
): Promise<void> {
  const { system } = block;
  await system.activate();
  for (const deployable of system.functions) await system.deploy(deployable);
  await work(block);
  for (const deployable of system.functions) await system.remove(deployable);
  if (stage.clean) await system.clean();
}
