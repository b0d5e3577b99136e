import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Scope } from '../core/scope.ts';
import { type Logs, newLogs } from './logs.ts';

let scope: Scope;
let logs: Logs;
let said: string[];
let done: string[];
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  [scope, said, done] = [new Scope(), [], []];
  logs = newLogs((line) => said.push(line));
});
afterEach(() => {
  vi.useRealTimers();
});

/** A machine, and how its logs come. */
async function add(name: string, collect: (signal: AbortSignal) => Promise<void>): Promise<void> {
  await scope.defer(`machine ${name}`, async () => void done.push(`machine ${name}`));
  await logs.keep(name, scope, collect);
}

const hangs = () => new Promise<void>(() => {});

test('logs are collected before the machine goes', async () => {
  await add('a', async () => void done.push('logs of a'));
  expect(await scope.close()).toEqual([]);
  expect(done).toEqual(['logs of a', 'machine a']);
});

test('logs that do not come hold up the removal of all machines for a good minute at most, and are no leftover', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await add(name, hangs);
  const begun = performance.now();
  const closing = scope.close().then((failures) => ({ failures, tookMs: performance.now() - begun }));
  await vi.advanceTimersByTimeAsync(300_000);
  const { failures, tookMs } = await closing;
  expect(failures).toEqual([]);
  expect(tookMs).toBeLessThanOrEqual(75_000);
  expect(done).toEqual(['machine d', 'machine c', 'machine b', 'machine a']);
  expect(said).toHaveLength(4);
  expect(said[0]).toBe('warning: the logs of d are lost: collecting the logs of d did not come to an end within 60 s');
});

test('logs that cannot be read are said to be lost', async () => {
  await add('a', async () => {
    throw new Error('no such container');
  });
  expect(await scope.close()).toEqual([]);
  expect(said).toEqual(['warning: the logs of a are lost: no such container']);
});
