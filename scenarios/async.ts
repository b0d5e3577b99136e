import { blocksLasting, forEachCell, type LoadScenario, lasting, loadMs } from '../harness/api/index.ts';

/** One callback to begin with, and the last ones after the load. */
const CALLBACKS_MS = 3_000;

/** Asynchronous invocations: accepted at once, worked off by the queue, answered by a callback. Is any lost? */
export const scenario: LoadScenario = {
  name: 'async',
  summary: 'asynchronous invocations: time to 202 and to the callback, rate of the queue, losses',
  measures: 'load',
  loadFromTargetOnly: 'callbacks are dated by the clock of the machine under test, requests must be by the same',
  defaults: { rates: [20] },
  takes: (asked) => blocksLasting(asked, lasting(asked.load.rates.length * (loadMs(asked.load) + CALLBACKS_MS))),
  measurements: ({ rates }) => rates.length,
  async run(stage) {
    const { rates, durationMs, warmUpMs } = stage.load;
    await forEachCell(
      stage,
      {
        name: 'async',
        of: (functions) =>
          functions.flatMap((deployable) => rates.map((ratePerSecond) => ({ deployable, ratePerSecond }))),
        words: ({ deployable, ratePerSecond }) => `${deployable.name} · ${ratePerSecond}/s asynchronously`,
      },
      async ({ deployable, ratePerSecond }, { system, place }) => {
        const outcome = await system.invokeAsync(deployable, { ratePerSecond, durationMs, warmUpMs });
        const head = { kind: 'async', platform: system.platform.label, ...place } as const;
        await stage.record({ ...head, function: deployable.name, ...outcome });
      },
    );
  },
};
