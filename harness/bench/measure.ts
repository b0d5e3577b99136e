import type { ColdStage, Deployable, LoadStage, NewRecord, System } from '../api/index.ts';
import { seededRandom } from '../core/random.ts';
import { sideBySide } from '../core/settle.ts';
import { blockNumbers, type Place } from '../measurement/block-numbers.ts';
import { loadFromGenerators, loadFromTarget } from '../measurement/load/generators.ts';
import { runTrial } from '../measurement/load/run-trial.ts';
import { measuredSystem } from '../measurement/measured-system.ts';
import type { PlatformDeath } from '../measurement/survival.ts';
import { surviving } from '../measurement/surviving.ts';
import { undisturbed } from '../measurement/undisturbed.ts';
import type { Plan } from '../planning/plan.ts';
import type { PlanProgress } from '../planning/plan-progress.ts';
import type { K6Program } from '../planning/users-k6.ts';
import { LOAD_FOLDER } from '../provisioning/generator.ts';
import { gatewayOnNetwork } from '../provisioning/generators.ts';
import type { Machine } from '../provisioning/machines.ts';
import type { Provisioned } from '../provisioning/provision.ts';
import type { RunWork } from '../provisioning/run.ts';
import type { Site } from '../provisioning/sites/site.ts';
import { upkeepOfMachine } from '../provisioning/upkeep.ts';
import { calibrationWords } from '../runs/calibrations.ts';
import { type Calibration, recordSchema, SCHEMA_VERSION } from '../runs/schema.ts';
import type { Recording } from './record.ts';

/** What is measured, with what, and where to. */
interface Parts {
  readonly machines: Provisioned;
  /** In runs that put load on. */
  readonly k6: K6Program | undefined;
  /** What the generator has said of known truth; undefined where it runs on another machine than this one. */
  readonly calibration: Calibration | undefined;
  /** Of the plan's scenarios, in its lanes. */
  readonly bar: PlanProgress;
  readonly record: Pick<Recording, 'record'>;
}

interface MeasureWork extends Parts {
  readonly plan: Plan;
  readonly run: RunWork<Site>;
  /** As the run's; also ends a lane when another one has failed. */
  readonly signal: AbortSignal;
}

/** Runs the scenarios; several lanes at the same time, each with its share of the samples on machines of its own. */
export async function measure(plan: Plan, parts: Parts, run: RunWork<Site>): Promise<void> {
  const { lanes } = parts.machines;
  const { length } = lanes;
  const shareOf = sharesOf(plan, length);
  const steps = lanes.map(() => '');
  const show = (lane: number, live: string): void => {
    const what = `${length === 1 ? '' : `machine ${lane + 1}: `}${steps[lane] ?? ''}${live}`;
    run.output.status(`${parts.bar.words()} · ${what}`);
  };
  const record = numbering(parts.record);
  // One lane without the others would be a run of its own shape: where one fails all end, and what was measured stays.
  const tasks = lanes.map(
    (machines, lane) => (signal: AbortSignal) =>
      runLane({ ...parts, plan, run, signal }, machines, lane, {
        ...shareOf(lane),
        clean: plan.options.clean,
        random: seededRandom(plan.seed + lane),
        record,
        progress(done, total, what) {
          parts.bar.step(lane, done, total);
          steps[lane] = `${Math.min(done + 1, total)} of ${total} · ${what}`;
          show(lane, '');
        },
        live: (words) => show(lane, ` · ${words}`),
      }),
  );
  await sideBySide(run.signal, tasks);
}

/** What each lane does of what was planned. */
function sharesOf({ cold, load }: Plan, lanes: number) {
  const samples = shareOut(cold.samples, cold.roundsPerBlock, lanes);
  const machineSamples = shareOut(cold.machineSamples, 1, lanes);
  const blocks = shareOut(load.together.blocks, 1, lanes);
  return (lane: number): Pick<LaneStage, 'levels' | 'samples' | 'machineSamples' | 'roundsPerBlock' | 'load'> => ({
    levels: cold.levels,
    samples: samples[lane] ?? 0,
    machineSamples: machineSamples[lane] ?? 0,
    roundsPerBlock: cold.roundsPerBlock,
    load: (scenario) => ({ ...(load.byScenario.get(scenario) ?? load.together), blocks: blocks[lane] ?? 0 }),
  });
}

/** What all scenarios of a lane are given, and how each puts load on. */
interface LaneStage extends Omit<ColdStage & LoadStage, 'systems' | 'signal' | 'load' | 'measure' | 'record'> {
  readonly load: (scenario: string) => LoadStage['load'];
  record(record: NewRecord, place: Place): Promise<void>;
  /** How what is being done goes on, in a few words; replaces what was said before. */
  live(words: string): void;
}

/** One scenario after the other, on all machines of the lane. */
async function runLane(work: MeasureWork, machines: readonly Machine[], lane: number, stage: LaneStage): Promise<void> {
  const { plan, signal } = work;
  const { length } = work.machines.lanes;
  /** Not on the disk yet: their place is that of the next record. */
  const deaths: PlatformDeath[] = [];
  const systems = await Promise.all(
    machines.map((machine) => systemOf(work, machine, machines, (death) => deaths.push(death))),
  );
  const places = blockNumbers({ lane, lanes: length, platforms: systems.length });
  let trials = 0;
  for (const [part, scenario] of plan.scenarios.entries()) {
    work.bar.begin(lane, part);
    places.nextScenario();
    let last = { block: 0, round: 0 };
    const recordDeaths = async (): Promise<void> => {
      for (const death of deaths.splice(0)) {
        await stage.record({ kind: 'platform-death', ...death, ...last }, places.of(last.block));
      }
    };
    const own = {
      ...stage,
      load: stage.load(scenario.name),
      systems,
      signal,
      nextTrial: () => length * trials++ + lane,
      async record(it: NewRecord) {
        last = { block: it.block, round: it.round };
        await recordDeaths();
        await stage.record(it, places.of(it.block));
      },
    };
    const run = scenario.run({ ...own, measure: (...trial) => runTrial(own, ...trial) });
    // Those that nothing came after, too.
    await run.finally(recordDeaths);
  }
  work.bar.begin(lane, plan.scenarios.length);
}

/** Whole blocks, as evenly as they go. */
function shareOut(samples: number, perBlock: number, lanes: number): readonly number[] {
  const shares = Array.from({ length: lanes }, () => 0);
  for (let left = samples, lane = 0; left > 0; left -= perBlock, lane = (lane + 1) % lanes) {
    shares[lane] = (shares[lane] ?? 0) + Math.min(perBlock, left);
  }
  return shares;
}

/** Records are numbered over all lanes, in the order in which they reach the disk. */
function numbering(recording: Pick<Recording, 'record'>): LaneStage['record'] {
  let index = 0;
  return async (record, place) => {
    const head = { schemaVersion: SCHEMA_VERSION, index, at: new Date().toISOString(), ...place };
    index += 1;
    await recording.record(recordSchema.parse({ ...record, ...head }));
  };
}

async function systemOf(
  work: MeasureWork,
  machine: Machine,
  lane: readonly Machine[],
  onDeath: (death: PlatformDeath) => void,
): Promise<System> {
  const { plan, signal, machines, k6, calibration } = work;
  const { scope, place } = work.run;
  const { platform } = machine;
  const calibrated = calibration === undefined ? null : calibrationWords(calibration);
  const system = measuredSystem({
    platform: platform.record,
    installation: machine.installation,
    agent: machine.agent,
    gateway: machine.gateway,
    floor: (level) => machine.floor.start(level),
    functions: machines.functions.map((it): Deployable => it.deployable),
    boots: place.boots?.(platform, { scope, signal, progress: () => {} }),
    load: k6 === undefined ? undefined : { ...(await loadFrom(k6, work, machine)), calibrated },
    activate: () => activateOnly(machine, lane),
    pollSpacingMs: plan.cold.pollSpacingMs,
    cacheWaitMs: plan.cold.cacheWaitMs,
    deadlineMs: plan.cold.deadlineMs,
    signal,
  });
  const upkeep = upkeepOfMachine(machine, signal);
  const calms = [machine, ...machines.generators].map(({ calm }) => calm);
  return undisturbed(surviving(system, { upkeep, signal, onDeath }), calms);
}

/** From the machine under test itself, or from those that are there for it. */
async function loadFrom(k6: K6Program, { plan, machines, signal }: MeasureWork, { host, installation }: Machine) {
  const reachesGateway = plan.options.target.kind === 'container';
  const own = loadFromTarget(k6, { host, folder: LOAD_FOLDER, installation, reachesGateway }, signal);
  const { generators } = machines;
  if (generators.length === 0) return own;
  const target = { host, gatewayAddress: await gatewayOnNetwork(host) };
  return { ...own, ...loadFromGenerators(k6, generators, target, signal) };
}

/** Machines of other platforms are frozen meanwhile: they must not take CPU time from the one that is measured. */
async function activateOnly(active: Machine, all: readonly Machine[]): Promise<void> {
  for (const machine of all) {
    if (machine !== active) await machine.host.pause();
  }
  await active.host.resume();
}
