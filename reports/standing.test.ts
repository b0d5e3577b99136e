import { describe, expect, test } from 'vitest';
import type { Run } from '../harness/runs/run.ts';
import { type RunRecord, verdictSchema } from '../harness/runs/schema.ts';
import { syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { syntheticRun } from '../harness/runs/synthetic-run.fixture.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

const cold = syntheticRun({ platforms: ['control', 'faasd 0.19.0'], samplesPerCell: 10, blocks: 2 });
const load = syntheticLoadRun({
  scenarios: ['latency', 'soak', 'throughput', 'memory', 'burst'],
  functions: ['rust-hello'],
  seconds: 1,
});

function terminal(run: Run): string {
  return terminalReport(summarise(run), { colour: false }).replaceAll(/\s+/g, ' ');
}

/** The same folder with less in it than was judged. */
function cut(run: Run, records: readonly RunRecord[]): Run {
  return { ...run, records };
}

describe('the state of a run', () => {
  test('is that of its verdict where all records are there that were judged', () => {
    expect(summarise(cold)).toMatchObject({ state: 'valid', isResult: true, isComparable: true });
    expect(summarise(load)).toMatchObject({ state: 'valid', isResult: true, isComparable: true });
  });

  test('is incomplete where its records are cut off, whatever its verdict says, and never more than is there', () => {
    const upTo = cold.records.findLastIndex((it, i) => it.kind === 'coldstart' && i < 70);
    const some = cold.records.slice(0, upTo + 1);
    const n = some.filter((it) => it.kind === 'coldstart').length;
    const summary = summarise(cut(cold, some));
    expect(summary).toMatchObject({ state: 'incomplete', isResult: false, isComparable: false, sampleCount: n });
    expect(summary.headline).toMatch(
      new RegExp(`^${n} of 80 samples are there; of the records that were judged .*${n} of 80 coldstart.* are there`),
    );
    expect(summary.headline).toContain('verdict.json says "valid: all gates that could be evaluated passed"');
    expect(new Set(summary.comparisons.map((it) => it.verdict))).toEqual(new Set(['no result']));
    expect(terminal(cut(cold, some))).toContain(`incomplete: ${n} of 80 samples are there`);
    expect(terminal(cut(cold, some))).toContain('Records of this run are missing');
    expect(terminal(cut(cold, []))).toContain('incomplete: 0 of 80 samples are there');
  });

  test.each([...new Set(load.records.map((it) => it.kind))])('is incomplete without one %s record', (kind) => {
    const gone = load.records.findIndex((it) => it.kind === kind);
    const summary = summarise(cut(load, load.records.toSpliced(gone, 1)));
    expect(summary).toMatchObject({ state: 'incomplete', isResult: false, isComparable: false });
    const n = load.records.filter((it) => it.kind === kind).length;
    expect(summary.headline).toContain(`${n - 1} of ${n} ${kind} are there`);
  });

  test('names what was planned under load and is in no table', () => {
    const without = cut(
      load,
      load.records.filter((it) => it.kind !== 'burst'),
    );
    expect(summarise(load).missing).toEqual([]);
    expect(summarise(without).missing).toEqual(['control burst rust-hello']);
    expect(terminal(without)).toContain('planned, and nothing of it is there: control burst rust-hello');
  });

  test('is incomplete, too, with records that nobody has judged', () => {
    const twice = cold.records.filter((it) => it.kind === 'coldstart').slice(0, 3);
    expect(summarise(cut(cold, [...cold.records, ...twice]))).toMatchObject({
      state: 'incomplete',
      headline: expect.stringContaining('83 of 80 coldstart are there'),
    });
  });

  test('is incomplete where a record of one cell is there twice and one of another is missing', () => {
    const [one, other] = ['rust-hello', 'go-hello'].map((name) =>
      cold.records.findIndex((it) => it.kind === 'coldstart' && it.function === name && it.platform === 'control'),
    );
    const copy = cold.records[one ?? -1];
    if (copy === undefined || other === undefined) throw new Error('no such record');
    const doubled = cold.records.with(other, copy);
    const { state, headline } = summarise(cut(cold, doubled));
    expect(state).toBe('incomplete');
    expect(headline).toMatch(/4 of 5 coldstart go-hello L1 control, block \d, 6 of 5 coldstart rust-hello L1 control/);
  });

  test('is incomplete where a record is there twice and another of the same cell is missing', () => {
    const [one, other] = cold.records.flatMap((it, i) => (it.kind === 'sentinel' && it.block === 0 ? [i] : []));
    const copy = cold.records[one ?? -1];
    if (copy === undefined || other === undefined) throw new Error('no such record');
    expect(summarise(cut(cold, cold.records.with(other, copy)))).toMatchObject({
      state: 'incomplete',
      headline: expect.stringContaining(
        'of the records that were judged all but 1, in whose place others stand twice, are there',
      ),
    });
  });

  test('is that of its verdict, too, where only kinds were counted, as by older versions', () => {
    const { cells: _, ...verdict } = cold.verdict ?? {};
    expect(summarise({ ...cold, verdict: verdictSchema.parse(verdict) }).state).toBe('valid');
  });

  test.each([
    ['killed', null, 'unfinished'],
    ['interrupted', 'interrupted', 'interrupted'],
  ] as const)('allows no conclusion from a run that was %s', (_what, status, state) => {
    const verdict = cold.verdict === null || status === null ? null : { ...cold.verdict, status };
    const summary = summarise({ ...cold, verdict });
    expect(summary).toMatchObject({ state, isResult: false, isComparable: false });
    expect(new Set(summary.comparisons.map((it) => it.verdict))).toEqual(new Set(['no result']));
    expect(terminal({ ...cold, verdict })).toContain('This run did not come to its end');
  });
});
