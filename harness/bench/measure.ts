import type { Deployable, NewRecord, System } from '../api/index.ts';
import { measuredSystem } from '../api/measured-system.ts';
import type { Output } from '../core/output.ts';
import { seededRandom } from '../core/random.ts';
import type { Scope } from '../core/scope.ts';
import { type RunRecord, recordSchema, SCHEMA_VERSION } from '../runs/schema.ts';
import type { Assembly } from './assemble.ts';
import type { Machine } from './machines.ts';
import { EXPIRY_SECONDS, type Plan } from './plan.ts';

interface MeasureWork {
  readonly plan: Plan;
  readonly assembly: Assembly;
  readonly scope: Scope;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Returns once the record is on the disk. */
  readonly onRecord: (record: RunRecord) => Promise<void>;
}

/** Runs the scenario; several lanes at the same time, each with its share of the samples on machines of its own. */
export async function measure(work: MeasureWork): Promise<void> {
  const { plan, assembly } = work;
  const startedAt = performance.now();
  const shares = shareSamples(plan.samples, plan.roundsPerBlock, assembly.lanes.length);
  const machineShares = shareSamples(plan.machineSamples, 1, assembly.lanes.length);
  const steps = shares.map(() => ({ done: 0, total: 0 }));
  const show = (what: string): void => {
    const done = steps.reduce((sum, step) => sum + step.done, 0);
    const total = steps.reduce((sum, step) => sum + step.total, 0);
    work.output.status(`${progressBar(done, total)} ${done}/${total} ${remaining(done, total, startedAt)} ${what}`);
  };
  const over = new AbortController();
  const signal = AbortSignal.any([work.signal, over.signal]);
  const record = numbering(work);
  const lanes = assembly.lanes.map(async (machines, lane) => {
    try {
      await plan.scenario.run({
        systems: machines.map((machine) => systemOf({ ...work, signal }, machine, machines)),
        levels: plan.levels,
        samples: shares[lane] ?? 0,
        machineSamples: machineShares[lane] ?? 0,
        roundsPerBlock: plan.roundsPerBlock,
        clean: plan.options.clean,
        random: seededRandom(plan.seed + lane),
        signal,
        record: (it) => record(it, lane),
        progress(done, total, what) {
          steps[lane] = { done, total };
          show(assembly.lanes.length === 1 ? what : `machine ${lane + 1}: ${what}`);
        },
      });
    } catch (error) {
      // One lane without the others would be a run of its own shape: all end, and what was measured stays.
      over.abort(error);
      throw error;
    }
  });
  const results = await Promise.allSettled(lanes);
  if (over.signal.aborted) throw over.signal.reason;
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Whole blocks, as evenly as they go. */
function shareSamples(samples: number, perBlock: number, lanes: number): readonly number[] {
  const shares = Array.from({ length: lanes }, () => 0);
  for (let left = samples, lane = 0; left > 0; left -= perBlock, lane = (lane + 1) % lanes) {
    shares[lane] = (shares[lane] ?? 0) + Math.min(perBlock, left);
  }
  return shares;
}

/** Blocks and rounds are numbered over all lanes, and records in the order in which they reach the disk. */
function numbering({ assembly, onRecord }: MeasureWork): (record: NewRecord, lane: number) => Promise<void> {
  const lanes = assembly.lanes.length;
  let index = 0;
  return async (record, lane) => {
    const place = { block: record.block * lanes + lane, index, at: new Date().toISOString() };
    index += 1;
    await onRecord(recordSchema.parse({ ...record, ...place, schemaVersion: SCHEMA_VERSION }));
  };
}

function systemOf(work: MeasureWork, machine: Machine, lane: readonly Machine[]): System {
  const { plan, signal, assembly } = work;
  const { boots } = assembly.site;
  const { platform } = machine;
  return measuredSystem({
    platform: platform.record,
    installation: machine.installation,
    agent: machine.agent,
    gateway: machine.gateway,
    floor: (level) => machine.floor.start(level),
    functions: assembly.functions.map((it): Deployable => it.deployable),
    boots: boots?.(platform, { ...work, progress: () => {} }),
    activate: () => activateOnly(machine, lane),
    pollSpacingMs: plan.pollSpacingMs,
    cacheWaitMs: plan.cacheWaitMs,
    deadlineMs: plan.sampleDeadlineMs,
    signal,
  });
}

/** Machines of other platforms are frozen meanwhile: they must not take CPU time from the one that is measured. */
async function activateOnly(active: Machine, all: readonly Machine[]): Promise<void> {
  for (const machine of all) {
    if (machine !== active) await machine.host.pause();
  }
  await active.host.resume();
  // Between blocks, because it costs the machine a process. The others follow at their own blocks, within minutes.
  await active.host.renew(Math.floor(Date.now() / 1000) + EXPIRY_SECONDS);
}

function progressBar(done: number, total: number): string {
  const filled = total === 0 ? 0 : Math.round((20 * done) / total);
  return `[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}]`;
}

function remaining(done: number, total: number, startedAt: number): string {
  if (done === 0) return '';
  const leftMs = ((performance.now() - startedAt) / done) * (total - done);
  return `about ${Math.ceil(leftMs / 1000)} s left ·`;
}
