import { beforeEach, describe, expect, test, vi } from 'vitest';
import { scenario as soak } from '../../scenarios/soak.ts';
import type { Deployable, LoadStage, System } from '../api/index.ts';
import { type Calm, newCalm } from '../core/calm.ts';
import { GivreError } from '../core/errors.ts';
import { type Lease, MACHINE_LOST } from '../core/host.ts';
import { seededRandom } from '../core/random.ts';
import { Scope } from '../core/scope.ts';
import { runTrial } from '../measurement/load/run-trial.ts';
import { undisturbed } from '../measurement/undisturbed.ts';
import { syntheticLoadRun } from '../runs/synthetic-load.fixture.ts';
import { type Leases, LIFE_SECONDS, newLeases } from './leases.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const time = await vi.hoisted(async () => (await import('../core/virtual-time.fixture.ts')).virtualTime());
// The scenario itself runs here, and reads memory every five seconds for hours.
vi.mock('node:timers/promises', () => ({ setTimeout: time.setTimeout }));
const sleep = (ms: number) => time.setTimeout(ms);

let scope: Scope;
let said: string[];
beforeEach(() => {
  scope = new Scope();
  said = [];
});

/** A lease of which is seen whether it was ever over, and what was measured when it was renewed. */
interface Watched extends Lease {
  readonly renewedMs: number[];
  /** Life that was left at the worst moment. */
  worstLeftMs: number;
  untilMs: number;
  /** Renewed in the middle of a measurement. */
  disturbed: number;
}

interface Machine {
  readonly name: string;
  readonly calm: Calm;
  readonly leases: readonly Watched[];
  measuring: number;
}

function machine(name: string, insides: readonly boolean[], calm = newCalm()): Machine {
  const made: Machine = { name, calm, leases: insides.map((inside) => watchedLease(inside, () => made)), measuring: 0 };
  return made;
}

function watchedLease(inside: boolean, of: () => Machine): Watched {
  const lease: Watched = {
    what: `${inside ? 'the deadline' : 'the mark'}`,
    inside,
    ...{ renewedMs: [], worstLeftMs: Number.POSITIVE_INFINITY, untilMs: 0, disturbed: 0 },
    async renew(seconds) {
      look(lease);
      lease.renewedMs.push(time.nowMs());
      lease.untilMs = time.nowMs() + seconds * 1000;
      const before = of().measuring;
      await sleep(1_000);
      if (before + of().measuring > 0) lease.disturbed += 1;
    },
  };
  return lease;
}

function look(lease: Watched): void {
  lease.worstLeftMs = Math.min(lease.worstLeftMs, lease.untilMs - time.nowMs());
}

async function keep(leases: Leases, machines: readonly Machine[]): Promise<void> {
  for (const { calm, leases: all } of machines) {
    for (const lease of all) {
      lease.renewedMs.push(time.nowMs());
      lease.untilMs = time.nowMs() + (lease.inside ? leases.insideSeconds : LIFE_SECONDS) * 1000;
    }
    await leases.keep(all, calm, scope);
  }
}

const nothing = async (): Promise<never> => {
  throw new Error('not asked for in these tests');
};
const deployable: Deployable = {
  ...{ name: 'rust-hello', workload: 'hello', image: 'i', expect: { status: 200 } },
  deployment: { service: 'rust-hello', image: 'i' },
};
const { manifest, records } = syntheticLoadRun({ scenarios: ['soak'] });

/** A platform of which every load takes as long as was asked for, and everything else a moment. */
function systemOn(on: Machine): System {
  const [platform] = manifest.platforms;
  const outcome = records.find((it) => it.kind === 'load');
  const footprint = records.find((it) => it.kind === 'footprint');
  if (platform === undefined || outcome === undefined || footprint === undefined) throw new Error('no such record');
  const taking = async (ms: number): Promise<void> => {
    on.measuring += 1;
    await sleep(ms);
    on.measuring -= 1;
  };
  return {
    platform: { ...platform, label: on.name },
    functions: [deployable],
    unsupported: () => undefined,
    editionLimitOf: () => undefined,
    closedLoops: false,
    activate: async () => {},
    deploy: () => taking(2_000),
    remove: () => taking(1_000),
    clean: () => taking(100),
    async load({ arrivals }) {
      await taking('durationMs' in arrivals ? arrivals.durationMs : 0);
      return { outcome, requests: [], seconds: [] };
    },
    async footprint() {
      await taking(50);
      return footprint;
    },
    ...{ deployIdle: nothing, coldStart: nothing, floor: nothing, warm: nothing, contamination: nothing },
    ...{ memory: nothing, burst: nothing, invokeAsync: nothing, machineMemory: nothing, watchMemoryLimit: nothing },
  };
}

async function soakOn(machines: readonly Machine[], durationMs: number): Promise<void> {
  const leases = newLeases({ longestMs: durationMs, progress: (line) => said.push(line), timer: time });
  await keep(leases, machines);
  let trials = 0;
  const stage: Omit<LoadStage, 'measure'> & Parameters<typeof runTrial>[0] = {
    systems: machines.map((it) => undisturbed(systemOn(it), [it.calm])),
    ...{ clean: true, random: seededRandom(1) },
    load: {
      ...{
        profile: 'test',
        rates: [50],
        durationMs,
        warmUpMs: 0,
        payloads: ['own'],
        paths: ['gateway'],
        slo: undefined,
      },
      blocks: 1,
    },
    nextTrial: () => trials++,
    signal: new AbortController().signal,
    record: async () => {},
    progress: () => {},
    live: () => {},
  };
  const measure: LoadStage['measure'] = (...trial) => runTrial(stage, ...trial);
  await time.until(soak.run({ ...stage, measure }).then(() => scope.close()));
}

/** The first one counts from when the machine was made. */
function gapsOf({ renewedMs }: Watched): readonly number[] {
  return renewedMs.slice(1).map((at, index) => at - (renewedMs[index] ?? at));
}

const shared = newCalm();
const container = (name: string) => machine(name, [false], shared);
const server = (name: string) => machine(name, [false, true]);
const borrowed = (name: string) => machine(name, [true]);

describe('a soak leaves every machine in use until its end', () => {
  test.each([
    ['two containers, an hour each', [container('a'), container('b')], HOUR_MS],
    ['one container for three hours', [container('a')], 3 * HOUR_MS],
    ['two servers of a cloud, an hour each', [server('a'), server('b')], HOUR_MS],
    ['two servers of a cloud, three hours each', [server('a'), server('b')], 3 * HOUR_MS],
    ['one server of a cloud for three hours', [server('a')], 3 * HOUR_MS],
    ['a borrowed machine for three hours', [borrowed('a')], 3 * HOUR_MS],
  ] as const)('%s', async (_what, machines, durationMs) => {
    const begun = time.nowMs();
    await soakOn(machines, durationMs);
    const tookMs = time.nowMs() - begun;
    expect(tookMs).toBeGreaterThan(machines.length * durationMs);
    expect(machines.filter((it) => it.leases.length === 0)).toEqual([]);
    for (const lease of machines.flatMap((it) => it.leases)) {
      look(lease);
      expect(lease.worstLeftMs).toBeGreaterThan(30 * MINUTE_MS);
      if (!lease.inside) expect(Math.max(...gapsOf(lease))).toBeLessThanOrEqual(31 * MINUTE_MS);
      else expect(lease.disturbed).toBe(0);
    }
    expect(said).toEqual([]);
  });

  test('and the machine that is frozen meanwhile is renewed inside, too', async () => {
    const machines = [server('a'), server('b')];
    await soakOn(machines, 3 * HOUR_MS);
    const inside = machines.flatMap((it) => it.leases.filter((lease) => lease.inside));
    expect(inside).toHaveLength(2);
    for (const gaps of inside.map(gapsOf)) {
      expect(gaps.filter((gap) => gap < 16 * MINUTE_MS).length).toBeGreaterThanOrEqual(11);
      // While it was measured itself.
      expect(gaps.filter((gap) => gap > 16 * MINUTE_MS)).toHaveLength(1);
    }
  });
});

describe('renewing', () => {
  const start = async (only: Lease, longestMs = 0, calm = newCalm()): Promise<void> => {
    await newLeases({ longestMs, progress: (line) => said.push(line), timer: time }).keep([only], calm, scope);
  };
  const attempts: number[] = [];
  beforeEach(() => {
    attempts.length = 0;
  });
  const lease = (renew: Lease['renew'], inside = false): Lease => ({
    what: 'the mark of server a',
    inside,
    renew(seconds, signal) {
      attempts.push(time.nowMs());
      return renew(seconds, signal);
    },
  });
  const refused = async () => {
    throw new Error('503');
  };

  test('is tried again after a failure, before anybody is told', async () => {
    const begun = time.nowMs() + 15 * MINUTE_MS;
    await start(lease(async () => (attempts.length < 4 ? refused() : undefined)));
    await time.advance(20 * MINUTE_MS);
    expect(attempts.map((at) => (at - begun) / 1000)).toEqual([0, 10, 30, 70]);
    expect(said).toEqual([]);
    await scope.close();
  });

  test('that fails is tried five times a round, told with the time that is left, and goes on', async () => {
    await start(lease(refused));
    await time.advance(150 * MINUTE_MS);
    const rounds = said.length;
    expect(rounds).toBeGreaterThanOrEqual(8);
    expect(attempts).toHaveLength(rounds * 5);
    expect(said[0]).toBe('warning: the mark of server a could not be renewed; it ends in 103 min: 503');
    expect(said.at(-1)).toMatch(/it ended \d+ min ago: 503$/);
    await scope.close();
  });

  test('that hangs is given up after a minute, and holds up a measurement no longer', async () => {
    const calm = newCalm();
    const begun = time.nowMs();
    await start(
      lease(() => new Promise(() => {})),
      0,
      calm,
    );
    await time.advance(15 * MINUTE_MS + 1_000);
    const measured = calm.measure(async () => time.nowMs() - begun);
    await time.advance(2 * MINUTE_MS);
    expect(await measured).toBeLessThanOrEqual(16 * MINUTE_MS + 1_000);
    await time.advance(10 * MINUTE_MS);
    expect(said[0]).toContain('no answer within 60 s');
    await time.until(scope.close());
  });

  test('inside a machine happens in the middle of a measurement only when little is left', async () => {
    const calm = newCalm();
    const begun = time.nowMs();
    await start(
      lease(async () => {}, true),
      HOUR_MS,
      calm,
    );
    // Planned for an hour, and takes six.
    const measuring = calm.measure(() => sleep(6 * HOUR_MS));
    await time.advance(6 * HOUR_MS);
    await measuring;
    expect(attempts.map((at) => (at - begun) / HOUR_MS)).toEqual([2.5, 5, 6]);
    await scope.close();
  });

  test('a machine that another run uses by now ends what would be measured there, and is not tried again', async () => {
    const calm = newCalm();
    const lost = new GivreError({ code: MACHINE_LOST, message: 'it is used by run b now' });
    await start(
      lease(async () => {
        throw lost;
      }, true),
      0,
      calm,
    );
    await time.advance(2 * HOUR_MS);
    expect(attempts).toHaveLength(1);
    expect(said).toEqual(['error: it is used by run b now']);
    await expect(calm.measure(async () => 42)).rejects.toBe(lost);
    await scope.close();
  });

  test('goes on where measurements of several lanes overlap for ever', async () => {
    const generator = server('generator');
    await keep(newLeases({ longestMs: 20 * MINUTE_MS, progress: (line) => said.push(line), timer: time }), [generator]);
    const lane = async (delayMs: number): Promise<void> => {
      await sleep(delayMs);
      for (let load = 0; load < 18; load++) await generator.calm.measure(() => sleep(20 * MINUTE_MS));
    };
    await time.until(Promise.all([lane(0), lane(10 * MINUTE_MS)]));
    for (const it of generator.leases) {
      look(it);
      expect(it.worstLeftMs).toBeGreaterThan(20 * MINUTE_MS);
    }
    await time.until(scope.close());
  });

  test('ends with the scope, after what is under way, and before the machine goes', async () => {
    const order: string[] = [];
    await scope.defer('server a', async () => void order.push('removed'));
    const hears = (_seconds: number, signal: AbortSignal) =>
      new Promise<void>((_, reject) =>
        signal.addEventListener('abort', () => void sleep(500).then(() => reject(order.push('given up')))),
      );
    await start(lease(hears));
    await time.advance(15 * MINUTE_MS + 1_000);
    await time.until(scope.close());
    expect(order).toEqual(['given up', 'removed']);
    await time.advance(2 * HOUR_MS);
    expect(attempts).toHaveLength(1);
    expect(said).toEqual([]);
  });
});
