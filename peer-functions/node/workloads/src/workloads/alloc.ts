import { setTimeout as sleep } from 'node:timers/promises';
import { dropBody } from '../serving/body.ts';
import { integer } from '../serving/parameters.ts';
import { json, type Workload } from '../serving/workload.ts';

const pageBytes = 4096;
/** What is written to a page is its number modulo this. */
const pageModulus = 251;

export const workload: Workload = {
  bodyLimitBytes: Number.POSITIVE_INFINITY,
  async answer({ parameters, body, signal }) {
    const mb = integer(parameters, 'mb', { fallback: 16, low: 0, high: 1024 });
    const holdMs = integer(parameters, 'hold_ms', { fallback: 0, low: 0, high: 60_000 });
    await dropBody(body);
    const pages = (mb * 1024 * 1024) / pageBytes;
    const memory = Buffer.alloc(pages * pageBytes);
    for (let page = 0; page < pages; page++) memory[page * pageBytes] = page % pageModulus;
    await sleep(holdMs, undefined, { signal });
    let checksum = 0;
    for (let page = 0; page < pages; page++) checksum += memory[page * pageBytes] ?? 0;
    return json({ mb, pages, checksum });
  },
};
