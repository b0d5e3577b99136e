import { describe, expect, test } from 'vitest';
import { seededRandom } from '../harness/core/random.ts';
import type { Run } from '../harness/runs/run.ts';
import type { CapacitySample, FootprintSample, RunRecord } from '../harness/runs/schema.ts';
import { type SyntheticLoadOptions, syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { withRecords } from '../harness/runs/synthetic-run.fixture.ts';
import { summarise } from './summary.ts';

const MIB = 2 ** 20;
const capacity = firstOf('capacity', { scenarios: ['throughput'], seconds: 1 });
const footprint = firstOf('footprint', { scenarios: ['memory'] });
const burst = firstOf('burst', { scenarios: ['burst'] });

function firstOf<K extends RunRecord['kind']>(kind: K, options: SyntheticLoadOptions): Extract<RunRecord, { kind: K }> {
  const isIt = (record: RunRecord): record is Extract<RunRecord, { kind: K }> => record.kind === kind;
  const found = syntheticLoadRun({ functions: ['rust-hello'], ...options }).records.find(isIt);
  if (found === undefined) throw new Error(`the synthetic run has no ${kind}`);
  return found;
}

/** A run of which every number is written down here. */
function runOf(records: readonly RunRecord[], options: SyntheticLoadOptions = {}): Run {
  return withRecords(syntheticLoadRun({ functions: ['rust-hello'], seconds: 1, ...options }), records);
}

describe('what else the load scenarios find', () => {
  const step = (more: Partial<CapacitySample>): CapacitySample => ({ ...capacity, ceilings: [], ...more });

  test('a block in which no rate was sustained counts as 0, and one that never broke as beyond all tried', () => {
    const cells = summarise(
      runOf([
        step({ block: 0, sustainedPerSecond: 400, brokenPerSecond: 500 }),
        step({ block: 1, sustainedPerSecond: null, brokenPerSecond: 100 }),
        step({ block: 2, sustainedPerSecond: 800, brokenPerSecond: null, why: null }),
      ]),
    ).capacities;
    expect(cells).toMatchObject([
      { sustainedPerSecond: { value: 400, lower: 0, upper: 800, blocks: 3 }, brokenPerSecond: 500, usl: null },
    ]);
  });

  test('what does not count is in no figure, and says why', () => {
    const unsound = { counts: false, whyNot: 'the step at 900/s does not count: steal 9 %' };
    const ceiling = { connections: 8, perSecond: 352, trial: 3, counts: false, whyNot: 'answer-right: wrong' };
    const records = [
      step({ block: 0, sustainedPerSecond: 400, brokenPerSecond: 500 }),
      step({ block: 1, sustainedPerSecond: 900, brokenPerSecond: null, ...unsound, ceilings: [ceiling] }),
    ];
    expect(summarise(runOf(records)).capacities).toMatchObject([
      {
        sustainedPerSecond: { value: 400, blocks: 1 },
        brokenPerSecond: 500,
        blocks: [{ counts: true }, unsound],
        ceilings: [{ connections: 8, perSecond: { value: null }, whyNot: ['answer-right: wrong'] }],
      },
    ]);
    expect(summarise(runOf(records.slice(1))).capacities).toMatchObject([
      { sustainedPerSecond: { value: null, blocks: 0 }, brokenPerSecond: null },
    ]);
  });

  test('the scalability law is found again in ceilings that follow it, from four of them on', () => {
    const law = (n: number) => (100 * n) / (1 + 0.05 * (n - 1) + 0.001 * n * (n - 1));
    const ceilings = [1, 4, 16, 64].map((connections) => ({
      ...{ connections, perSecond: law(connections) },
      ...{ trial: 0, counts: true, whyNot: null },
    }));
    const blocks = [0, 1, 2].map((block) => step({ block, ceilings }));
    const usl = summarise(runOf(blocks)).capacities[0]?.usl;
    expect(usl?.lambda).toBeCloseTo(100, 3);
    expect(usl?.sigma).toBeCloseTo(0.05, 5);
    expect(usl?.kappa).toBeCloseTo(0.001, 6);
    // √((1 − σ) ÷ κ)
    expect(usl?.peak?.connections).toBeCloseTo(30.82, 1);
    expect(usl?.widest).toBe(64);
    // One block may fall by chance.
    expect(summarise(runOf(blocks.slice(1))).capacities[0]?.usl).toMatchObject({ kappa: usl?.kappa, peak: null });
    expect(summarise(runOf([step({ ceilings: ceilings.slice(1) })])).capacities[0]?.usl).toBeNull();
    const narrow = [1, 2, 4, 8].map((connections) => ({
      ...{ connections, perSecond: law(connections) },
      ...{ trial: 0, counts: true, whyNot: null },
    }));
    expect(summarise(runOf([step({ ceilings: narrow })])).capacities[0]?.usl).toMatchObject({ peak: null, widest: 8 });
  });

  test('throughput that only flattens out has no peak, though the law that fits it best turns', () => {
    // Never above 800/s; each block off by up to 2 %.
    const ceilings = (off: number) =>
      [1, 2, 4, 8, 16, 32].map((connections, i) => ({
        ...{ connections, perSecond: Math.min(100 * connections, 800) * (1 + (i % 2 === 0 ? off : -off)) },
        ...{ trial: 0, counts: true, whyNot: null },
      }));
    const blocks = [0.02, -0.02, 0.01, -0.01, 0].map((off, block) => step({ block, ceilings: ceilings(off) }));
    const usl = summarise(runOf(blocks)).capacities[0]?.usl;
    expect(usl?.kappa).toBeGreaterThan(0.001);
    expect(usl?.peak).toBeNull();
  });

  test('one more function costs what the machine has less of, block by block', () => {
    const at = (block: number, moment: FootprintSample['moment'], availableMiB: number) => ({
      ...footprint,
      block,
      moment,
      machineAvailableBytes: availableMiB * MIB,
    });
    // The machine's own level differs more between blocks than the function costs.
    const records = [at(0, 'before', 1000), at(0, 'idle', 990), at(1, 'before', 500), at(1, 'idle', 486)];
    const [cell] = summarise(runOf(records)).footprints;
    expect(cell).toMatchObject({ blocks: 2, oneMoreBytes: { value: 12 * MIB, lower: 10 * MIB, upper: 14 * MIB } });
    expect(cell?.moments.map((it) => it.moment)).toEqual(['before', 'idle']);
    expect(cell?.moments[0]?.machineAvailableBytes).toBe(750 * MIB);
  });

  test('a cost that is positive in all of three blocks by chance may still be none', () => {
    const costs = [1, 2, 30].flatMap((costMiB, block) => [
      { ...footprint, block, moment: 'before' as const, machineAvailableBytes: 500 * MIB },
      { ...footprint, block, moment: 'idle' as const, machineAvailableBytes: (500 - costMiB) * MIB },
    ]);
    expect(summarise(runOf(costs)).footprints[0]?.oneMoreBytes.lower).toBeLessThan(0);
  });

  describe('readings during a soak', () => {
    const at = (
      scenario: FootprintSample['scenario'],
      second: number,
      moment: FootprintSample['moment'],
      pss: number,
    ) => ({
      ...footprint,
      scenario,
      moment,
      functionPssBytes: pss * MIB,
      at: new Date(second * 1000).toISOString(),
    });
    const life = (of: FootprintSample['scenario']) => [
      ...[at(of, 0, 'before', 0), at(of, 1, 'idle', 1), at(of, 2, 'first', 2), at(of, 3, 'loaded', 3)],
      at(of, 4, 'after', 2),
    ];
    // One MiB a minute, and one reading far off.
    const soak = (of: FootprintSample['scenario']) =>
      Array.from({ length: 20 }, (_, i) => at(of, 100 + 60 * i, 'loaded', i === 9 ? 500 : 10 + i));
    const loadedIn = (records: readonly RunRecord[]) =>
      summarise(runOf(records)).footprints[0]?.moments.find((it) => it.moment === 'loaded')?.functionPssBytes;

    test('are not those of a function’s life, and their slope is told', () => {
      const records = [...life('memory'), ...soak('soak')];
      const { soaks } = summarise(runOf(records));
      expect(loadedIn(records)).toBe(3 * MIB);
      expect(soaks).toMatchObject([{ function: 'rust-hello', growthBytesPerHour: { kind: 'within', blocks: 1 } }]);
      expect(soaks[0]?.blocks[0]?.readings).toHaveLength(20);
      // That reading makes the growth unsure, and not wrong.
      const { lower, upper } = soaks[0]?.growthBytesPerHour ?? {};
      expect((lower ?? 0) / MIB).toBeLessThan(60);
      expect((upper ?? 0) / MIB).toBeGreaterThan(60);
      const whole = summarise(runOf(soak('soak').filter((_, i) => i !== 9))).soaks[0];
      expect((whole?.growthBytesPerHour.value ?? 0) / MIB).toBeCloseTo(60, 6);
      expect(summarise(runOf(soak('soak'))).footprints).toEqual([]);
    });

    test('that wander without growing are not called growth', () => {
      const random = seededRandom(3);
      const called = Array.from({ length: 100 }, () => {
        let pss = 50;
        const wandering = Array.from({ length: 60 }, (_, i) => {
          pss += random() - 0.5;
          return at('soak', 100 + 5 * i, 'loaded', pss);
        });
        const growth = summarise(runOf(wandering)).soaks[0]?.growthBytesPerHour;
        return (growth?.lower ?? 0) > 0 || (growth?.upper ?? 0) < 0;
      });
      // 5 of 100 are to be expected; by the median of slopes it were about 90.
      expect(called.filter(Boolean).length).toBeLessThanOrEqual(12);
    });

    test('are told by the scenario’s name, whatever came before them', () => {
      // By their order this one of the soak would be that of a life, and that of the life one of a soak.
      const [reading] = soak('soak');
      const records = [
        ...life('memory').slice(0, 3),
        ...(reading === undefined ? [] : [reading]),
        at('memory', 9, 'loaded', 3),
      ];
      expect(loadedIn(records)).toBe(3 * MIB);
      expect(summarise(runOf(records)).soaks[0]?.blocks[0]?.readings).toEqual([[0, 10 * MIB]]);
    });

    test('of old runs, which do not name it, are told by their order', () => {
      const records = [...life(null), ...soak(null)];
      expect(loadedIn(records)).toBe(3 * MIB);
      expect(summarise(runOf(records)).soaks[0]?.blocks[0]?.readings).toHaveLength(20);
    });
  });

  test('a burst that was never answered counts as later than any other', () => {
    const records = [10, 20, 30].map((ms) => ({ ...burst, firstCorrectNs: ms * 1e6, allCorrectNs: null }));
    const [cell] = summarise(runOf(records)).bursts;
    expect(cell).toMatchObject({ n: 3, correct: 24, firstAnswers: 24, firstCorrect: { valueNs: 20e6 } });
    expect(cell?.allCorrect).toMatchObject({ valueNs: null, note: 'no correct answer before the deadline' });
  });

  test('all of it survives JSON unchanged', () => {
    const scenarios: SyntheticLoadOptions['scenarios'] = ['latency', 'throughput', 'memory', 'burst'];
    const summary = summarise(syntheticLoadRun({ scenarios, invalidTrials: [0], blocks: 2, seconds: 2 }));
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  test('the title names the scenarios', () => {
    const title = (scenario: string) => {
      const run = runOf([]);
      return summarise({ ...run, manifest: { ...run.manifest, scenario } }).title;
    };
    expect(title('latency')).toBe('control: latency of rust-hello');
    expect(title('coldstart,latency,memory')).toBe('control: cold start, latency and memory of rust-hello');
  });
});
