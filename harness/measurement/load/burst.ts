import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployable } from '../../api/deployable.ts';
import type { BurstOutcome } from '../../api/system.ts';
import { FUNCTION_NAMESPACE } from '../../core/platform.ts';
import { runUntilInputEnds } from '../../load/until-input-ends.ts';
import type { LoadParts, SystemParts } from '../parts.ts';
import { askingOf } from './body.ts';
import { loadParts } from './measure.ts';

const DEADLINE_MS = 20_000;
/** containerd's client takes a moment until it is subscribed, and tells of the last start a moment late. */
const EVENTS_SETTLE_MS = 500;

/** Kills a function that runs, and asks it many times at the same moment. */
export async function measureBurst(parts: SystemParts, deployable: Deployable, clients: number): Promise<BurstOutcome> {
  const { agent, installation, signal } = parts;
  const tools = loadParts(parts);
  // While it still runs.
  const { headers, body, expect, sent } = await askingOf(parts, deployable, 'own', 'constant');
  await agent.kill({ namespace: FUNCTION_NAMESPACE, id: deployable.name, signal: 9, deadlineMs: 5_000 });
  await sleep(parts.cacheWaitMs, undefined, { signal });
  const starts = countStarts(tools, deployable.name);
  await sleep(EVENTS_SETTLE_MS, undefined, { signal });
  const result = await tools
    .burst({
      url: `http://${installation.gatewayAddress}/function/${deployable.name}`,
      via: 'gateway',
      headers,
      body,
      expect,
      clients,
      deadlineMs: DEADLINE_MS,
    })
    .finally(() => sleep(EVENTS_SETTLE_MS));
  return {
    level: 'L1',
    concurrency: clients,
    payloadBytes: body.length,
    body: sent,
    starts: await starts.end(),
    ...result,
    wrong: [...result.wrong],
  };
}

/** Follows containerd's events until told to stop. */
function countStarts({ openProgram }: LoadParts, name: string): { end(): Promise<number | null> } {
  const stop = new AbortController();
  let text = '';
  const ended = runUntilInputEnds({ open: openProgram }, ['ctr', '--namespace', FUNCTION_NAMESPACE, 'events'], {
    name: 'ctr events',
    deadlineMs: 120_000,
    signal: stop.signal,
    onOutput: (chunk) => {
      text += chunk.toString('utf8');
    },
  }).then(
    // It never ends by itself, unless it cannot work here.
    () => false,
    () => stop.signal.aborted,
  );
  return {
    async end() {
      stop.abort();
      const followed = await ended;
      const starts = text.split('\n').filter((line) => line.includes(' /tasks/start ') && line.includes(`"${name}"`));
      return followed ? starts.length : null;
    },
  };
}
