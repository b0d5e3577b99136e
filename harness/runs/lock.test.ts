import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deadLocks, isRunAlive, lockRun, machineId, removeLock } from './lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a run is alive while its process holds the lock, and no longer once it is released', async () => {
  const release = await lockRun('run-1', folder);
  expect(await isRunAlive('run-1', folder)).toBe(true);
  await release();
  expect(await isRunAlive('run-1', folder)).toBe(false);
});

test('the lock of a process that is gone holds nothing, even if its pid was given away again', async () => {
  await lockRun('run-2', folder);
  const path = join(folder, 'locks', 'run-2.json');
  const lock = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...lock, startTicks: '1' }));
  expect(await isRunAlive('run-2', folder)).toBe(false);
  expect(await deadLocks(folder)).toEqual(['run-2']);
  await removeLock('run-2', folder);
  expect(await deadLocks(folder)).toEqual([]);
});

test('a lock file that was cut off holds nothing', async () => {
  await lockRun('run-3', folder);
  await writeFile(join(folder, 'locks', 'run-3.json'), '{"runId":');
  expect(await isRunAlive('run-3', folder)).toBe(false);
});

test('a run cannot be locked twice', async () => {
  await lockRun('run-4', folder);
  await expect(lockRun('run-4', folder)).rejects.toThrow('EEXIST');
});

test('a machine keeps its name', async () => {
  const [one, two] = await Promise.all([machineId(folder), machineId(folder)]);
  expect(one).toBe(two);
  expect(await machineId(folder)).toBe(one);
});
