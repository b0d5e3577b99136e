import { messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { inertJson } from '../core/inert.ts';
import type { Output } from '../core/output.ts';
import { stateFolder as defaultStateFolder } from '../core/paths.ts';
import type { Cloud } from '../openstack/cloud.ts';
import {
  describeResource,
  describeUnseen,
  listMarked,
  type MarkedResource,
  type Unseen,
} from '../openstack/inventory.ts';
import { checkedRunId } from '../openstack/marks.ts';
import { openCloud } from '../openstack/open.ts';
import { serverPoller } from '../openstack/poller.ts';
import { type Doomed, type RemovalFailure, removeAll } from '../openstack/removal.ts';
import { reapCommandFor } from '../planning/reap-command.ts';
import { isRunAlive, machineId, removeLock } from '../runs/lock.ts';
import { type Decision, decide, expiredOnes } from './reap-decisions.ts';
import {
  type Remembered,
  rememberedRuns,
  settleJournals,
  unmarkedOnes,
  waitForRequestsUnderWay,
} from './reap-journals.ts';
import { readSightings, updatedSightings, writeSightings } from './reap-sightings.ts';

export interface ReapOpenstackOptions {
  readonly cloud: string | undefined;
  readonly region: string | undefined;
  readonly httpsProxy: string | undefined;
  /** Without it nothing is removed. */
  readonly yes: boolean;
  /** Only what belongs to this run. */
  readonly run: string | undefined;
  readonly json: boolean;
  /** Seconds that must lie between the two passes that see something expired before it is removed. */
  readonly minAgeSeconds: number;
}

interface ReapSurroundings {
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  readonly stateFolder?: string;
  /** Instead of the cloud's clock: milliseconds since 1970. */
  readonly now?: () => number | null;
  /** A request that was sent before its run was killed has done what it does after so long. */
  readonly settleMs?: number;
}

const SETTLE_MS = 15_000;

/** What one pass has found and done; printed with `--json`. */
interface Pass {
  readonly decisions: readonly Decision[];
  /** Written down by id in a journal, without a mark of ours any more. */
  readonly unmarked: readonly Doomed[];
  readonly failures: readonly RemovalFailure[];
  readonly unseen: readonly Unseen[];
}

/** Finds in a project what killed runs left behind, and removes it when told to. */
export async function reapOpenstack(
  options: ReapOpenstackOptions,
  output: Output,
  surroundings: ReapSurroundings,
): Promise<ExitCode> {
  if (options.run !== undefined) checkedRunId(options.run);
  const { env = process.env, signal } = surroundings;
  const { cloud: name, region, httpsProxy } = options;
  const cloud = await openCloud({ cloud: name, region, httpsProxy, env, signal });
  try {
    for (const warning of cloud.warnings) output.note(`warning: ${warning}`);
    const pass = await reapProject(cloud, options, output, surroundings);
    if (options.json) output.result(inertJson(asJson(pass, options), 2));
    else report(pass, cloud, options, output);
    if (pass.failures.length > 0) return exitCodes.leftBehind;
    return pass.unseen.length > 0 ? exitCodes.infrastructure : exitCodes.ok;
  } finally {
    await cloud.close();
  }
}

async function reapProject(
  cloud: Cloud,
  options: ReapOpenstackOptions,
  output: Output,
  surroundings: ReapSurroundings,
): Promise<Pass> {
  const { now = cloud.nowMs, stateFolder = defaultStateFolder(), settleMs = SETTLE_MS } = surroundings;
  const onNote = (line: string): void => output.note(line);
  const remembered = await rememberedRuns(stateFolder, cloud, options.run);
  sayElsewhere(remembered, options, onNote);
  if (options.yes) await waitForRequestsUnderWay(remembered, { settleMs, nowMs: Date.now(), onNote });
  const inventory = await listMarked(cloud);
  const { marked } = inventory;
  const sightings = await readSightings(stateFolder);
  const nowMs = now();
  const decisions = decide(marked, {
    cloud,
    run: options.run,
    here: await machineId(stateFolder),
    alive: await aliveOnes(marked, stateFolder),
    sightings,
    unseen: inventory.unseen.map(({ kind }) => kind),
    minAgeSeconds: options.minAgeSeconds,
    nowMs,
  });
  sayClock(nowMs, onNote);
  if (nowMs !== null) {
    const expired = expiredOnes(marked, nowMs);
    const seen = updatedSightings(cloud, sightings, { expired, unseen: inventory.unseen, nowMs });
    await noted(writeSightings(stateFolder, seen), 'what was seen, which the next pass then does not know', onNote);
  }
  // The user names the run; a lost mark says nothing about its expiry.
  const named = options.run === undefined ? [] : remembered;
  const { found: unmarked, unseen } = await unmarkedOnes(cloud, named, inventory);
  if (!options.yes) return { decisions, unmarked, failures: [], unseen };
  const doomed = [...decisions.filter((it) => it.remove).map((it) => it.resource), ...unmarked];
  const failures = await removeAll(doomed, { cloud, poller: serverPoller(cloud.compute), onNote });
  await noted(settleJournals(stateFolder, cloud, remembered), 'in the journals what is gone', onNote);
  if (options.run !== undefined && !(await isRunAlive(options.run, stateFolder))) {
    await noted(removeLock(options.run, stateFolder), 'that the run is over', onNote);
  }
  return { decisions, unmarked, failures, unseen };
}

/** A full disk, or one that only is read, keeps nothing in the project. */
async function noted(writing: Promise<void>, what: string, onNote: (line: string) => void): Promise<void> {
  await writing.catch((error: unknown) => onNote(`warning: could not write down ${what}: ${messageOf(error)}`));
}

/** Where the two clocks differ by more, it is said by which everything goes. */
const CLOCKS_APART_MS = 60_000;

function sayClock(cloudMs: number | null, onNote: (line: string) => void): void {
  if (cloudMs === null) {
    onNote(
      'warning: the cloud’s answers carry no time, so nothing is removed for being expired; name a run with --run',
    );
    return;
  }
  const aheadMs = Date.now() - cloudMs;
  if (Math.abs(aheadMs) < CLOCKS_APART_MS) return;
  const howFar = `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs < 0 ? 'behind' : 'ahead of'}`;
  onNote(`warning: this machine’s clock is ${howFar} the cloud’s, which decides what is expired`);
}

async function aliveOnes(resources: readonly MarkedResource[], stateFolder: string): Promise<ReadonlySet<string>> {
  const runs = [...new Set(resources.map((it) => it.mark.runId))];
  const alive = await Promise.all(runs.map((runId) => isRunAlive(runId, stateFolder)));
  return new Set(runs.filter((_, index) => alive[index]));
}

/** A journal knows of other projects; this pass looks at one. */
function sayElsewhere(
  remembered: readonly Remembered[],
  { yes, httpsProxy }: ReapOpenstackOptions,
  onNote: (line: string) => void,
): void {
  for (const { runId, elsewhere } of remembered) {
    for (const { cloud, region } of elsewhere) {
      const command = reapCommandFor({ kind: 'openstack', cloud, region, httpsProxy }, { run: runId, yes });
      onNote(`the journal of ${runId} names another project: ${command}`);
    }
  }
}

function report(pass: Pass, cloud: Cloud, options: ReapOpenstackOptions, output: Output): void {
  const { decisions, unmarked, failures, unseen } = pass;
  for (const it of unseen) output.note(`error: ${describeUnseen(it)}`);
  if (decisions.length + unmarked.length === 0) {
    const whose = options.run === undefined ? 'givre' : `run ${options.run}`;
    const asFar = unseen.length === 0 ? '' : ', as far as could be seen';
    output.result(`nothing of ${whose} is in project ${cloud.projectId} of cloud ${cloud.name}${asFar}`);
    return;
  }
  const failed = new Set(failures.map((it) => it.doomed.id));
  const verb = options.yes ? 'removed' : 'would remove';
  for (const { resource, remove, why } of decisions.filter((it) => !failed.has(it.resource.id))) {
    output.result(`${remove ? verb : 'keeps'} ${describeResource(resource)} (${why})`);
  }
  for (const doomed of unmarked.filter((it) => !failed.has(it.id))) {
    output.result(`${verb} ${describeResource({ ...doomed, status: '' })} (written down by its run; its mark is lost)`);
  }
  for (const { doomed, why } of failures) {
    output.note(`error: ${describeResource({ ...doomed, status: '' })} is left: ${why}`);
  }
  if (!options.yes && (unmarked.length > 0 || decisions.some((it) => it.remove))) {
    const place = { cloud: cloud.name, region: cloud.region, httpsProxy: options.httpsProxy };
    output.result(`to remove: ${reapCommandFor({ kind: 'openstack', ...place }, { run: options.run })}`);
  }
}

function asJson({ decisions, unmarked, failures, unseen }: Pass, { yes }: ReapOpenstackOptions) {
  return {
    removed: yes,
    resources: decisions.map(({ resource, remove, why }) => ({ ...resource, remove, why })),
    unmarked,
    failures,
    unseen,
  };
}
