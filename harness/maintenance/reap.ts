import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { inertJson } from '../core/inert.ts';
import type { Output } from '../core/output.ts';
import { reapCommandFor } from '../planning/reap-command.ts';
import { deadLocks, isRunAlive, machineId, removeLock } from '../runs/lock.ts';
import { removeContainer, requireDocker } from '../targets/container.ts';
import { engineNowMs, listOurContainers, type OurContainer } from '../targets/leftovers.ts';
import { listOurNetworks, type OurNetwork, removeNetwork } from '../targets/network.ts';

export interface ReapOptions {
  /** Without it nothing is removed. */
  readonly yes: boolean;
  /** Only what belongs to this run. */
  readonly run?: string | undefined;
  readonly json: boolean;
}

type Decision = { readonly remove: true; readonly why: string } | { readonly remove: false; readonly why: string };

type Thing = ({ readonly kind: 'container' } & OurContainer) | ({ readonly kind: 'network' } & OurNetwork);

interface Decided {
  readonly thing: Thing;
  readonly decision: Decision;
}

/** Finds what killed runs left behind, and removes it when told to. */
export async function reap(options: ReapOptions, output: Output): Promise<ExitCode> {
  await requireDocker();
  const concerns = (runId: string): boolean => options.run === undefined || runId === options.run;
  const things = (await listOurs()).filter((it) => concerns(it.runId));
  const context = { here: await machineId(), nowMs: await engineNowMs(), expiries: latestExpiries(things) };
  const decided = await Promise.all(things.map(async (thing) => ({ thing, decision: await decide(thing, context) })));
  const folders = options.run === undefined ? await deadFolders() : [];
  const doomed = decided.filter(({ decision }) => decision.remove).map(({ thing }) => thing);
  const failures = options.yes ? await removeAll(doomed, folders) : new Map<string, string>();
  if (options.yes) await Promise.all((await deadLocks()).filter(concerns).map((runId) => removeLock(runId)));
  if (options.json) {
    const items = decided.map(({ thing, decision }) => ({ ...thing, ...decision }));
    const [containers, networks] = ['container', 'network'].map((kind) => items.filter((it) => it.kind === kind));
    const summary = { removed: options.yes, containers, networks, folders, failures: [...failures.values()] };
    output.result(inertJson(summary, 2));
  } else {
    const succeeded = decided.filter(({ thing }) => !failures.has(thing.name));
    report(succeeded, folders, options, output);
    for (const failure of failures.values()) output.note(`error: ${failure}`);
  }
  return failures.size > 0 ? exitCodes.leftBehind : exitCodes.ok;
}

/** Containers first: a network with one in it stays. */
async function listOurs(): Promise<readonly Thing[]> {
  const containers = (await listOurContainers()).map((it) => ({ kind: 'container' as const, ...it }));
  const networks = (await listOurNetworks()).map((it) => ({ kind: 'network' as const, ...it }));
  return [...containers, ...networks];
}

/** Removes one after the other; one that fails does not keep the others. By name or path: what went wrong. */
async function removeAll(things: readonly Thing[], folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, string>();
  for (const thing of things) {
    const removing = thing.kind === 'container' ? removeContainer(thing.id) : removeNetwork(thing.name);
    await removing.catch((error: unknown) => failures.set(thing.name, messageOf(error)));
  }
  for (const folder of folders) {
    await rm(folder, { recursive: true, force: true }).catch((error: unknown) =>
      failures.set(folder, messageOf(error)),
    );
  }
  return failures;
}

/** By run: a live run renews its machines, and a network's label cannot change. */
function latestExpiries(things: readonly Thing[]): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const { runId, expiresAtSeconds } of things) {
    latest.set(runId, Math.max(expiresAtSeconds, latest.get(runId) ?? 0));
  }
  return latest;
}

interface DecisionContext {
  readonly here: string;
  /** By the engine's clock, which the expiries go by; null where it does not tell. */
  readonly nowMs: number | null;
  readonly expiries: ReadonlyMap<string, number>;
}

async function decide(thing: Thing, { here, nowMs, expiries }: DecisionContext): Promise<Decision> {
  if (thing.machine === here) {
    if (await isRunAlive(thing.runId)) return { remove: false, why: 'its run is alive' };
    return { remove: true, why: 'nobody holds the lock of its run' };
  }
  if (nowMs === null) return { remove: false, why: 'made on another machine, and the engine does not tell its time' };
  const expiresAtSeconds = expiries.get(thing.runId) ?? thing.expiresAtSeconds;
  if (expiresAtSeconds * 1000 < nowMs) return { remove: true, why: 'expired' };
  return { remove: false, why: 'made on another machine and not expired' };
}

function report(decided: readonly Decided[], folders: readonly string[], options: ReapOptions, output: Output): void {
  if (decided.length + folders.length === 0) {
    output.result('nothing of givre is left behind');
    return;
  }
  for (const { thing, decision } of decided) {
    const verb = !decision.remove ? 'keeps' : options.yes ? 'removed' : 'would remove';
    output.result(`${verb} ${thing.kind} ${thing.name} (${decision.why})`);
  }
  for (const folder of folders) output.result(`${options.yes ? 'removed' : 'would remove'} folder ${folder}`);
  if (!options.yes && (folders.length > 0 || decided.some(({ decision }) => decision.remove)))
    output.result(`to remove: ${reapCommandFor({ kind: 'container' }, { run: options.run })}`);
}

/** Build folders carry the pid of their process; those of processes that are gone serve nobody. */
async function deadFolders(): Promise<readonly string[]> {
  const names = await readdir(tmpdir());
  return names
    .filter((name) => {
      const pid = /^givre-image-(\d+)-/.exec(name)?.[1];
      return pid !== undefined && !existsSync(`/proc/${pid}`);
    })
    .map((name) => join(tmpdir(), name));
}
