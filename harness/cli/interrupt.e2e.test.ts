import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { poll } from '../core/poll.ts';
import { run } from '../core/subprocess.ts';
import { readRun } from '../runs/read.ts';
import { listOurContainers } from '../targets/leftovers.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');

let folder: string;
let started: Started | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-interrupt-'));
});
afterEach(async () => {
  // A test that failed half-way must not leave its run behind.
  started?.child.kill('SIGKILL');
  await started?.exited;
  await reap('--yes');
  await rm(folder, { recursive: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly said: () => string;
}

/** A run that would take minutes; its state is in the test's own folder. */
function startRun(): Started {
  const words = [
    'bench',
    '--scenario',
    'coldstart',
    '--platform',
    'control',
    '--functions',
    'rust-hello',
    '--out',
    folder,
  ];
  const child = spawn(process.execPath, [MAIN, ...words, '--samples', '200'], {
    env: { ...process.env, XDG_STATE_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  started = { child, exited: new Promise((done) => child.once('close', done)), said: () => said };
  return started;
}

function reap(...words: readonly string[]) {
  return run([process.execPath, MAIN, 'reap', ...words], { env: { XDG_STATE_HOME: folder }, timeoutMs: 90_000 });
}

async function until(what: string, condition: () => Promise<boolean>, everyMs = 50): Promise<void> {
  const look = async () =>
    (await condition()) ? { done: true as const, value: undefined } : { done: false as const, seen: 'not yet' };
  await poll(look, { what, deadlineMs: 120_000, everyMs });
}

async function runFolder(): Promise<string | undefined> {
  const name = (await readdir(folder)).find((it) => it.startsWith('coldstart-'));
  return name === undefined ? undefined : join(folder, name);
}

async function samplesTaken(): Promise<number> {
  const path = await runFolder();
  const text = path === undefined ? '' : await readFile(join(path, 'samples.ndjson'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line.includes('"coldstart"')).length;
}

/** Containers of the run whose lock lies in this test's folder. */
async function containersOfRun(): Promise<readonly string[]> {
  const locks = await readdir(join(folder, 'givre', 'locks')).catch(() => []);
  const folderName = (await runFolder())?.split('/').at(-1);
  const runs = new Set([
    ...locks.map((name) => name.replace(/\.json$/, '')),
    ...(folderName === undefined ? [] : [folderName]),
  ]);
  return (await listOurContainers()).filter((it) => runs.has(it.runId)).map((it) => it.name);
}

describe('Ctrl-C', { timeout: 300_000 }, () => {
  test('once: stops cleanly, keeps the partial run with its report, exits with 130', async () => {
    const { child, exited, said } = startRun();
    await until('three samples', async () => (await samplesTaken()) >= 3);
    child.kill('SIGINT');
    expect(await exited).toBe(130);
    expect(said()).toContain('interrupted: cleaning up');
    expect(await containersOfRun()).toEqual([]);
    const path = (await runFolder()) ?? '';
    const stored = await readRun(path);
    expect(stored.verdict).toMatchObject({ status: 'interrupted', exitCode: 130 });
    expect(stored.records.filter((it) => it.kind === 'coldstart').length).toBeGreaterThanOrEqual(3);
    await access(join(path, 'report.html'));
  });

  test('twice: stops at once and says how to remove what is left; that command then removes it', async () => {
    const { child, exited, said } = startRun();
    await until('a sample', async () => (await samplesTaken()) >= 1);
    child.kill('SIGINT');
    await until('the first word', async () => said().includes('interrupted: cleaning up'), 1);
    child.kill('SIGINT');
    expect(await exited).toBe(130);
    expect(said()).toMatch(/npm run reap -- --yes --run coldstart-/);
    const { exitCode } = await reap('--yes');
    expect(exitCode).toBe(0);
    expect(await containersOfRun()).toEqual([]);
  });
});

test('--keep leaves the machine for a look inside, ends, and says how to remove it', { timeout: 120_000 }, async () => {
  const words = ['bench', '--scenario', 'coldstart', '--platform', 'control', '--functions', 'rust-hello'];
  const kept = await run([process.execPath, MAIN, ...words, '--samples', '1', '--keep', '--out', folder], {
    env: { XDG_STATE_HOME: folder },
    timeoutMs: 100_000,
  });
  expect(kept.stderr).toContain('machines are kept, as asked');
  expect(await containersOfRun()).toHaveLength(1);
  const runId = (await runFolder())?.split('/').at(-1) ?? '';
  expect((await reap('--yes', '--run', runId)).exitCode).toBe(0);
  expect(await containersOfRun()).toEqual([]);
});

test('a terminal that is gone does not keep Ctrl-C from cleaning up', { timeout: 120_000 }, async () => {
  const { child, exited } = startRun();
  await until('a sample', async () => (await samplesTaken()) >= 1);
  child.stderr?.destroy();
  child.kill('SIGHUP');
  expect(await exited).toBe(130);
  expect(await containersOfRun()).toEqual([]);
});

describe('kill -9 and then reap', { timeout: 300_000 }, () => {
  /** Answers with the containers that the killed run left, all of which `reap` named and removed. */
  async function killedAndReaped({ child, exited }: Started): Promise<readonly string[]> {
    child.kill('SIGKILL');
    await exited;
    const before = await containersOfRun();
    const dry = await reap();
    expect(dry.exitCode).toBe(0);
    expect(await containersOfRun()).toEqual(before);
    for (const name of before) expect(dry.stdout).toContain(`would remove container ${name}`);
    expect((await reap('--yes')).exitCode).toBe(0);
    expect(await containersOfRun()).toEqual([]);
    expect(await readdir(join(folder, 'givre', 'locks'))).toEqual([]);
    return before;
  }

  test('during provisioning: nothing is left', async () => {
    const running = startRun();
    await until('a container', async () => (await containersOfRun()).length > 0, 10);
    expect(await killedAndReaped(running)).not.toEqual([]);
  });

  test('during measuring: nothing is left, and what was measured can be reported', async () => {
    const running = startRun();
    await until('two samples', async () => (await samplesTaken()) >= 2);
    expect((await reap('--yes')).stdout).toContain('its run is alive');
    expect(await containersOfRun()).not.toEqual([]);
    expect(await killedAndReaped(running)).not.toEqual([]);
    const report = await run([process.execPath, MAIN, 'report', (await runFolder()) ?? '']);
    expect(report.exitCode).toBe(3);
    expect(report.stdout).toContain('rust-hello');
  });

  test('during cleanup: nothing is left', async () => {
    const running = startRun();
    await until('a sample', async () => (await samplesTaken()) >= 1);
    running.child.kill('SIGINT');
    await until('the cleanup', async () => running.said().includes('interrupted: cleaning up'), 1);
    // The cleanup may have removed the only container before the kill: then the lock and the folder are what is reaped.
    await killedAndReaped(running);
  });
});
