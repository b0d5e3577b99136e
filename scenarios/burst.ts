import { blocksLasting, lasting, loadBlocks, type Scenario, shuffled, withDeployed } from '../harness/api/index.ts';

const CLIENTS = [1, 10, 50] as const;
/** Killed, the cache waited for, asked, all answers read. */
const BURST_MS = 2_000;

/** Many clients at once to a function that is not running: is it started once, are all answered, and when? */
export const scenario: Scenario = {
  name: 'burst',
  summary: 'many clients at once to a function that is not running: starts, right answers, time until all have one',
  measures: 'load',
  loadFromTargetOnly: 'all requests of a burst are sent by one client at one moment',
  defaults: { levels: [], samples: 0 },
  takes: (asked) => blocksLasting(asked, lasting(CLIENTS.length * BURST_MS)),
  async run(stage) {
    const blocks = loadBlocks(stage);
    const total = blocks.reduce((sum, { system }) => sum + system.functions.length, 0) * CLIENTS.length;
    let done = 0;
    for (const block of blocks) {
      const { system, number } = block;
      await withDeployed(stage, block, async () => {
        const cells = system.functions.flatMap((deployable) => CLIENTS.map((clients) => ({ deployable, clients })));
        for (const [round, { deployable, clients }] of shuffled(cells, stage.random).entries()) {
          stage.signal.throwIfAborted();
          stage.progress(done++, total, `${system.platform.label} · ${deployable.name} · ${clients} at once`);
          const outcome = await system.burst(deployable, clients);
          const head = { kind: 'burst', platform: system.platform.label, block: number, round } as const;
          await stage.record({ ...head, function: deployable.name, ...outcome });
        }
      });
    }
    stage.progress(total, total, 'burst: all measured');
  },
};
