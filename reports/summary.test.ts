import { describe, expect, test } from 'vitest';
import type { Run } from '../harness/runs/run.ts';
import type { ColdStartSample, FloorSample, RunRecord } from '../harness/runs/schema.ts';
import { syntheticRun, withRecords } from '../harness/runs/synthetic-run.fixture.ts';
import { summarise, titleOf } from './summary.ts';
import { terminalReport } from './terminal.ts';

const MS = 1e6;
const template = syntheticRun({ functions: ['rust-hello'], samplesPerCell: 1 });
const cold = firstOf(template, (record): record is ColdStartSample => record.kind === 'coldstart');
const floor = firstOf(template, (record): record is FloorSample => record.kind === 'floor');

/** A run of which every number is written down here. */
function runOf(records: readonly RunRecord[], options: Parameters<typeof syntheticRun>[0] = {}): Run {
  return withRecords(syntheticRun({ functions: ['rust-hello'], ...options }), records);
}

function okSample(totalMs: number, more: Partial<ColdStartSample> = {}): ColdStartSample {
  const totalNs = totalMs * MS;
  const answer = { correct: true, status: 200, origin: null, error: null, atNs: totalNs };
  return { ...cold, verdict: 'ok', reason: null, origin: null, totalNs, firstAnswer: answer, ...more };
}

function failedSample(origin: ColdStartSample['origin']): ColdStartSample {
  const firstAnswer = { correct: false, status: 502, origin, error: 'bad gateway', atNs: 1 };
  return {
    ...okSample(1),
    verdict: 'failed',
    reason: 'no answer',
    origin,
    totalNs: null,
    residualNs: null,
    firstAnswer,
  };
}

function firstOf<T extends RunRecord>(run: Run, is: (record: RunRecord) => record is T): T {
  const found = run.records.find(is);
  if (found === undefined) throw new Error('the synthetic run has no such record');
  return found;
}

function cellOf(run: Run) {
  const cell = summarise(run).cells[0];
  if (cell === undefined) throw new Error('no cell');
  return cell;
}

describe('one cell', () => {
  const tens = [130, 100, 120, 110, 140, 150, 170, 160, 190, 180];

  test('has the median, exact interval, p90 and maximum that one counts by hand', () => {
    const cell = cellOf(runOf(tens.map((ms) => okSample(ms))));
    expect(cell).toMatchObject({ n: 10, ok: 10, failed: 0, notCold: 0, invalid: 0, timed: 10, neverAnswered: 0 });
    // Sorted 100 … 190: the middle of the 5th and 6th, ranks 2 and 9, the middle of the 9th and 10th.
    expect(cell.median).toMatchObject({ valueNs: 145 * MS, lowerNs: 110 * MS, upperNs: 180 * MS, note: null });
    expect(cell.median.coverage).toBeCloseTo(0.978515625, 9);
    expect(cell.p90.valueNs).toBe(185 * MS);
    expect(cell.maxNs).toBe(190 * MS);
  });

  test('withholds p99 and says from which n on it exists', () => {
    expect(cellOf(runOf(tens.map((ms) => okSample(ms)))).p99).toMatchObject({ valueNs: null, note: 'needs n ≥ 368' });
    const many = Array.from({ length: 368 }, (_, i) => okSample(i + 1));
    // n·p = 364.32: the 365th; ranks 360 and 368.
    expect(cellOf(runOf(many)).p99).toMatchObject({ valueNs: 365 * MS, lowerNs: 360 * MS, upperNs: 368 * MS });
    expect(cellOf(runOf(many.slice(1))).p99.valueNs).toBeNull();
  });

  test('calls a p99 of samples that were never answered never, and not withheld', () => {
    const answered = (n: number) => Array.from({ length: n }, (_, i) => okSample(100 + i));
    const failed = (n: number) => Array<RunRecord>(n).fill(failedSample('provider'));
    const run = runOf([...answered(390), ...failed(10)]);
    expect(cellOf(run).p99).toMatchObject({
      valueNs: null,
      never: true,
      note: 'no correct answer before the deadline',
    });
    const text = terminalReport(summarise(run), { colour: false });
    expect(text).toContain('rust-hello: p99 never');
    expect(text).not.toContain('withheld');
    // Of fewer samples than a p99 needs only where its lower bound is never, too.
    expect(cellOf(runOf([...answered(60), ...failed(40)])).p99).toMatchObject({ valueNs: null, never: true });
    const one = runOf([...answered(99), ...failed(1)]);
    expect(cellOf(one).p99).toMatchObject({ valueNs: null, never: false, note: 'needs n ≥ 368' });
    expect(terminalReport(summarise(one), { colour: false })).toContain('p99 is withheld where n < 368');
  });

  test('gives a median without interval below six samples', () => {
    const cell = cellOf(runOf([okSample(10), okSample(20), okSample(60)]));
    expect(cell.median).toMatchObject({ valueNs: 20 * MS, lowerNs: null, upperNs: null, note: 'interval needs n ≥ 6' });
  });

  test('counts a failure as later than everything, so that failing makes nobody faster', () => {
    const cell = cellOf(
      runOf([...tens.slice(0, 6).map((ms) => okSample(ms)), ...Array(4).fill(failedSample('provider'))]),
    );
    expect(cell).toMatchObject({ n: 10, ok: 6, failed: 4, timed: 10, neverAnswered: 4, maxNs: null });
    // 100 110 120 130 140 150 ∞ ∞ ∞ ∞
    expect(cell.median).toMatchObject({ valueNs: 145 * MS, lowerNs: 110 * MS, upperNs: null });
    expect(cell.median.note).toContain('no correct answer');
    expect(cell.p90).toMatchObject({ valueNs: null, note: 'no correct answer before the deadline' });
    expect(cell.failedBy).toEqual([{ origin: 'provider', n: 4 }]);
  });

  test('leaves out of the times, and counts, what says nothing about the platform', () => {
    const records = [
      ...tens.map((ms) => okSample(ms)),
      okSample(1, { verdict: 'not-cold', reason: 'same process' }),
      okSample(2, { verdict: 'invalid', reason: 'clock drift' }),
      failedSample('harness'),
    ];
    const cell = cellOf(runOf(records));
    expect(cell).toMatchObject({ n: 13, ok: 10, failed: 1, notCold: 1, invalid: 1, timed: 10 });
    expect(cell.median.valueNs).toBe(145 * MS);
    expect(cell.firstAnswer).toMatchObject({ correct: 10, n: 10 });
    expect(cell.reasons.map((it) => it.reason).sort()).toEqual(['clock drift', 'no answer', 'same process']);
  });

  test('has intervals over deployments from three on, and says so where there are fewer', () => {
    const inDeployments = (n: number) =>
      Array.from({ length: n }, (_, repetition) =>
        tens.map((ms) => okSample(ms * (1 + repetition), { block: repetition, repetition })),
      ).flat();
    const [one, two, three] = [1, 2, 3].map((n) => cellOf(runOf(inDeployments(n))));
    expect(one).toMatchObject({ median: { over: 'these', deployments: 1 }, firstAnswer: { over: 'these' } });
    expect(two).toMatchObject({ median: { over: 'these', deployments: 2 } });
    expect(three).toMatchObject({ median: { over: 'deployments', deployments: 3, coverage: null } });
    // Medians 145, 290 and 435 ms: t = 4.303 makes ± 1.383 of the logarithms, whatever the number of samples in them.
    expect((three?.median.lowerNs ?? 0) / MS).toBeCloseTo(66.1, 0);
    expect((three?.median.upperNs ?? 0) / MS).toBeCloseTo(1052, -1);
    const text = (n: number) => terminalReport(summarise(runOf(inDeployments(n))), { colour: false });
    expect(text(1)).toContain('95 % within one deployment');
    expect(text(2)).toContain('95 % within 2 deployments');
    expect(text(3)).toContain('95 % of it');
  });

  test('says in the row itself where only some rows have enough deployments', () => {
    const records = [0, 1, 2].flatMap((repetition) =>
      tens.flatMap((ms) => [
        okSample(ms, { block: repetition, repetition }),
        ...(repetition === 0 ? [okSample(ms, { function: 'go-hello' })] : []),
      ]),
    );
    const text = terminalReport(summarise(runOf(records, { functions: ['rust-hello', 'go-hello'] })), {
      colour: false,
    });
    expect(text).toMatch(/go-hello.* within one deployment/);
    expect(text).not.toMatch(/rust-hello.* within/);
  });

  test('takes machines of level L4 for deployments, with exact intervals from six on', () => {
    const machines = (n: number) =>
      cellOf(
        runOf(
          tens.slice(0, n).map((ms, round) => okSample(ms, { level: 'L4', round })),
          { levels: ['L4'] },
        ),
      );
    expect(machines(5).median).toMatchObject({ over: 'deployments', deployments: 5, coverage: null });
    expect(machines(10).median).toMatchObject({ lowerNs: 110 * MS, upperNs: 180 * MS, over: 'deployments' });
    expect(machines(2).median).toMatchObject({ lowerNs: null, over: null });
  });

  test('keeps the very first answer as a result of its own', () => {
    const wrong = { correct: false, status: 500, origin: 'provider' as const, error: null, atNs: 1 };
    const cell = cellOf(runOf([...tens.map((ms) => okSample(ms)), okSample(99, { firstAnswer: wrong })]));
    expect(cell.firstAnswer).toMatchObject({ correct: 10, n: 11, wrongBy: [{ origin: 'provider', n: 1 }] });
    // Wilson for 10 of 11, by hand: (0.9091 + 0.17462 ∓ 1.95996·√(0.0075131 + 0.0079373)) / 1.34923.
    expect(cell.firstAnswer.interval?.lower).toBeCloseTo(0.6226, 3);
    expect(cell.firstAnswer.interval?.upper).toBeCloseTo(0.9838, 3);
    expect(cell.ok).toBe(11);
  });

  test('stacks phases with 0 where they were not observed, and says where they were', () => {
    const phase = (name: 'cni' | 'retry', ms: number) => ({ name, startNs: 0, durationNs: ms * MS });
    const cell = cellOf(
      runOf([
        okSample(100, { phases: [phase('cni', 30)], residualNs: 5 * MS }),
        okSample(100, { phases: [phase('cni', 40), phase('retry', 10)], residualNs: 10 * MS }),
        okSample(100, { phases: [phase('cni', 25), phase('cni', 25)], residualNs: 0 }),
      ]),
    );
    expect(cell.phases).toEqual([
      { name: 'cni', observed: 3, medianWhereObservedNs: 40 * MS, medianNs: 40 * MS },
      { name: 'retry', observed: 1, medianWhereObservedNs: 10 * MS, medianNs: 0 },
    ]);
    expect(cell.medianResidualShare).toBeCloseTo(0.05, 12);
    expect(cell.medianResidualNs).toBe(5 * MS);
  });

  test('divides by the floor of the same platform, level and deployment only', () => {
    const repetitions = [0, 1, 2].flatMap((repetition) => {
      const place = { block: repetition, repetition };
      const machine = 1 + repetition / 2;
      return [
        okSample(145 * machine * (1 + repetition / 100), place),
        { ...floor, ...place, totalNs: 50 * machine * MS },
        { ...floor, ...place, level: 'L2' as const, totalNs: MS },
        { ...floor, ...place, platform: 'another', totalNs: MS },
      ];
    });
    const cell = cellOf(runOf(repetitions));
    expect(cell.distanceToFloor?.ratio).toBeCloseTo(2.93, 2);
    expect(cell.distanceToFloor?.lower).toBeGreaterThan(2.8);
    expect(cell.distanceToFloor?.upper).toBeLessThan(3.1);
    expect(cellOf(runOf(tens.map((ms) => okSample(ms)))).distanceToFloor).toBeNull();
  });

  test('counts a floor that could not be measured, takes no time from it, and keeps its row', () => {
    const lost: FloorSample = { ...floor, totalNs: null, reason: 'no machine to log in to: no valid host', phases: [] };
    const timed = [49, 50, 51].map((ms) => ({ ...floor, totalNs: ms * MS }));
    const [summarised] = summarise(runOf([...timed, lost])).floors;
    expect(summarised).toMatchObject({ n: 4, ok: 3, median: { valueNs: 50 * MS } });
    const without = { n: 1, ok: 0, median: { valueNs: null }, maxNs: null, reasons: [lost.reason] };
    expect(summarise(runOf([lost])).floors).toMatchObject([without]);
    const text = terminalReport(summarise(runOf([lost])), { colour: false });
    expect(text).toMatch(/L1 +\(floor\) +1 +0 /);
    expect(text).toContain('control L1: 1 of 1 floors have no time: no machine to log in to: no valid host');
  });
});

describe('a whole run', () => {
  test('has a row for every planned cell even where nothing was measured yet', () => {
    const run = runOf([], { functions: ['rust-hello', 'go-hello'], levels: ['L1', 'L2'], killed: true });
    const summary = summarise(run);
    expect(summary.cells).toHaveLength(4);
    expect(summary.cells.every((cell) => cell.n === 0 && cell.median.note === 'no samples')).toBe(true);
    expect(summary).toMatchObject({ state: 'unfinished', sampleCount: 0, plannedCount: 160 });
  });

  test('lists unsupported levels with their reason instead of empty rows', () => {
    const summary = summarise(runOf([], { platforms: ['control', 'faasd 0.19.0'], levels: ['L1', 'L3'] }));
    expect(summary.cells.filter((cell) => cell.level === 'L3').map((cell) => cell.platform)).toEqual(['control']);
    expect(summary.unsupported).toEqual([
      { platform: 'faasd 0.19.0', level: 'L3', reason: expect.stringContaining('images stay') },
    ]);
  });

  test('shows samples that the plan does not know, too', () => {
    const summary = summarise(runOf([okSample(5, { function: 'stray' })]));
    expect(summary.cells.find((cell) => cell.function === 'stray')).toMatchObject({ planned: false, n: 1 });
  });

  test('survives JSON unchanged: nothing in it is infinite, undefined or a class', () => {
    const run = syntheticRun({ platforms: ['control', 'faasd 0.19.0'], levels: ['L1', 'L2'] });
    const summary = summarise({ ...run, records: [...run.records, failedSample('provider')] });
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  test('sums up sentinel and memory per machine', () => {
    const summary = summarise(syntheticRun({ blocks: 2 }));
    expect(summary.sentinels).toEqual([expect.objectContaining({ platform: 'control', n: 32, correct: 32 })]);
    expect(summary.memory.map((it) => [it.function, it.n])).toEqual([
      ['rust-hello', 2],
      ['go-hello', 2],
      ['node-hello', 2],
      ['python-hello', 2],
    ]);
    expect(summary.memory[0]?.collectorPssBytes).toBeNull();
  });

  test('keeps the row of a function whose memory nobody read, and takes no wrong answer for a quick one', () => {
    const run = syntheticRun({ functions: ['rust-hello', 'go-hello'] });
    const records = run.records.flatMap((it): RunRecord[] => {
      if (it.kind === 'memory' && it.function === 'go-hello') return [];
      return [it.kind === 'sentinel' && it.position === 'after' ? { ...it, correct: false, latencyNs: 1 } : it];
    });
    const summary = summarise(withRecords(run, records));
    expect(summary.memory.map((it) => [it.function, it.n, it.functionPssBytes === null])).toEqual([
      ['rust-hello', 1, false],
      ['go-hello', 0, true],
    ]);
    expect(summary.sentinels).toMatchObject([{ n: 16, correct: 8, medianAfterNs: null, afterToBefore: null }]);
  });
});

describe('the title', () => {
  test('begins with the platform’s name', () => {
    expect(titleOf(runOf([]).manifest)).toBe('control: cold start of rust-hello');
    expect(titleOf(runOf([], { platforms: ['faasd 0.19.0'] }).manifest)).toBe('faasd 0.19.0: cold start of rust-hello');
    const both = runOf([], { platforms: ['control --like faasd', 'faasd 0.19.0'] }).manifest;
    expect(titleOf(both)).toBe('control --like faasd and faasd 0.19.0: cold start of rust-hello');
  });

  test('says the kind where a label hides it', () => {
    const { manifest } = runOf([]);
    const disguised = manifest.platforms.map((platform) => ({ ...platform, label: 'production' }));
    expect(titleOf({ ...manifest, platforms: disguised })).toMatch(/^control \(production\): /);
    const posing = manifest.platforms.map((platform) => ({ ...platform, label: 'faasd' }));
    expect(titleOf({ ...manifest, platforms: posing })).toMatch(/^control \(faasd\): /);
  });
});
