import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RunResult, run } from '../core/subprocess.ts';

const PROGRAM = resolve(import.meta.dirname, 'faulty-program.fixture.ts');

function faulty(what: string): Promise<RunResult> {
  return run([process.execPath, PROGRAM, what], { timeoutMs: 20_000 });
}

describe('a fault where nobody waits', () => {
  test.each([
    ['throws', 'is not valid JSON'],
    ['rejects', 'nobody awaits this'],
    ['aborts', 'some request of its own'],
    ['ends early', 'nothing is left to wait for'],
    ['throws, and again while cleaning up', 'is not valid JSON'],
  ])('that %s stops the run, which cleans up and ends with 4', async (what, words) => {
    const { stdout, stderr, exitCode } = await faulty(what);
    expect(stderr).toContain('a fault: cleaning up');
    expect(stderr).toContain(words);
    expect(stdout).toContain('cleaned up');
    expect(exitCode).toBe(4);
  });

  test('waits for the cleanup until its deadline, and then says how to remove what is left', async () => {
    const { stdout, stderr, exitCode } = await faulty('throws, and cleaning up hangs');
    expect(stdout).not.toContain('cleaned up');
    expect(stderr).toContain('not cleaned up within 1 s');
    expect(stderr).toContain('npm run reap -- --yes --run mine');
    expect(exitCode).toBe(4);
  });
});
