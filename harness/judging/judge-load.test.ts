import { describe, expect, test } from 'vitest';
import type { Run } from '../runs/run.ts';
import type { LoadSample, RunRecord } from '../runs/schema.ts';
import { type SyntheticLoadOptions, syntheticLoadRun } from '../runs/synthetic-load.fixture.ts';
import { judgeRun } from './judge.ts';

const passed = { id: 'on-time', status: 'passed', measured: '0.2 ms', hint: 'h' } as const;
const failed = { ...passed, status: 'failed', measured: '9.1 ms' } as const;
const unseen = { ...passed, status: 'not-evaluated', measured: 'nobody looked' } as const;
const counted = { ...passed, id: 'all-counted' } as const;

function oneOf(options: SyntheticLoadOptions): Run {
  return syntheticLoadRun({ functions: ['rust-hello'], seconds: 1, blocks: 1, ...options });
}

function judge({ manifest, records }: Pick<Run, 'manifest' | 'records'>, interrupted = false) {
  return judgeRun(records, { manifest, interrupted, clean: true });
}

function gateIn(verdict: ReturnType<typeof judgeRun>, id: string) {
  return verdict.gates.find((it) => it.id === id);
}

/** A run of one measurement in each of as many blocks as there are changes. */
function verdictOf(...changes: readonly Partial<LoadSample>[]) {
  const { manifest, records } = oneOf({ blocks: changes.length });
  const [base] = records.filter((record) => record.kind === 'load');
  if (base === undefined) throw new Error('the synthetic run has no load');
  const loads = changes.map((change, block) => ({ ...base, block, gates: [passed], slo: null, ...change }));
  return judge({ manifest, records: loads });
}

/** Of a search with one such step and one that is sound. */
function searchWith(change: Partial<LoadSample>) {
  const { manifest, records } = oneOf({ scenarios: ['throughput'] });
  const steps = records.filter((it) => it.kind === 'load').map((it) => ({ ...it, slo: null, gates: [counted] }));
  const [first] = steps;
  if (first === undefined) throw new Error('the synthetic run has no step');
  const capacities = records.filter((it) => it.kind === 'capacity');
  return judge({ manifest, records: [{ ...first, ...change }, ...steps.slice(1), ...capacities] });
}

describe('the verdict on a run under load', () => {
  test('is valid when each gate of each measurement passed', () => {
    expect(verdictOf({}, {})).toMatchObject({
      status: 'valid',
      exitCode: 0,
      gates: [
        { id: 'all-measured', status: 'passed' },
        { id: 'judged', status: 'passed' },
        { id: 'on-time', status: 'passed', measured: 'all of 2 measurements' },
      ],
      judged: { load: 2 },
    });
  });

  test('is invalid, with the first measurement that failed, when one did', () => {
    const verdict = verdictOf({}, { gates: [failed] });
    expect(verdict).toMatchObject({ status: 'invalid', exitCode: 3 });
    expect(gateIn(verdict, 'on-time')?.measured).toMatch(
      /^1 of 2 measurements; first rust-hello by \w+ at \d+\/s: 9.1 ms$/,
    );
  });

  test.each([
    ['has no gate', []],
    ['has none that could look', [unseen]],
    ['has one that could not and must', [counted, { ...unseen, id: 'processors-free' }]],
  ])('is invalid where a measurement %s', (_what, gates) => {
    const verdict = verdictOf({}, { gates });
    expect(verdict).toMatchObject({ status: 'invalid', exitCode: 3 });
    expect(gateIn(verdict, 'judged')?.measured).toMatch(
      /^1 of 2 measurements were judged by gates that could look; not rust-h/,
    );
    expect(verdictOf({ gates }).status).toBe('invalid');
  });

  test('says of how many measurements nobody could see a gate', () => {
    const steal = { ...passed, id: 'steal' };
    const gates = [{ ...steal, status: 'not-evaluated' as const }, counted];
    const verdict = verdictOf({ gates: [steal, counted] }, { gates });
    expect(gateIn(verdict, 'steal')?.measured).toBe('1 measurements, 1 not seen');
    expect(verdict.status).toBe('valid');
  });

  test('does not hold against a step of a search what its record says does not bind it', () => {
    expect(searchWith({ gates: [{ ...failed, binds: false }, counted] })).toMatchObject({ status: 'valid' });
  });

  test('does hold against a search that its figures are wrong', () => {
    const verdict = searchWith({
      gates: [
        { ...failed, id: 'all-counted' },
        { ...failed, binds: false },
      ],
    });
    expect(verdict).toMatchObject({ status: 'invalid' });
    expect(gateIn(verdict, 'all-counted')?.status).toBe('failed');
  });

  test('is invalid where what a search has found rests on no step that was judged', () => {
    const { manifest, records } = oneOf({ scenarios: ['throughput'] });
    const alone = judge({ manifest, records: records.filter((it) => it.kind === 'capacity') });
    expect(alone).toMatchObject({ status: 'invalid', exitCode: 3 });
    expect(gateIn(alone, 'search-judged')?.measured).toMatch(/^0 of 1 searches rest on steps .*; not rust-hello on c/);
  });

  const objective = (verdict: 'broken' | 'undecided' | 'kept') => ({
    ...{ text: 'p99<5ms', verdict, why: 'p99 9.00 ms (p99<5ms)', limits: [] },
  });

  test('says which objective was broken, with exit code 1, and never for a step of a search', () => {
    const slo = objective('broken');
    const verdict = verdictOf({ slo }, { slo: objective('undecided') });
    expect(verdict).toMatchObject({ status: 'valid', exitCode: 1 });
    expect(verdict.summary).toContain('the objective was broken: rust-hello');
    expect(searchWith({ slo }).exitCode).toBe(0);
  });

  test('calls a broken objective of an unsound measurement unsound', () => {
    expect(verdictOf({ slo: objective('broken'), gates: [failed] }).exitCode).toBe(3);
  });

  test('says which objective was not decided, with exit code 3 where none was broken', () => {
    const verdict = verdictOf({ slo: objective('kept') }, { slo: objective('undecided') });
    expect(verdict).toMatchObject({ status: 'valid', exitCode: 3 });
    expect(verdict.summary).toContain('but not decided: rust-hello by gateway at 100/s: p99 9.00 ms (p99<5ms)');
    expect(verdictOf({ slo: objective('kept') }).exitCode).toBe(0);
  });

  test('says which search has not decided anything', () => {
    const { manifest, records: raw } = oneOf({ scenarios: ['throughput'] });
    const records = raw.map((it) => (it.kind === 'load' ? { ...it, slo: null, gates: [counted] } : it));
    expect(judge({ manifest, records }).exitCode).toBe(0);
    const open = records.map((it) =>
      it.kind === 'capacity' ? { ...it, counts: false, whyNot: 'not even 8/s was decided' } : it,
    );
    const verdict = judge({ manifest, records: open });
    expect(verdict).toMatchObject({ status: 'valid', exitCode: 3 });
    expect(verdict.summary).toContain('what rust-hello by gateway sustains: not even 8/s was decided');
  });
});

describe('what was planned under load', () => {
  const everything: SyntheticLoadOptions = {
    scenarios: ['latency', 'throughput', 'soak', 'memory', 'burst'],
    functions: ['rust-hello', 'go-hello'],
    rates: [50, 100],
    blocks: 2,
  };
  const { manifest, records: raw } = oneOf(everything);
  // The fixture's life of a function comes without its load, and its steps without a gate that holds for steps.
  const records = raw.flatMap((it): RunRecord[] => {
    if (it.kind === 'footprint' && it.moment === 'loaded' && it.scenario === 'memory') return [it, loadBeside(it)];
    return [it.kind === 'load' ? { ...it, slo: null, gates: [counted] } : it];
  });

  function loadBeside({ platform, block, function: name }: { platform: string; block: number; function: string }) {
    const load = raw.find((it): it is LoadSample => it.kind === 'load' && it.scenario === 'latency');
    if (load === undefined) throw new Error('the synthetic run has no load');
    return { ...load, slo: null, gates: [counted], scenario: 'memory', platform, block, function: name };
  }

  test('was measured', () => {
    expect(gateIn(judge({ manifest, records }), 'all-measured')).toMatchObject({
      status: 'passed',
      measured: '10 of 10 functions under load measured as planned',
    });
    expect(judge({ manifest, records }).status).toBe('valid');
  });

  test.each<[string, (it: RunRecord) => boolean, string]>([
    ['a scenario of one function', (it) => it.kind === 'burst' && it.function === 'go-hello', '0 of 2 blocks'],
    ['one of two blocks', (it) => it.kind === 'capacity' && it.block === 1, '1 of 2 blocks'],
    [
      'one rate in one block',
      (it) =>
        it.kind === 'load' && it.block === 1 && it.arrivals.kind === 'constant' && it.arrivals.ratePerSecond === 100,
      'not all of it in each of 2 blocks',
    ],
    [
      'one rate in no block at all',
      (it) => it.kind === 'load' && it.arrivals.kind === 'constant' && it.arrivals.ratePerSecond === 100,
      '1 of 2 measurements in each block',
    ],
    ['a moment of memory', (it) => it.kind === 'footprint' && it.block === 0 && it.moment === 'idle', 'not all of it'],
    ['the load beside it', (it) => it.kind === 'load' && it.scenario === 'memory', '0 of 2 blocks'],
  ])('is not complete without %s', (_what, isGone, why) => {
    const verdict = judge({ manifest, records: records.filter((it) => !isGone(it)) });
    expect(verdict).toMatchObject({ status: 'invalid', exitCode: 3 });
    expect(gateIn(verdict, 'all-measured')).toMatchObject({ status: 'failed', measured: expect.stringContaining(why) });
  });

  test('is not complete with one measurement twice', () => {
    const twice = records.find((it) => it.kind === 'burst');
    const verdict = judge({ manifest, records: twice === undefined ? [] : [...records, twice] });
    expect(gateIn(verdict, 'all-measured')?.measured).toContain('something twice in a block');
  });

  test('is not asked of a run that was interrupted', () => {
    const verdict = judge({ manifest, records: records.slice(0, 5) }, true);
    expect(verdict).toMatchObject({ status: 'interrupted', exitCode: 130 });
    expect(gateIn(verdict, 'all-measured')?.status).toBe('not-evaluated');
  });
});
