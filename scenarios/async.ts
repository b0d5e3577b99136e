import {
  blocksLasting,
  lasting,
  loadBlocks,
  loadMs,
  type Scenario,
  shuffled,
  withDeployed,
} from '../harness/api/index.ts';

/** One callback to begin with, and the last ones after the load. */
const CALLBACKS_MS = 3_000;

/** Asynchronous invocations: accepted at once, worked off by the queue, answered by a callback. Is any lost? */
export const scenario: Scenario = {
  name: 'async',
  summary: 'asynchronous invocations: time to 202 and to the callback, rate of the queue, losses',
  measures: 'load',
  loadFromTargetOnly: 'callbacks are dated by the clock of the machine under test, requests must be by the same',
  defaults: { levels: [], samples: 0, load: { rates: [20] } },
  takes: (asked) => blocksLasting(asked, lasting(asked.load.rates.length * (loadMs(asked.load) + CALLBACKS_MS))),
  measurements: ({ rates }) => rates.length,
  async run(stage) {
    const blocks = loadBlocks(stage);
    const { rates, durationMs, warmUpMs } = stage.load;
    const total = blocks.reduce((sum, { system }) => sum + system.functions.length, 0) * rates.length;
    let done = 0;
    for (const block of blocks) {
      const { system, number } = block;
      await withDeployed(stage, block, async () => {
        const cells = system.functions.flatMap((deployable) =>
          rates.map((ratePerSecond) => ({ deployable, ratePerSecond })),
        );
        for (const [round, { deployable, ratePerSecond }] of shuffled(cells, stage.random).entries()) {
          stage.signal.throwIfAborted();
          stage.progress(
            done++,
            total,
            `${system.platform.label} · ${deployable.name} · ${ratePerSecond}/s asynchronously`,
          );
          const outcome = await system.invokeAsync(deployable, { ratePerSecond, durationMs, warmUpMs });
          const head = { kind: 'async', platform: system.platform.label, block: number, round } as const;
          await stage.record({ ...head, function: deployable.name, ...outcome });
        }
      });
    }
    stage.progress(total, total, 'async: all measured');
  },
};
