import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { poll } from '../core/poll.ts';

const PROGRAM = resolve(import.meta.dirname, 'interrupted-run.fixture.ts');
const REAP = 'npm run reap -- --yes --run interrupted-run';

let folder: string;
let started: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-interrupted-'));
});
afterEach(async () => {
  started?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** A run that measures by now. */
async function measuring(...words: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    env: { ...process.env, XDG_STATE_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started = child;
  const exited = new Promise<number | null>((done) => child.once('close', done));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const until = async (words: string): Promise<void> => {
    const look = async () =>
      said.includes(words) ? { done: true as const, value: undefined } : { done: false as const, seen: said };
    await poll(look, { what: `"${words}"`, deadlineMs: 20_000, everyMs: 5 });
  };
  await until('measuring');
  return { child, exited, until, said: () => said };
}

const locks = (): Promise<readonly string[]> => readdir(join(folder, 'givre', 'locks'));

describe('Ctrl-C in a run', { timeout: 60_000 }, () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'once, as %s: all is removed, then it ends with 130',
    async (by) => {
      const { child, exited, said } = await measuring();
      expect(await locks()).toEqual(['interrupted-run.json']);
      child.kill(by);
      expect(await exited).toBe(130);
      expect(said()).toContain('interrupted: cleaning up and keeping what was measured');
      expect(said()).toContain('removed the machine');
      expect(said()).not.toContain(REAP);
      expect(await locks()).toEqual([]);
    },
  );

  test('twice: it stops at once, and says how to remove what is left behind', async () => {
    const { child, exited, until, said } = await measuring('whose removal hangs');
    child.kill('SIGINT');
    await until('removing the machine');
    child.kill('SIGINT');
    expect(await exited).toBe(130);
    expect(said()).toContain('interrupted twice: stopping at once');
    expect(said()).toContain(REAP);
    expect(said()).not.toContain('removed the machine');
    // To whoever reaps, the lock of a process that is gone is a dead run's.
    expect(await locks()).toEqual(['interrupted-run.json']);
  });
});
