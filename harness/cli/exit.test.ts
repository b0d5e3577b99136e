import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { run } from '../core/subprocess.ts';

const PROGRAM = resolve(import.meta.dirname, 'lingering-program.fixture.ts');

test.each([
  ['nothing', /^$/],
  ['open', /^done, but something was left open in this process \(.*TCPServerWrap.*\): please report it$/m],
])('a program that is done ends with its exit code, with %s left open', async (what, words) => {
  const { exitCode, stderr } = await run([process.execPath, PROGRAM, what], { timeoutMs: 20_000 });
  expect(stderr).toMatch(words);
  expect(exitCode).toBe(3);
});

test('a program that is done waits for a reader that takes its time, and is not told of', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'much to say']);
  const said = buffer(child.stderr);
  const closed = once(child, 'close');
  // Three times the grace, from about when it began.
  await sleep(2_000);
  const [all, [exitCode]] = [await buffer(child.stdout), await closed];
  expect([all.length, exitCode, (await said).toString()]).toEqual([1_000_000, 3, '']);
});
