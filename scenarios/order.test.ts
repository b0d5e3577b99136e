import { expect, test, vi } from 'vitest';
import type { ColdStage, Deployable, LoadStage, Scenario, System } from '../harness/api/index.ts';
import { seededRandom } from '../harness/core/random.ts';
import { runTrial } from '../harness/measurement/load/run-trial.ts';
import { recordOfKind } from '../harness/runs/every-record.fixture.ts';
import type { PlatformRecord, RunRecord } from '../harness/runs/schema.ts';
import { scenario as asynchronous } from './async.ts';
import { scenario as burst } from './burst.ts';
import { scenario as coldstart } from './coldstart.ts';
import { scenario as density } from './density.ts';
import { scenario as latency } from './latency.ts';
import { scenario as memory } from './memory.ts';
import { scenario as soak } from './soak.ts';
import { scenario as throughput } from './throughput.ts';

/*
 * What is measured in which order, by the seed alone. A run that is repeated by its seed (`--seed`, `manifest.json`) has
 * to do the same again, so what stands here changes only when it is meant to.
 */

const time = await vi.hoisted(async () => (await import('../harness/core/virtual-time.fixture.ts')).virtualTime());
vi.mock('node:timers/promises', () => ({ setTimeout: time.setTimeout }));

const SEED = 7;
/** More functions than these do not answer any more. */
const FITTING = 8;

interface Played {
  /** A line for each time that a platform was let go on; what was asked of it, with [block.round] of what was recorded. */
  readonly order: string;
  readonly said: readonly { readonly done: number; readonly total: number; readonly what: string }[];
}

/** Plays a scenario on two platforms, a and b, with two functions, f and g, in two repetitions. */
async function played(scenario: Scenario): Promise<Played> {
  const events: string[] = [];
  const said: Played['said'][number][] = [];
  let trials = 0;
  const own: Omit<ColdStage & LoadStage, 'measure'> & Parameters<typeof runTrial>[0] = {
    systems: ['a', 'b'].map((label) => systemOf(label, (event) => void events.push(event))),
    ...{ levels: ['L1', 'L4'], samples: 3, machineSamples: 1, roundsPerBlock: 2, clean: true },
    load: {
      ...{ profile: 'test', rates: [10, 20], durationMs: 10_000, warmUpMs: 0, payloads: ['own'] },
      ...{ paths: ['gateway', 'direct'], slo: undefined, blocks: 2 },
    },
    nextTrial: () => trials++,
    live: () => {},
    random: seededRandom(SEED),
    signal: new AbortController().signal,
    async record({ kind, block, round }) {
      if (kind !== 'sentinel' && kind !== 'load-second') events.push(`${kind}[${block}.${round}]`);
    },
    progress: (done, total, what) => void said.push({ done, total, what }),
  };
  await time.until(scenario.run({ ...own, measure: (...trial) => runTrial(own, ...trial) }));
  return { order: events.join(' ').replaceAll(' @', '\n@'), said };
}

function deployableOf(name: string): Deployable {
  return {
    ...{ name, workload: 'hello', image: 'i', expect: { status: 200 } },
    deployment: { service: name, image: 'i' },
  };
}

function isOfKind<K extends RunRecord['kind']>(it: RunRecord, kind: K): it is Extract<RunRecord, { kind: K }> {
  return it.kind === kind;
}

function recordOf<K extends RunRecord['kind']>(kind: K): Extract<RunRecord, { kind: K }> {
  const record = recordOfKind(kind);
  if (!isOfKind(record, kind)) throw new Error(`no record of ${kind}`);
  return record;
}

/** Where in the run it belongs the scenario says. */
function outcome<T extends RunRecord>(record: T) {
  const { schemaVersion: _v, index: _i, at: _a, platform: _p, block: _b, repetition: _r, round: _o, ...rest } = record;
  return rest;
}

/** Tells of all that is asked of it, and answers at once. */
function systemOf(label: string, tell: (event: string) => void): System {
  const there = new Set<string>();
  const put = (sign: string, { name }: Deployable): void => {
    there.add(name);
    tell(`${sign}${name}`);
  };
  const arrivalsOf = ({ arrivals }: Parameters<System['load']>[0]): string => {
    if (arrivals.kind === 'closed') return `closed ${arrivals.connections}`;
    return arrivals.kind === 'constant' ? `${arrivals.ratePerSecond}/s` : 'ramp';
  };
  const nothingLeft = { cniFiles: 0, iptablesRules: 0 };
  return {
    platform: { ...platform, label },
    functions: [deployableOf('f'), deployableOf('g')],
    unsupported: () => undefined,
    closedLoops: true,
    activate: async () => tell(`@${label}`),
    deploy: async (it) => put('+', it),
    deployIdle: async (it) => put('~', it),
    async remove({ name }) {
      there.delete(name);
      tell(`-${name}`);
    },
    async coldStart({ name }, level) {
      tell(`${name} ${level}`);
      return outcome(recordOf('coldstart'));
    },
    async floor(level) {
      tell(`floor ${level}`);
      return outcome(recordOf('floor'));
    },
    warm: async () => ({ latencyNs: 1, correct: there.size <= FITTING }),
    contamination: async () => nothingLeft,
    clean: async () => tell('clean'),
    memory: async () => outcome(recordOf('memory')),
    async load(trial) {
      tell(`${trial.deployable.name} ${trial.path} ${arrivalsOf(trial)}`);
      return { outcome: outcome(recordOf('load')), requests: [], seconds: [] };
    },
    async burst({ name }, clients) {
      tell(`${name} ×${clients}`);
      return outcome(recordOf('burst'));
    },
    async invokeAsync({ name }, { ratePerSecond }) {
      tell(`${name} ${ratePerSecond}/s`);
      return outcome(recordOf('async'));
    },
    machineMemory: async () => ({ limitBytes: 20_000, usedBytes: 1_000 + 600 * there.size, oomKills: 0 }),
    footprint: async () => outcome(recordOf('footprint')),
    watchMemoryLimit: async () => undefined,
    editionLimitOf: () => undefined,
  };
}

const platform: PlatformRecord = {
  ...{ label: '', kind: 'control', version: '1', defects: [], source: 's', digest: null, unsupported: [] },
  digestStatus: 'built-here',
};

test.each(Object.entries({ coldstart, latency, asynchronous, burst, soak, memory, throughput }))(
  '%s counts each of its steps once, up to the last',
  async (_name, scenario) => {
    const { said } = await played(scenario);
    const total = said.at(-1)?.total ?? 0;
    expect(total).toBeGreaterThan(1);
    expect(said.every((it) => it.total === total)).toBe(true);
    expect([...new Set(said.map((it) => it.done))]).toEqual(Array.from({ length: total + 1 }, (_, i) => i));
  },
);

test('cold starts: a round holds each function and level once, in random order, and platforms alternate', async () => {
  const { order, said } = await played(coldstart);
  expect(order).toMatchInlineSnapshot(`
    "@a +f +g g L1 coldstart[0.0] f L1 coldstart[0.0] floor L1 floor[0.0] f L1 coldstart[0.1] g L1 coldstart[0.1] floor L1 floor[0.1] memory[0.1] memory[0.1] -f -g clean hygiene[0.0]
    @b +f +g floor L1 floor[1.0] g L1 coldstart[1.0] f L1 coldstart[1.0] floor L1 floor[1.1] g L1 coldstart[1.1] f L1 coldstart[1.1] memory[1.1] memory[1.1] -f -g clean hygiene[1.0]
    @b +f +g floor L1 floor[2.2] g L4 coldstart[2.2] floor L4 floor[2.2] f L4 coldstart[2.2] f L1 coldstart[2.2] g L1 coldstart[2.2] memory[2.2] memory[2.2] -f -g clean hygiene[2.2]
    @a +f +g g L4 coldstart[3.2] f L1 coldstart[3.2] g L1 coldstart[3.2] floor L1 floor[3.2] f L4 coldstart[3.2] floor L4 floor[3.2] memory[3.2] memory[3.2] -f -g clean hygiene[3.2]"
  `);
  expect(said[0]?.what).toMatchInlineSnapshot(`"a · L1 · g"`);
});

test('latency: each function, rate and path once a block', async () => {
  const { order, said } = await played(latency);
  expect(order).toMatchInlineSnapshot(`
    "@a +f +g f direct 20/s load[0.0] f direct 10/s load[0.1] g gateway 20/s load[0.2] f gateway 10/s load[0.3] f gateway 20/s load[0.4] g direct 10/s load[0.5] g direct 20/s load[0.6] g gateway 10/s load[0.7] -f -g clean
    @b +f +g f direct 10/s load[1.0] g direct 20/s load[1.1] g gateway 10/s load[1.2] f gateway 20/s load[1.3] f direct 20/s load[1.4] g gateway 20/s load[1.5] g direct 10/s load[1.6] f gateway 10/s load[1.7] -f -g clean
    @b +f +g f gateway 20/s load[2.0] g direct 10/s load[2.1] g gateway 20/s load[2.2] f gateway 10/s load[2.3] f direct 10/s load[2.4] f direct 20/s load[2.5] g gateway 10/s load[2.6] g direct 20/s load[2.7] -f -g clean
    @a +f +g g direct 10/s load[3.0] f direct 10/s load[3.1] g gateway 10/s load[3.2] g gateway 20/s load[3.3] f gateway 10/s load[3.4] f gateway 20/s load[3.5] f direct 20/s load[3.6] g direct 20/s load[3.7] -f -g clean"
  `);
  expect(said[0]?.what).toMatchInlineSnapshot(`"a · f · direct · 20/s"`);
  expect(said.at(-1)?.what).toMatchInlineSnapshot(`"latency: all measured"`);
});

test('asynchronous invocations: each function and rate once a block', async () => {
  const { order, said } = await played(asynchronous);
  expect(order).toMatchInlineSnapshot(`
    "@a +f +g f 20/s async[0.0] f 10/s async[0.1] g 20/s async[0.2] g 10/s async[0.3] -f -g clean
    @b +f +g f 10/s async[1.0] g 10/s async[1.1] g 20/s async[1.2] f 20/s async[1.3] -f -g clean
    @b +f +g f 10/s async[2.0] g 20/s async[2.1] g 10/s async[2.2] f 20/s async[2.3] -f -g clean
    @a +f +g f 20/s async[3.0] g 20/s async[3.1] g 10/s async[3.2] f 10/s async[3.3] -f -g clean"
  `);
  expect(said[0]?.what).toMatchInlineSnapshot(`"a · f · 20/s asynchronously"`);
  expect(said.at(-1)?.what).toMatchInlineSnapshot(`"async: all measured"`);
});

test('bursts: each function and number of clients once a block', async () => {
  const { order, said } = await played(burst);
  expect(order).toMatchInlineSnapshot(`
    "@a +f +g f ×50 burst[0.0] f ×10 burst[0.1] g ×50 burst[0.2] f ×1 burst[0.3] g ×1 burst[0.4] g ×10 burst[0.5] -f -g clean
    @b +f +g g ×10 burst[1.0] g ×50 burst[1.1] f ×1 burst[1.2] g ×1 burst[1.3] f ×50 burst[1.4] f ×10 burst[1.5] -f -g clean
    @b +f +g f ×50 burst[2.0] g ×10 burst[2.1] g ×50 burst[2.2] g ×1 burst[2.3] f ×1 burst[2.4] f ×10 burst[2.5] -f -g clean
    @a +f +g g ×10 burst[3.0] f ×1 burst[3.1] f ×10 burst[3.2] f ×50 burst[3.3] g ×1 burst[3.4] g ×50 burst[3.5] -f -g clean"
  `);
  expect(said[0]?.what).toMatchInlineSnapshot(`"a · f · 50 at once"`);
  expect(said.at(-1)?.what).toMatchInlineSnapshot(`"burst: all measured"`);
});

test('a soak: one function after the other, as they are listed', async () => {
  const { order, said } = await played(soak);
  expect(order).toMatchInlineSnapshot(`
    "@a +f +g f gateway 10/s load[0.0] g gateway 10/s load[0.1] -f -g clean
    @b +f +g f gateway 10/s load[1.0] g gateway 10/s load[1.1] -f -g clean
    @b +f +g f gateway 10/s load[2.0] g gateway 10/s load[2.1] -f -g clean
    @a +f +g f gateway 10/s load[3.0] g gateway 10/s load[3.1] -f -g clean"
  `);
  expect(said[0]?.what).toMatchInlineSnapshot(`"a · soak of f"`);
  expect(said.at(-1)?.what).toMatchInlineSnapshot(`"soak: all measured"`);
});

test('memory: one function at a time, on a machine without any other', async () => {
  const { order, said } = await played(memory);
  expect(order).toMatchInlineSnapshot(`
    "@a -f footprint[0.0] ~f footprint[0.0] footprint[0.0] f gateway 10/s load[0.0] footprint[0.0] footprint[0.0] footprint[0.0] -f clean
    @a -g footprint[0.1] ~g footprint[0.1] footprint[0.1] g gateway 10/s load[0.1] footprint[0.1] footprint[0.1] footprint[0.1] -g clean
    @b -g footprint[1.0] ~g footprint[1.0] footprint[1.0] g gateway 10/s load[1.0] footprint[1.0] footprint[1.0] footprint[1.0] -g clean
    @b -f footprint[1.1] ~f footprint[1.1] footprint[1.1] f gateway 10/s load[1.1] footprint[1.1] footprint[1.1] footprint[1.1] -f clean
    @b -f footprint[2.0] ~f footprint[2.0] footprint[2.0] f gateway 10/s load[2.0] footprint[2.0] footprint[2.0] footprint[2.0] -f clean
    @b -g footprint[2.1] ~g footprint[2.1] footprint[2.1] g gateway 10/s load[2.1] footprint[2.1] footprint[2.1] footprint[2.1] -g clean
    @a -g footprint[3.0] ~g footprint[3.0] footprint[3.0] g gateway 10/s load[3.0] footprint[3.0] footprint[3.0] footprint[3.0] -g clean
    @a -f footprint[3.1] ~f footprint[3.1] footprint[3.1] f gateway 10/s load[3.1] footprint[3.1] footprint[3.1] footprint[3.1] -f clean"
  `);
  expect(said[0]?.what).toMatchInlineSnapshot(`"a · memory of f"`);
  expect(said.at(-1)?.what).toMatchInlineSnapshot(`"memory: all measured"`);
});

test('throughput: each function and path once a block, closed loops in random order before each search', async () => {
  const { order, said } = await played(throughput);
  // Which rates a search tries is another matter, and has nothing random.
  const loops = order.replaceAll(/ [fg] (gateway|direct) (ramp|\d+\/s)( load\[\d+\.\d+\])/g, '');
  expect(loops).toMatchInlineSnapshot(`
    "@a +f +g capacity[0.0] f gateway closed 1 load[0.1] f gateway closed 4 load[0.1] f gateway closed 32 load[0.1] f gateway closed 16 load[0.1] f gateway closed 2 load[0.1] f gateway closed 8 load[0.1] capacity[0.1] capacity[0.2] g gateway closed 8 load[0.3] g gateway closed 2 load[0.3] g gateway closed 4 load[0.3] g gateway closed 32 load[0.3] g gateway closed 16 load[0.3] g gateway closed 1 load[0.3] capacity[0.3] -f -g clean
    @b +f +g capacity[1.0] g gateway closed 2 load[1.1] g gateway closed 1 load[1.1] g gateway closed 4 load[1.1] g gateway closed 8 load[1.1] g gateway closed 32 load[1.1] g gateway closed 16 load[1.1] capacity[1.1] capacity[1.2] f gateway closed 8 load[1.3] f gateway closed 16 load[1.3] f gateway closed 1 load[1.3] f gateway closed 2 load[1.3] f gateway closed 4 load[1.3] f gateway closed 32 load[1.3] capacity[1.3] -f -g clean
    @b +f +g capacity[2.0] g gateway closed 1 load[2.1] g gateway closed 4 load[2.1] g gateway closed 16 load[2.1] g gateway closed 2 load[2.1] g gateway closed 32 load[2.1] g gateway closed 8 load[2.1] capacity[2.1] capacity[2.2] f gateway closed 8 load[2.3] f gateway closed 32 load[2.3] f gateway closed 1 load[2.3] f gateway closed 16 load[2.3] f gateway closed 2 load[2.3] f gateway closed 4 load[2.3] capacity[2.3] -f -g clean
    @a +f +g f gateway closed 4 load[3.0] f gateway closed 1 load[3.0] f gateway closed 16 load[3.0] f gateway closed 32 load[3.0] f gateway closed 8 load[3.0] f gateway closed 2 load[3.0] capacity[3.0] capacity[3.1] g gateway closed 8 load[3.2] g gateway closed 1 load[3.2] g gateway closed 2 load[3.2] g gateway closed 16 load[3.2] g gateway closed 4 load[3.2] g gateway closed 32 load[3.2] capacity[3.2] capacity[3.3] -f -g clean"
  `);
  expect(said[1]?.what).toMatchInlineSnapshot(`"a · f · direct · ramp from 20 to 160/s"`);
  expect(said.at(-1)?.what).toMatchInlineSnapshot(`"throughput: all measured"`);
});

test('density: one function after the other, until one more does not answer', async () => {
  const { order, said } = await played(density);
  const ends = order.replaceAll(/ [+-][fg]-[2-8]( density-step\[\d+\.\d+\])?/g, '');
  expect(ends).toMatchInlineSnapshot(`
    "@a +f-1 density-step[0.0] density[0.0] +f-9 density-step[0.0] density[0.0] -f-9 -f-1 +g-1 density-step[0.1] density[0.1] +g-9 density-step[0.1] density[0.1] -g-9 -g-1
    @b +g-1 density-step[1.0] density[1.0] +g-9 density-step[1.0] density[1.0] -g-9 -g-1 +f-1 density-step[1.1] density[1.1] +f-9 density-step[1.1] density[1.1] -f-9 -f-1
    @b +f-1 density-step[2.0] density[2.0] +f-9 density-step[2.0] density[2.0] -f-9 -f-1 +g-1 density-step[2.1] density[2.1] +g-9 density-step[2.1] density[2.1] -g-9 -g-1
    @a +g-1 density-step[3.0] density[3.0] +g-9 density-step[3.0] density[3.0] -g-9 -g-1 +f-1 density-step[3.1] density[3.1] +f-9 density-step[3.1] density[3.1] -f-9 -f-1"
  `);
  expect(said.at(-1)?.what).toMatchInlineSnapshot(`"density: all measured"`);
});
