import { resolve } from 'node:path';
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
