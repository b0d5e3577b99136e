import { resolve } from 'node:path';
import type { K6Program } from '../planning/users-k6.ts';
import { type Claim, claim } from './claims.ts';
import { type LoadCost, loadInOwnProcess } from './load-process.ts';
import { keepRows, type SelfContext } from './runs.ts';

const LIMIT_BYTES = 300 * 2 ** 20;
const FLAT = 1.2;
const MANY = 10_000_000;
/** Of a load of a quarter of an hour. */
const SECONDS = 1_000;
/** Of almost three hours. */
const LONG_SECONDS = 10_000;

const LINES = resolve(import.meta.dirname, 'k6-lines.ts');
/**
 * V8 lets the room for new objects grow with what has ever been made in it, to 128 MB after ten thousand seconds, although
 * 22 MB are all that is held then. With this it is at its largest soon, so that what is held can be compared.
 */
const SAME_ROOM = ['--max-semi-space-size=4'];

/**
 * What a measurement holds in memory: ten times as many requests in the same time, and as many in ten times the time. Lines
 * are made as they are read, by a program in k6's stead; everything after them is what a run has.
 */
export async function memoryClaims(context: SelfContext, k6: K6Program): Promise<readonly Claim[]> {
  const many = Math.max(100_000, Math.round(MANY * context.scale));
  const rows: (LoadCost & { readonly requests: number })[] = [];
  const fed = async (requests: number, seconds: number, node: readonly string[] = []): Promise<LoadCost> => {
    context.output.status(`overhead: ${requests} requests of ${seconds} seconds through the reader`);
    const ratePerSecond = requests / seconds;
    const load = { url: 'http://nowhere/', ratePerSecond, durationMs: seconds * 1_000, virtualUsers: 100 };
    const instead = [process.execPath, LINES, String(requests), String(ratePerSecond)];
    const cost = await loadInOwnProcess(k6, load, context.signal, { instead, node });
    rows.push({ requests, ...cost });
    await keepRows(context, 'overhead-memory.json', rows);
    return cost;
  };
  const usual = await fed(many, SECONDS);
  const usualLong = await fed(many, LONG_SECONDS);
  const few = await fed(many / 10, SECONDS, SAME_ROOM);
  const all = await fed(many, SECONDS, SAME_ROOM);
  const long = await fed(many, LONG_SECONDS, SAME_ROOM);
  const whole = rows.every((it) => it.sent === it.requests);
  const perSecond = (long.peakBytes - all.peakBytes) / (long.seconds - all.seconds);
  return [
    claim(
      'overhead memory',
      `the harness' process stays ≤ 300 MB with ${many} requests in ${SECONDS} s`,
      `peak ${told(usual)}, 13 lines of k6's CSV each; not judged: ${told(usualLong)}`,
      whole && usual.peakBytes <= LIMIT_BYTES,
    ),
    claim(
      'overhead memory flat',
      `ten times as many requests in the same time take ≤ ${FLAT} × as much memory, with the same room for new objects`,
      `peak ${told(few)}, ${told(all)}; ${told(long)}: about ${(perSecond / 1024).toFixed(1)} kB for each second more`,
      whole && all.peakBytes <= FLAT * few.peakBytes,
    ),
  ];
}

function told({ peakBytes, sent, seconds }: LoadCost): string {
  return `${(peakBytes / 2 ** 20).toFixed(0)} MB with ${sent} in ${seconds} s`;
}
