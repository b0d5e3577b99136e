import {
  type Asked,
  blocksLasting,
  type Deployable,
  type LoadWishes,
  lasting,
  loadBlocks,
  loadMs,
  type Path,
  type Payload,
  runTrial,
  type Scenario,
  type Span,
  type Stage,
  shuffled,
  withDeployed,
} from '../harness/api/index.ts';

interface Cell {
  readonly deployable: Deployable;
  readonly rate: number;
  readonly payload: Payload;
  readonly path: Path;
}

/**
 * Latency of warm functions at fixed rates in an open loop: each function × rate × payload × path once a block, in random
 * order, so that what drifts meets all of them alike.
 */
export const scenario: Scenario = {
  name: 'latency',
  summary: 'latency of warm functions at fixed rates, from the moment when a request was due',
  measures: 'load',
  defaults: { levels: [], samples: 0 },
  takes: gridTakes,
  measurements: gridSize,
  run: (stage) => grid(stage, 'latency'),
};

export function gridTakes(asked: Asked): Span {
  return blocksLasting(asked, lasting(gridSize(asked.load) * loadMs(asked.load)));
}

/** Measurements of each function in a block. */
export function gridSize({ rates, payloads, paths }: LoadWishes): number {
  return rates.length * payloads.length * paths.length;
}

/** The grid of rates, payloads and paths; `payload` is the same with other defaults. */
export async function grid(stage: Stage, name: string): Promise<void> {
  const blocks = loadBlocks(stage);
  const cells = (functions: readonly Deployable[]): readonly Cell[] =>
    functions.flatMap((deployable) =>
      stage.load.rates.flatMap((rate) =>
        stage.load.payloads.flatMap((payload) => stage.load.paths.map((path) => ({ deployable, rate, payload, path }))),
      ),
    );
  const total = blocks.reduce((sum, { system }) => sum + cells(system.functions).length, 0);
  let done = 0;
  for (const block of blocks) {
    await withDeployed(stage, block, async () => {
      for (const [round, cell] of shuffled(cells(block.system.functions), stage.random).entries()) {
        stage.signal.throwIfAborted();
        stage.progress(done++, total, wordsOf(block.system.platform.label, cell));
        const { deployable, path, rate, payload } = cell;
        await runTrial(
          stage,
          block.system,
          { block: block.number, round },
          {
            scenario: name,
            deployable,
            path,
            arrivals: { kind: 'constant', ratePerSecond: rate, durationMs: stage.load.durationMs },
            payload,
            purpose: 'measure',
            slo: stage.load.slo,
          },
        );
      }
    });
  }
  stage.progress(total, total, `${name}: all measured`);
}

function wordsOf(platform: string, { deployable, rate, payload, path }: Cell): string {
  const body = payload === 'own' || payload === 0 ? '' : ` · ${payload} bytes`;
  return `${platform} · ${deployable.name} · ${path} · ${rate}/s${body}`;
}
