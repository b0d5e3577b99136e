import { setTimeout as sleep } from 'node:timers/promises';
import { dropBody } from '../serving/body.ts';
import { integer } from '../serving/parameters.ts';
import { plainText, type Workload } from '../serving/workload.ts';

export const workload: Workload = {
  bodyLimitBytes: Number.POSITIVE_INFINITY,
  async answer({ parameters, body, signal }) {
    const ms = integer(parameters, 'ms', { fallback: 100, low: 0, high: 60_000 });
    await dropBody(body);
    await sleep(ms, undefined, { signal });
    return plainText(`slept ${ms} ms\n`);
  },
};
