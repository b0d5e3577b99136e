import { blocksLasting, forEachCell, type LoadScenario, lasting } from '../harness/api/index.ts';

const CLIENTS = [1, 10, 50] as const;
/** Killed, the cache waited for, asked, all answers read. */
const BURST_MS = 2_000;

/** Many clients at once to a function that is not running: is it started once, are all answered, and when? */
export const scenario: LoadScenario = {
  name: 'burst',
  summary: 'many clients at once to a function that is not running: starts, right answers, time until all have one',
  measures: 'load',
  loadFromTargetOnly: 'all requests of a burst are sent by one client at one moment',
  takes: (asked) => blocksLasting(asked, lasting(CLIENTS.length * BURST_MS)),
  async run(stage) {
    await forEachCell(
      stage,
      {
        name: 'burst',
        of: (functions) => functions.flatMap((deployable) => CLIENTS.map((clients) => ({ deployable, clients }))),
        words: ({ deployable, clients }) => `${deployable.name} · ${clients} at once`,
      },
      async ({ deployable, clients }, { system, place }) => {
        const outcome = await system.burst(deployable, clients);
        const head = { kind: 'burst', platform: system.platform.label, ...place } as const;
        await stage.record({ ...head, function: deployable.name, ...outcome });
      },
    );
  },
};
