// Writes what k6 would write of so many requests at such a rate, as fast as it is read: `k6-lines.ts REQUESTS RATE`.
// The lines are those of k6 2.1 with our script; times and failures are random. Nothing of it is kept.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { seededRandom } from '../core/random.ts';
import { dueTimes } from '../load/schedule.ts';

const STARTED_S = 1_700_000_000;
const TYPICAL_MS = 5;
const FAILED_SHARE = 0.001;
const CONNECTIONS = 100;
const CHUNK_CHARACTERS = 64 * 1024;

const [requests = 0, ratePerSecond = 1] = process.argv.slice(2).map(Number);
const random = seededRandom(1);
const dueNs = dueTimes({ kind: 'constant', ratePerSecond, durationMs: 0 });

function* lines(): Generator<string> {
  yield 'metric_name,timestamp,metric_value,error_code,status,extra_tags,metadata\n';
  yield `givre_started,${at(0)},${STARTED_S}000.000000,,,,n=0\n`;
  let text = '';
  for (let number = 0; number < requests; number++) {
    text += linesOf(number);
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield text;
}

/** In the order in which k6 has them. */
function linesOf(number: number): string {
  // Rayleigh's distribution: a long way from nothing to a few times the typical.
  const serviceMs = TYPICAL_MS * Math.sqrt(-2 * Math.log(1 - random()));
  const failed = random() < FAILED_SHARE;
  const endNs = dueNs(number) + (serviceMs + 0.5) * 1e6;
  const tags = failed ? `1500,500,,n=${number}\n` : `,200,,n=${number}\n`;
  const line = (metric: string, value: string): string => `${metric},${at(endNs)},${value},${tags}`;
  const later = (metric: string, value: string): string => `${metric},${at(endNs + 20_000)},${value},,,,n=${number}\n`;
  return (
    line('http_reqs', '1.000000') +
    line('http_req_duration', serviceMs.toFixed(6)) +
    line('http_req_blocked', '0.003112') +
    line('http_req_connecting', number < CONNECTIONS ? '0.090285' : '0.000000') +
    line('http_req_tls_handshaking', '0.000000') +
    line('http_req_sending', '0.026490') +
    line('http_req_waiting', (serviceMs * 0.9).toFixed(6)) +
    line('http_req_receiving', (serviceMs * 0.1).toFixed(6)) +
    line('http_req_failed', failed ? '1.000000' : '0.000000') +
    later('data_sent', '116.000000') +
    later('data_received', '66.000000') +
    later('iteration_duration', (serviceMs + 0.1).toFixed(6)) +
    later('iterations', '1.000000')
  );
}

/** Nanoseconds since 1970, which no double can hold. */
function at(ns: number): string {
  const whole = Math.floor(ns / 1e9);
  return `${STARTED_S + whole}${String(Math.round(ns - whole * 1e9)).padStart(9, '0')}`;
}

await pipeline(Readable.from(lines()), process.stdout);
