import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../core/folder.ts';
import { stateFolder } from '../core/paths.ts';

/** What identifies a process beyond its pid, which is given away again. */
const lockSchema = z.object({
  runId: z.string(),
  pid: z.number().int(),
  /** Field 22 of `/proc/PID/stat`, clock ticks since boot. */
  startTicks: z.string(),
  bootId: z.string(),
});

/** A random name of this machine, made once; tells our containers from those of others on a shared engine. */
export async function machineId(folder = stateFolder()): Promise<string> {
  const path = join(folder, 'machine-id');
  const known = await readOrUndefined(path);
  if (known !== undefined && known.trim() !== '') return known.trim();
  await makeFolder(folder);
  // Of two processes that do this at once, one wins and both use its name.
  await createWhole(path, `${randomUUID()}\n`).catch(() => {});
  return (await readFile(path, 'utf8')).trim();
}

/** Marks a run as alive for as long as this process lives; the lock needs no release to become void. */
export async function lockRun(runId: string, folder = stateFolder()): Promise<() => Promise<void>> {
  const path = lockPath(folder, runId);
  await makeFolder(join(folder, 'locks'));
  const lock = {
    runId,
    pid: process.pid,
    startTicks: (await startTicksOf(process.pid)) ?? '',
    bootId: await bootId(),
  };
  await createWhole(path, JSON.stringify(lock));
  return () => rm(path, { force: true });
}

/** Does a living process hold the lock of this run? */
export async function isRunAlive(runId: string, folder = stateFolder()): Promise<boolean> {
  const text = await readOrUndefined(lockPath(folder, runId));
  if (text === undefined) return false;
  const lock = parseLock(text);
  if (lock === undefined || lock.bootId !== (await bootId())) return false;
  return (await startTicksOf(lock.pid)) === lock.startTicks;
}

/** Locks whose process is gone. */
export async function deadLocks(folder = stateFolder()): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'locks')).catch(() => []);
  const runs = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
  const alive = await Promise.all(runs.map((runId) => isRunAlive(runId, folder)));
  return runs.filter((_, index) => alive[index] === false);
}

export async function removeLock(runId: string, folder = stateFolder()): Promise<void> {
  await rm(lockPath(folder, runId), { force: true });
}

/** Creates a file that nobody ever sees half written. @throws `EEXIST` when it is there already */
async function createWhole(path: string, content: string): Promise<void> {
  const beside = `${path}.${randomUUID()}`;
  try {
    await writeFile(beside, content);
    await link(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
}

function lockPath(folder: string, runId: string): string {
  return join(folder, 'locks', `${runId}.json`);
}

function parseLock(text: string): z.infer<typeof lockSchema> | undefined {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch {
    // Cut off by a full disk or a kill: such a lock holds nothing.
    return undefined;
  }
}

async function startTicksOf(pid: number): Promise<string | undefined> {
  const stat = await readOrUndefined(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
