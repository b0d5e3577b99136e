import type { Deployable, System } from '../api/index.ts';
import { measuredSystem } from '../api/measured-system.ts';
import type { Output } from '../core/output.ts';
import { seededRandom } from '../core/random.ts';
import { type RunRecord, recordSchema, SCHEMA_VERSION } from '../runs/schema.ts';
import { type Assembly, EXPIRY_SECONDS } from './assemble.ts';
import type { Machine } from './machines.ts';
import type { Plan } from './plan.ts';

interface MeasureWork {
  readonly plan: Plan;
  readonly assembly: Assembly;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Returns once the record is on the disk. */
  readonly onRecord: (record: RunRecord) => Promise<void>;
}

/** Runs the scenario on all systems. */
export async function measure(work: MeasureWork): Promise<void> {
  const { plan, assembly, output, signal } = work;
  const systems = assembly.machines.map((machine, index) => systemOf(work, machine, index));
  let index = 0;
  const startedAt = performance.now();
  await plan.scenario.run({
    systems,
    levels: plan.levels,
    samples: plan.samples,
    roundsPerBlock: plan.roundsPerBlock,
    clean: plan.options.clean,
    random: seededRandom(plan.seed),
    signal,
    async record(record) {
      const complete = { ...record, schemaVersion: SCHEMA_VERSION, index, at: new Date().toISOString() };
      index += 1;
      await work.onRecord(recordSchema.parse(complete));
    },
    progress(done, total, what) {
      output.status(`${progressBar(done, total)} ${done}/${total} ${remaining(done, total, startedAt)} ${what}`);
    },
  });
}

function systemOf(work: MeasureWork, machine: Machine, index: number): System {
  const { plan, signal } = work;
  const { platforms, machines, functions } = work.assembly;
  const platform = platforms[index];
  if (platform === undefined) throw new Error('a machine without a platform');
  return measuredSystem({
    platform: platform.record,
    installation: machine.installation,
    agent: machine.agent,
    gateway: machine.gateway,
    floor: (level) => machine.floor.start(level),
    functions: functions.map((it): Deployable => it.deployable),
    activate: () => activateOnly(machine, machines),
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
