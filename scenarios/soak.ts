import { setTimeout as sleep } from 'node:timers/promises';
import { blocksLasting, firstLoad, forEachCell, type LoadScenario, lasting, loadMs } from '../harness/api/index.ts';

/** Several readings of memory a minute are enough for a slope, and cost the function nothing. */
const READ_EVERY_MS = 5_000;

/** One function after the other under a steady load for long: does latency drift, does memory grow? */
export const scenario: LoadScenario = {
  name: 'soak',
  summary: 'steady load for long: drift of latency, growth of memory',
  measures: 'load',
  takes: (asked) => blocksLasting(asked, lasting(loadMs(asked.load))),
  measurements: () => 1,
  async run(stage) {
    await forEachCell(
      stage,
      {
        name: 'soak',
        of: (functions) => functions,
        words: (deployable) => `soak of ${deployable.name}`,
        order: 'as listed',
      },
      async (deployable, { system, place }) => {
        const running = stage.measure(system, place, firstLoad('soak', deployable, stage.load));
        const of = { platform: system.platform.label, ...place, function: deployable.name };
        await untilOver(running, stage.signal, async () => {
          const reading = await system.footprint(deployable);
          await stage.record({ kind: 'footprint', scenario: 'soak', ...of, moment: 'loaded', ...reading });
        });
        await running;
      },
    );
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
