import { setTimeout as sleep } from 'node:timers/promises';
import {
  alternatingBlocks,
  type Block,
  type ColdAsked,
  type ColdScenario,
  type ColdStage,
  type ColdSystem,
  type Deployable,
  type Level,
  lasting,
  shuffled,
  TYPICAL_MS,
} from '../harness/api/index.ts';

/** Warm requests before and after each block; their drift tells whether the machine itself has changed. */
const SENTINEL_REQUESTS = 40;
/** So that a moment in which something else ran is a part of them, and not all. */
const SENTINEL_SPACING_MS = 20;

/** Of one sample, made cold and asked, and of one floor; a machine (L4) takes what its cloud takes. */
const SAMPLE_MS: Readonly<Record<Level, number>> = { L0: 700, L1: 700, L2: 1_000, L3: 1_400, L4: 120_000 };
const FLOOR_MS: Readonly<Record<Level, number>> = { L0: 0, L1: 320, L2: 320, L3: 500, L4: 60_000 };
/** Of one warm request besides the spacing. */
const SENTINEL_MS = 17;

type Cell =
  | { readonly kind: 'function'; readonly deployable: Deployable; readonly level: Level }
  | { readonly kind: 'floor'; readonly level: Level };

interface ColdBlock extends Block<ColdSystem> {
  readonly firstRound: number;
  readonly rounds: number;
}

/**
 * Cold starts: each function at each level, proven cold, in randomised interleaved order.
 *
 * Blocks of all platforms alternate in random order; within a block every round holds each function × level once, and
 * the machine's floor once per level, again in random order (randomised multiple interleaved trials).
 */
export const scenario: ColdScenario = {
  name: 'coldstart',
  summary: 'time from a request to a function that is not running until its first correct answer',
  measures: 'cold starts',
  defaults: { levels: ['L1'], samples: 40 },
  takes: (asked) => lasting(blocksMs(asked) + samplesMs(asked)),
  async run(stage) {
    const blocks = planBlocks(stage);
    const total = blocks.reduce((sum, block) => sum + stepsOf(block, stage), 0);
    let done = 0;
    for (const block of blocks) {
      await runBlock(stage, block, (what) => stage.progress(done++, total, what));
    }
    stage.progress(total, total, 'all samples taken');
  },
};

function blocksMs({ samples, roundsPerBlock, functions }: ColdAsked): number {
  const sentinels = 2 * SENTINEL_REQUESTS * (SENTINEL_SPACING_MS + SENTINEL_MS);
  const deployments = functions * (TYPICAL_MS.deploy + TYPICAL_MS.remove);
  return Math.ceil(samples / roundsPerBlock) * (TYPICAL_MS.activate + sentinels + deployments);
}

function samplesMs({ levels, samples, machineSamples, functions }: ColdAsked): number {
  return levels
    .map((level) => (level === 'L4' ? machineSamples : samples) * (functions * SAMPLE_MS[level] + FLOOR_MS[level]))
    .reduce((sum, ms) => sum + ms, 0);
}

function planBlocks(stage: ColdStage): readonly ColdBlock[] {
  const { samples, roundsPerBlock } = stage;
  return alternatingBlocks(stage, Math.ceil(samples / roundsPerBlock)).map((block) => {
    const firstRound = block.repetition * roundsPerBlock;
    return { ...block, firstRound, rounds: Math.min(roundsPerBlock, samples - firstRound) };
  });
}

/** Spread evenly over all rounds, so that what changes over time meets the machines of all platforms. */
function takesMachine({ samples, machineSamples }: ColdStage, round: number): boolean {
  const until = (end: number) => Math.floor((end * machineSamples) / samples);
  return until(round + 1) > until(round);
}

function stepsOf(block: ColdBlock, stage: ColdStage): number {
  const rounds = Array.from({ length: block.rounds }, (_, index) => block.firstRound + index);
  return rounds.reduce((sum, round) => sum + cellsOf(block.system, stage, round).length, 0);
}

function cellsOf(system: ColdSystem, stage: ColdStage, round: number): readonly Cell[] {
  const levels = stage.levels.filter(
    (level) => system.unsupported(level) === undefined && (level !== 'L4' || takesMachine(stage, round)),
  );
  return levels.flatMap((level): Cell[] => [
    ...system.functions.map((deployable): Cell => ({ kind: 'function', deployable, level })),
    // A resume has no floor: it consists of neither containerd's nor CNI's calls.
    ...(level === 'L0' ? [] : [{ kind: 'floor', level } satisfies Cell]),
  ]);
}

async function runBlock(stage: ColdStage, block: ColdBlock, step: (what: string) => void): Promise<void> {
  const { system } = block;
  await system.activate();
  for (const deployable of system.functions) await system.deploy(deployable);
  await sentinel(stage, block, 'before');
  for (let round = block.firstRound; round < block.firstRound + block.rounds; round++) {
    for (const cell of shuffled(cellsOf(system, stage, round), stage.random)) {
      stage.signal.throwIfAborted();
      step(`${system.platform.label} · ${cell.level} · ${cell.kind === 'floor' ? 'floor' : cell.deployable.name}`);
      await measureCell(stage, block, round, cell);
    }
  }
  await readMemory(stage, block);
  await sentinel(stage, block, 'after');
  for (const deployable of system.functions) await system.remove(deployable);
  await hygiene(stage, block);
}

async function measureCell(stage: ColdStage, block: ColdBlock, round: number, cell: Cell): Promise<void> {
  const head = { platform: block.system.platform.label, block: block.number, round, level: cell.level };
  if (cell.kind === 'floor') {
    await stage.record({ ...head, kind: 'floor', ...(await block.system.floor(cell.level)) });
    return;
  }
  const outcome = await block.system.coldStart(cell.deployable, cell.level);
  await stage.record({ ...head, kind: 'coldstart', function: cell.deployable.name, ...outcome });
}

async function sentinel(stage: ColdStage, block: ColdBlock, position: 'before' | 'after'): Promise<void> {
  const deployable = block.system.functions[0];
  if (deployable === undefined) return;
  const contamination = await block.system.contamination();
  for (let request = 0; request < SENTINEL_REQUESTS; request++) {
    await sleep(SENTINEL_SPACING_MS, undefined, { signal: stage.signal });
    const { latencyNs, correct } = await block.system.warm(deployable);
    await stage.record({
      kind: 'sentinel',
      platform: block.system.platform.label,
      block: block.number,
      round: request,
      function: deployable.name,
      position,
      latencyNs,
      correct,
      contamination,
    });
  }
}

async function readMemory(stage: ColdStage, block: ColdBlock): Promise<void> {
  for (const deployable of block.system.functions) {
    // A function that was never woken has no memory to speak of.
    const { correct } = await block.system.warm(deployable);
    if (!correct) continue;
    await stage.record({
      kind: 'memory',
      platform: block.system.platform.label,
      block: block.number,
      round: block.firstRound + block.rounds - 1,
      function: deployable.name,
      ...(await block.system.memory(deployable)),
    });
  }
}

async function hygiene(stage: ColdStage, block: ColdBlock): Promise<void> {
  const before = await block.system.contamination();
  if (stage.clean) await block.system.clean();
  const after = await block.system.contamination();
  await stage.record({
    kind: 'hygiene',
    platform: block.system.platform.label,
    block: block.number,
    round: block.firstRound,
    before,
    after,
  });
}
