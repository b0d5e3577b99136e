import { type ColdAsked, type LoadAsked, lasting, type Span, times, together } from '../api/duration.ts';
import type { Scenario } from '../api/index.ts';
import { coldBlocks } from './forecast.ts';
import type { BenchOptions } from './options.ts';
import type { Plan } from './plan.ts';

/** A part of a run: everything before the first measurement, one scenario, or everything after the last one. */
export interface PlannedPart extends Span {
  /** `preparing`, `removing`, or the scenario's name. */
  readonly name: string;
  /** Under which its past is known on this machine: the same target, the same part. */
  readonly key: string;
  /** What is most likely by the plan alone, whatever was seen here before: what its past is measured against. */
  readonly plannedMs: number;
}

/** How long a run will take. */
export interface Duration {
  readonly parts: readonly PlannedPart[];
  readonly total: Span;
  /** Of the parts those whose times were corrected by earlier runs on this machine. */
  readonly known: number;
}

type Kind = BenchOptions['target']['kind'];

/** Milliseconds, where images are there already. */
interface PlaceMs {
  /** Once. */
  readonly first: number;
  /** A machine asked for → its platform answers, functions delivered to it. Those of one lane come one after the other. */
  readonly machine: number;
  readonly generator: number;
  readonly removal: number;
}

const PLACES: Readonly<Record<Kind, PlaceMs>> = {
  container: { first: 6_000, machine: 7_000, generator: 3_000, removal: 3_000 },
  openstack: { first: 10_000, machine: 120_000, generator: 60_000, removal: 15_000 },
  ssh: { first: 10_000, machine: 30_000, generator: 10_000, removal: 10_000 },
};
const DELIVERY_MS = 500;
const CALIBRATION_MS = 130_000;

interface Facts {
  /** Is the generator to be tried first, which is once a day? */
  readonly isToCalibrate: boolean;
  /** How much longer than planned such a part took in earlier runs here, as a factor; undefined where there were none. */
  readonly pace: (key: string) => number | undefined;
}

/** Says before anything is made how long it will take; images that have to be built first come on top. */
export function durationOf(plan: Plan, { isToCalibrate, pace }: Facts): Duration {
  const planned = [preparing(plan, isToCalibrate), ...plan.scenarios.map((it) => takes(plan, it)), removing(plan)];
  const paces = planned.map((part) => pace(part.key));
  const parts = planned.map((part, i): PlannedPart => ({ ...part, ...times(paces[i] ?? 1, part) }));
  return { parts, total: together(parts), known: paces.filter((it) => it !== undefined).length };
}

function preparing(plan: Plan, isToCalibrate: boolean): PlannedPart {
  const { platforms, functions, options } = plan;
  const { perPlatform, generators } = plan.machines;
  const place = PLACES[options.target.kind];
  // Other lanes than the first one come up at the same time.
  const machines = platforms.length * (perPlatform > 1 ? 2 : 1);
  const delivery = platforms.length * functions.length * DELIVERY_MS;
  const ms = place.first + machines * place.machine + generators * place.generator + delivery;
  const calibration = isToCalibrate ? CALIBRATION_MS : 0;
  return part(plan, isToCalibrate ? 'preparing and calibrating' : 'preparing', lasting(ms + calibration), 'preparing');
}

function removing(plan: Plan): PlannedPart {
  const { removal } = PLACES[plan.options.target.kind];
  const { perPlatform, generators } = plan.machines;
  const machines = plan.options.keep ? 0 : plan.platforms.length * perPlatform + generators;
  return part(plan, 'removing', lasting(machines * removal));
}

/** Lanes do their shares at the same time; one platform comes after the other. */
function takes(plan: Plan, scenario: Scenario): PlannedPart {
  const key = scenario.measures === 'load' ? scenario.name : `${scenario.name} ${plan.cold.levels.join('+')}`;
  return part(plan, key, times(plan.platforms.length, scenario.takes(askedOf(plan, scenario.name))), scenario.name);
}

function askedOf(plan: Plan, scenario: string): ColdAsked & LoadAsked {
  const { cold, load, functions, options } = plan;
  const { levels, roundsPerBlock } = cold;
  const wishes = load.byScenario.get(scenario) ?? load.together;
  const share = (of: number): number => Math.ceil(of / plan.machines.perPlatform);
  return {
    functions: functions.length,
    levels,
    samples: Math.min(cold.samples, share(coldBlocks(cold)) * roundsPerBlock),
    machineSamples: share(cold.machineSamples),
    roundsPerBlock,
    load: { ...wishes, blocks: share(wishes.blocks) },
    closedLoops: options.target.kind === 'container',
  };
}

function part({ options: { target } }: Plan, key: string, span: Span, name = key): PlannedPart {
  return { name, key: `${placeName(target)} · ${key}`, plannedMs: span.typicalMs, ...span };
}

/** Two clouds, and two machines, have nothing to say of each other. */
function placeName(target: BenchOptions['target']): string {
  switch (target.kind) {
    case 'container':
      return target.kind;
    case 'openstack':
      return `openstack ${target.cloud ?? ''} ${target.flavor}`;
    case 'ssh':
      return `ssh ${target.host}`;
  }
}

/** For people, before the run. */
export function durationLines({ parts, total, known }: Duration, { scenarios }: Plan): readonly string[] {
  const each = parts.map(({ name, typicalMs }) => `${name} ${timeWords(typicalMs)}`).join(', ');
  const basis = known === 0 ? 'typical times' : `${known} of ${parts.length} parts by earlier runs on this machine`;
  const bounds = scenarios.flatMap(({ name, bounded }) => (bounded === undefined ? [] : [`${name}: ${bounded}`]));
  return [`${spanWords(total)}: ${each} (${basis}); images that have to be built first come on top`, ...bounds];
}

/** The same as data, in seconds. */
export function durationSummary({ parts, total, known }: Duration) {
  const inSeconds = ({ typicalMs, leastMs, mostMs }: Span) => ({
    typicalS: Math.ceil(typicalMs / 1000),
    leastS: Math.ceil(leastMs / 1000),
    mostS: Math.ceil(mostMs / 1000),
  });
  return {
    ...inSeconds(total),
    partsByEarlierRuns: known,
    parts: parts.map((part) => ({ name: part.name, ...inSeconds(part) })),
  };
}

/** `about 12 min, from 8 min to 40 min by what is found`. */
function spanWords({ leastMs, typicalMs, mostMs }: Span): string {
  const about = `about ${timeWords(typicalMs)}`;
  return leastMs === mostMs ? about : `${about}, from ${timeWords(leastMs)} to ${timeWords(mostMs)} by what is found`;
}

/** `45 s`, `12 min`, `3 h 20 min`. */
export function timeWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
