// A program that fails where nobody waits, and then does what a run does: stops, cleans up, ends with the reason's exit code.

import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodeOf } from '../core/errors.ts';
import { streamOutput } from '../core/output.ts';
import { onInterrupt } from './interrupt.ts';

const CLEANING_MS = 1_000;

const faults: Readonly<Record<string, () => void>> = {
  throws: () => void setTimeout(() => JSON.parse('no json')),
  rejects: () => void Promise.reject(new Error('nobody awaits this')),
  aborts: () => void Promise.reject(new DOMException('some request of its own', 'AbortError')),
  'ends early': () => {},
  'throws, and cleaning up hangs': () => void setTimeout(() => JSON.parse('no json')),
  'throws, and again while cleaning up': () => void setInterval(() => JSON.parse('no json'), 50).unref(),
};

const output = streamOutput(process.stdout, process.stderr);
const interrupt = onInterrupt(output, () => 'npm run reap -- --yes --run mine', CLEANING_MS);
const stopped = new Promise<void>((resolve) => interrupt.signal.addEventListener('abort', () => resolve()));
const what = process.argv[2] ?? '';
faults[what]?.();
await stopped;
if (what === 'throws, and cleaning up hangs') await new Promise(() => {});
await sleep(200);
output.result('cleaned up');
interrupt.dispose();
const reason: unknown = interrupt.signal.reason;
if (reason instanceof Error) output.note(reason.message);
process.exit(exitCodeOf(reason));
