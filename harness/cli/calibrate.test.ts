import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunResult, run } from '../core/subprocess.ts';
import { loadPrograms } from '../load/programs.fixture.ts';
import { calibrationSchema } from '../runs/schema.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');

let folder: string;
let own: readonly string[];
let k6: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-calibrate-'));
  const programs = await loadPrograms();
  k6 = programs.k6;
  own = ['--k6', k6, '--truth-server', programs.truth];
});
afterAll(() => rm(folder, { recursive: true }));

function givre(...words: readonly string[]): Promise<RunResult> {
  return run([process.execPath, MAIN, 'calibrate', ...words], {
    timeoutMs: 50_000,
    env: { XDG_STATE_HOME: folder },
  });
}

describe('npm run calibrate', () => {
  test('has help with examples', async () => {
    const { exitCode, stdout } = await givre('--help');
    expect(exitCode).toBe(0);
    for (const word of ['Examples:', '--profile', 'retry-bait', 'Exit codes:']) expect(stdout).toContain(word);
  });

  test.each([
    [['--profile', 'sine'], 'unknown profile "sine"'],
    [['--rate', '20', '--duration', '10'], '200 requests per profile are too few to say anything about p99'],
    [['--k6', '/nonexistent/k6'], '/nonexistent/k6'],
  ])('refuses %j', async (words, what) => {
    const { exitCode, stderr } = await givre(...words);
    expect(stderr).toContain(what);
    expect(exitCode).toBe(2);
  });

  test('prints the error table; a server that drops connections is flagged, as it should be', async () => {
    const { exitCode, stdout } = await givre(...own, '--profile', 'drop', '--duration', '4');
    expect(stdout).toMatch(/^profile +sent +seen +p50 +p90 +p99 +verdict$/m);
    expect(stdout).toMatch(/^drop +(\d+) +\1 .* flagged$/m);
    expect(stdout).toMatch(/^drop: \d+ requests failed$/m);
    expect(exitCode).toBe(0);
    // A part of the profiles is no proof, and nothing remembers it.
    await expect(readFile(join(folder, 'givre/calibration.json'))).rejects.toThrow();
  });

  test('ends with 3 for a generator that stands still on the way', async () => {
    const halting = join(folder, 'halting-k6');
    const halt = `{ sleep 8; kill -STOP $p; sleep 0.8; kill -CONT $p; } >/dev/null 2>&1 &`;
    const script = `#!/bin/sh\n[ "$1" = run ] || exec ${k6} "$@"\n${k6} "$@" & p=$!\n${halt}\nwait $p\n`;
    await writeFile(halting, script, { mode: 0o755 });
    const words = ['--profile', 'constant', '--duration', '5', '--json'];
    const { exitCode, stdout } = await givre(...own, '--k6', halting, ...words);
    const calibration = calibrationSchema.parse(JSON.parse(stdout));
    expect(calibration.ok).toBe(false);
    // What may be the machine's fault is tried once more.
    expect(calibration.rows.map((row) => row.verdict)).toEqual(['flagged', 'flagged']);
    expect(calibration.rows[0]?.reasons.join('\n')).toMatch(/^(on-time|arrivals): /m);
    expect(exitCode).toBe(3);
  });

  test('on Ctrl-C it ends with 130 and leaves no process behind', async () => {
    const words = ['calibrate', ...own, '--profile', 'constant', '--duration', '60', '--seed', '90125'];
    const child = spawn(process.execPath, [MAIN, ...words], { stdio: 'ignore' });
    await sleep(4_000);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    // Generator and server both have the seed among their words.
    expect((await run(['pgrep', '-f', 'truth-constant-90125|seed 90125'])).stdout).toBe('');
  });
});
