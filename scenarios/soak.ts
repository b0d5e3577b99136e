import { setTimeout as sleep } from 'node:timers/promises';
import {
  blocksLasting,
  lasting,
  loadBlocks,
  loadMs,
  runTrial,
  type Scenario,
  withDeployed,
} from '../harness/api/index.ts';

/** Several readings of memory a minute are enough for a slope, and cost the function nothing. */
const READ_EVERY_MS = 5_000;

/** One function after the other under a steady load for long: does latency drift, does memory grow? */
export const scenario: Scenario = {
  name: 'soak',
  summary: 'steady load for long: drift of latency, growth of memory',
  measures: 'load',
  defaults: { levels: [], samples: 0 },
  takes: (asked) => blocksLasting(asked, lasting(loadMs(asked.load))),
  measurements: () => 1,
  async run(stage) {
    const blocks = loadBlocks(stage);
    const { durationMs, rates, payloads, paths, slo } = stage.load;
    const total = blocks.reduce((sum, { system }) => sum + system.functions.length, 0);
    let done = 0;
    for (const block of blocks) {
      const { system } = block;
      await withDeployed(stage, block, async () => {
        for (const [round, deployable] of system.functions.entries()) {
          stage.signal.throwIfAborted();
          stage.progress(done++, total, `${system.platform.label} · soak of ${deployable.name}`);
          const place = { block: block.number, round };
          const running = runTrial(stage, system, place, {
            scenario: 'soak',
            deployable,
            path: paths[0] ?? 'gateway',
            arrivals: { kind: 'constant', ratePerSecond: rates[0] ?? 50, durationMs },
            payload: payloads[0] ?? 'own',
            purpose: 'measure',
            slo,
          });
          const head = {
            kind: 'footprint',
            scenario: 'soak',
            platform: system.platform.label,
            ...place,
            function: deployable.name,
          } as const;
          await untilOver(running, stage.signal, async () => {
            await stage.record({ ...head, moment: 'loaded', ...(await system.footprint(deployable)) });
          });
          await running;
        }
      });
    }
    stage.progress(total, total, 'soak: all measured');
  },
};

/** Does something every few seconds until `running` is over, however that ends. */
async function untilOver(
  running: Promise<unknown>,
  signal: AbortSignal,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const ended = running.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([ended, pause(READ_EVERY_MS, signal)]))) await meanwhile();
}

async function pause(ms: number, signal: AbortSignal): Promise<false> {
  await sleep(ms, undefined, { signal });
  return false;
}
