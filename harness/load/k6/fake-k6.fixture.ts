import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHere } from '../../core/here.ts';
import type { LoadPlan } from '../load.ts';
import type { K6Place } from './process.ts';

/** What k6 2.1 writes first. */
export const K6_HEADER = 'metric_name,timestamp,metric_value,error_code,status,extra_tags,metadata';

/** A program in k6's stead that runs for ever, on this machine, and what removes it. */
export async function fakeK6(body: string): Promise<K6Place & { remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'givre-fake-k6-'));
  const program = join(folder, 'k6');
  await writeFile(program, `#!${process.execPath}\n${body}\nsetInterval(() => {}, 1_000);\n`);
  await chmod(program, 0o755);
  return {
    place: { open: (argv) => openHere(argv) },
    program,
    scripts: folder,
    version: '2.1.0',
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Ten requests for every second of the scenario, of which one passes every 20 ms. */
export const STEADY_K6 = `
const startMs = Date.now();
const say = (metric, ns, value, n) => {
  const at = String(startMs + Math.floor(ns / 1e6)) + String(ns % 1e6).padStart(6, '0');
  console.log(\`\${metric},\${at},\${value},,200,,n=\${n}\`);
};
console.log('${K6_HEADER}');
say('givre_started', 0, startMs, 0);
let n = 0;
setInterval(() => {
  for (let i = 0; i < 10; i++, n++) {
    say('http_req_duration', n * 1e8, 1, n);
    say('iteration_duration', n * 1e8, 1, n);
  }
}, 20);`;

/** One that no test ends by its time. */
export function longPlan(): LoadPlan {
  return {
    id: 'fake',
    request: {
      url: 'http://127.0.0.1:1/',
      method: 'POST',
      headers: {},
      body: new Uint8Array(),
      expect: { status: 200 },
    },
    arrivals: { kind: 'constant', ratePerSecond: 10, durationMs: 600_000 },
    warmUpMs: 0,
    timeoutMs: 1_000,
    virtualUsers: 5,
  };
}
