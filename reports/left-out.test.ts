import { describe, expect, test } from 'vitest';
import { judgeRun } from '../harness/judging/judge.ts';
import type { Run } from '../harness/runs/run.ts';
import type { Gate, RunRecord } from '../harness/runs/schema.ts';
import { type SyntheticLoadOptions, syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

const FUNCTIONS = ['rust-hello', 'go-hello'];
const judge = (records: readonly RunRecord[], { manifest }: Run) =>
  judgeRun(records, { manifest, interrupted: false, clean: true });
const late: Gate = { id: 'on-time', status: 'failed', measured: 'p99 of the lag 9.1 ms', hint: 'too busy' };
const counted: Gate = { id: 'all-counted', status: 'passed', measured: '100 of 100', hint: 'each once' };

/** Judged as a real run is; in the measurements that are named a gate fails. */
function judged(
  isBad: (record: RunRecord, index: number) => boolean,
  options: SyntheticLoadOptions = {},
): { readonly run: Run; readonly exitCode: number } {
  const run = syntheticLoadRun({ functions: FUNCTIONS, rates: [50, 200], blocks: 3, seconds: 2, ...options });
  let index = 0;
  const records = run.records.map((record) => {
    if (record.kind !== 'load') return record;
    const good = { ...record, slo: null, gates: [counted, { ...late, status: 'passed' as const }], valid: true };
    return isBad(record, index++) ? { ...good, gates: [counted, late], valid: false } : good;
  });
  const verdict = judge(records, run);
  return { run: { ...run, records, verdict }, exitCode: verdict.exitCode };
}

const isRate = (rate: number) => (record: RunRecord) =>
  record.kind === 'load' && record.arrivals.kind === 'constant' && record.arrivals.ratePerSecond === rate;
const isBusyRate = isRate(200);

function verdicts(run: Run): unknown {
  return summarise(run).loadComparisons.map(({ arrivals, quantile, verdict }) => [
    arrivals.kind === 'constant' ? arrivals.ratePerSecond : 0,
    quantile,
    verdict,
  ]);
}

function terminal(run: Run): string {
  return terminalReport(summarise(run), { colour: false }).replaceAll(/\s+/g, ' ');
}

describe('a run in which some measurements are invalid', () => {
  test('compares what is valid, and withholds what is not', () => {
    const whole = judged(() => false);
    expect(whole.exitCode).toBe(0);
    expect(verdicts(whole.run)).toEqual([
      [50, 'p50', 'slower'],
      [50, 'p99', 'no result'],
      [200, 'p50', 'slower'],
      [200, 'p99', 'slower'],
    ]);
    const { run, exitCode } = judged((record) => isBusyRate(record) && 'function' in record && record.block === 1);
    expect(exitCode).toBe(3);
    expect(verdicts(run)).toEqual([
      [50, 'p50', 'slower'],
      [50, 'p99', 'no result'],
      [200, 'p50', 'no result'],
      [200, 'p99', 'no result'],
    ]);
    const [, , withheld] = summarise(run).loadComparisons;
    expect(withheld?.note).toBe('1 of 3 measurements of go-hello on control are invalid');
  });

  test('keeps its badge and says in words what is left out and why', () => {
    const { run } = judged((record) => isBusyRate(record) && record.kind === 'load' && record.function === 'go-hello');
    expect(summarise(run)).toMatchObject({
      state: 'invalid',
      isResult: false,
      isComparable: true,
      leftOut: [{ what: 'control latency go-hello gateway 200/s', why: '3 of 3 failed on-time' }],
    });
    const text = terminal(run);
    expect(text).toContain('invalid: on-time (3 of 12 measurements; first go-hello by gateway at 200/s');
    expect(text).toContain('This run is not valid as a whole.');
    expect(text).toContain('left out: control latency go-hello gateway 200/s: 3 of 3 failed on-time');
    expect(text).not.toContain('left out: control latency rust-hello');
    expect(text).not.toContain('its numbers are not results');
  });

  test('names a search of which a step is none, and the scenario that is not concerned stays', () => {
    const spoilt: Gate = { ...late, id: 'steal', measured: 'steal 12 %' };
    const { run } = judged(() => false, { scenarios: ['latency', 'throughput'] });
    const records = run.records.map((record) => {
      if (record.block !== 0 || !('function' in record) || record.function !== 'rust-hello') return record;
      const isStep = record.kind === 'load' && record.purpose === 'probe';
      if (isStep) return { ...record, gates: [counted, spoilt], valid: false };
      if (record.kind !== 'capacity') return record;
      return { ...record, counts: false, whyNot: 'the step at 400/s does not count' };
    });
    const spoiltRun = { ...run, records, verdict: judge(records, run) };
    expect(summarise(spoiltRun).leftOut).toEqual([
      ...[100, 200, 400, 600].map((rate) => ({
        what: `control throughput rust-hello gateway ${rate}/s, a step of a search`,
        why: '1 of 3 failed steal',
      })),
      { what: 'control throughput rust-hello gateway, what it sustains', why: 'the step at 400/s does not count' },
    ]);
    expect(verdicts(spoiltRun)).toEqual(verdicts(run));
  });

  test('says the same reason once for all that it holds for', () => {
    const { run } = judged((record) => isBusyRate(record));
    expect(terminal(run)).toContain(
      'left out: control latency rust-hello gateway 200/s; control latency go-hello gateway 200/s: 3 of 3 failed on-time',
    );
  });

  test('concludes nothing where no measurement is left', () => {
    const { run } = judged(() => true);
    expect(summarise(run)).toMatchObject({ isResult: false, isComparable: false });
    expect(terminal(run)).toContain('This run is not valid, so its numbers are not results');
  });

  test('concludes nothing where a step of the only search is none, whatever its other steps are', () => {
    const alone = { scenarios: ['throughput'], functions: ['rust-hello'], blocks: 1 } as const;
    const { run } = judged((_record, index) => index === 0, alone);
    const records = run.records.map((record) => {
      if (record.kind === 'capacity') return { ...record, counts: false, whyNot: 'a step does not count' };
      return record.kind === 'load' && !record.valid
        ? { ...record, gates: [counted, { ...late, id: 'steal' }] }
        : record;
    });
    const spoilt = { ...run, records, verdict: judge(records, run) };
    const leftOut = [{ why: '1 of 1 failed steal' }, { why: 'a step does not count' }];
    expect(summarise(spoilt)).toMatchObject({ state: 'invalid', isComparable: false, leftOut });
  });

  test.each([
    ['a gate of the run as a whole failed, too', [{ ...late, id: 'clean-between-blocks' }]],
    [
      'one that must look at the run as a whole could not, too',
      [{ ...late, id: 'sentinel-steady', status: 'not-evaluated' as const }],
    ],
    ['it was judged before gates said what they look at', [late]],
    ['nobody said which gate failed', []],
  ])('concludes nothing where %s', (_what, gates) => {
    const { run } = judged(isBusyRate);
    const all = [...(run.verdict?.gates ?? []), ...gates];
    const verdict = {
      schemaVersion: 1 as const,
      status: 'invalid' as const,
      summary: 'x',
      judged: run.verdict?.judged ?? {},
      exitCode: 3,
    };
    const worse = { ...run, verdict: { ...verdict, gates: gates.length === 0 ? [] : all } };
    expect(summarise(worse)).toMatchObject({ isResult: false, isComparable: false });
    expect(summarise(worse).loadComparisons.map((it) => it.verdict)).toEqual(Array(4).fill('no result'));
    expect(terminal(worse)).toContain('This run is not valid, so its numbers are not results');
  });

  test('concludes nothing where the run ended by a failure', () => {
    const { run } = judged(() => false);
    if (run.verdict === null) throw new Error('a run without a verdict');
    const failed = { ...run, verdict: { ...run.verdict, status: 'failed' as const, exitCode: 4 } };
    expect(summarise(failed)).toMatchObject({ isResult: false, isComparable: false });
  });
});
