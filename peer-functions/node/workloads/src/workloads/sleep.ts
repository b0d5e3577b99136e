import { setTimeout as sleep } from 'node:timers/promises';
import { dropBody } from '../serving/body.ts';
import { integer } from '../serving/parameters.ts';
import { plainText, type Workload } from '../serving/workload.ts';

export const workload: Workload = {
  bodyLimitBytes: Number.POSITIVE_INFINITY,
  async answer({ parameters, body, signal }) {
    const ms = integer(parameters, 'ms', { fallback: 100, low: 0, high: 60_000 });
    await dropBody(body);
    await sleepAtLeast(ms, signal);
    return plainText(`slept ${ms} ms\n`);
  },
};

/** Node's timers go by a clock that is read once a turn, in whole milliseconds: one of 1 ms has been over after 0.8. */
async function sleepAtLeast(ms: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + ms;
  for (let left = ms; left > 0; left = end - performance.now()) await sleep(Math.ceil(left), undefined, { signal });
}
