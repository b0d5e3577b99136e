import { describe, expect, test } from 'vitest';
import type { LoadSample } from '../runs/schema.ts';
import { syntheticLoadRun } from '../runs/synthetic-load.fixture.ts';
import { judgeRun } from './judge.ts';

const loads = syntheticLoadRun({
  scenarios: ['latency'],
  functions: ['rust-hello'],
  seconds: 1,
  blocks: 2,
}).records.filter((record) => record.kind === 'load');
const expected = { samples: 0, interrupted: false, clean: true };
const passed = { id: 'on-time', status: 'passed', measured: '0.2 ms', hint: 'h' } as const;
const failed = { ...passed, status: 'failed', measured: '9.1 ms' } as const;

function verdictOf(...changes: readonly Partial<LoadSample>[]) {
  const [base] = loads;
  if (base === undefined) throw new Error('the synthetic run has no load');
  const records = changes.map((change) => ({ ...base, gates: [passed], slo: null, ...change }));
  return judgeRun(records, expected);
}

describe('the verdict on a run under load', () => {
  test('is valid when each gate of each measurement passed', () => {
    expect(verdictOf({}, {})).toMatchObject({
      status: 'valid',
      exitCode: 0,
      gates: [{ id: 'on-time', status: 'passed' }],
    });
  });

  test('is invalid, with the first measurement that failed, when one did', () => {
    const verdict = verdictOf({}, { gates: [failed] });
    expect(verdict).toMatchObject({ status: 'invalid', exitCode: 3 });
    expect(verdict.gates[0]?.measured).toMatch(/^1 of 2 measurements; first rust-hello by \w+ at \d+\/s: 9.1 ms$/);
  });

  test('does not hold against a search that its steps went to the limit', () => {
    expect(verdictOf({ purpose: 'probe', gates: [failed] })).toMatchObject({ status: 'valid', gates: [] });
  });

  test('does hold against a search that its figures are wrong', () => {
    const miscounted = { ...failed, id: 'all-counted' };
    expect(verdictOf({ purpose: 'probe', gates: [miscounted, failed] })).toMatchObject({
      status: 'invalid',
      gates: [{ id: 'all-counted' }],
    });
  });

  test('does not hold against a search that its ramp, of which no figure is taken, went beyond all limits', () => {
    const arrivals = { kind: 'ramping', fromPerSecond: 20, toPerSecond: 900, durationMs: 15_000 } as const;
    const retransmits = { ...failed, id: 'retransmits' };
    expect(verdictOf({ purpose: 'probe', arrivals, gates: [retransmits] })).toMatchObject({
      status: 'valid',
      gates: [],
    });
    expect(verdictOf({ purpose: 'probe', gates: [retransmits] })).toMatchObject({ status: 'invalid' });
  });

  test('says which objective was broken, with exit code 1, and never for a step of a search', () => {
    const slo = { text: 'p99<5ms', kept: false, why: 'p99 9.00 ms (p99<5ms)' };
    const verdict = verdictOf({ slo });
    expect(verdict).toMatchObject({ status: 'valid', exitCode: 1 });
    expect(verdict.summary).toContain('the objective was broken: rust-hello');
    expect(verdictOf({ slo, purpose: 'probe', gates: [] }).exitCode).toBe(0);
  });

  test('calls a broken objective of an unsound measurement unsound', () => {
    const slo = { text: 'p99<5ms', kept: false, why: 'p99 9.00 ms (p99<5ms)' };
    expect(verdictOf({ slo, gates: [failed] }).exitCode).toBe(3);
  });

  test('holds it against a burst when clients are missing, and against a forecast when it came late', () => {
    const [burst] = syntheticLoadRun({ scenarios: ['burst'], functions: ['rust-hello'], blocks: 1 }).records.filter(
      (record) => record.kind === 'burst',
    );
    if (burst === undefined) throw new Error('the synthetic run has no burst');
    const whole = { ...burst, concurrency: 10, correct: 8, wrongByStatus: [{ status: 500, n: 2 }] };
    expect(judgeRun([whole], expected)).toMatchObject({ status: 'valid', gates: [{ id: 'clients-heard' }] });
    expect(judgeRun([whole, { ...whole, correct: 7 }], expected).gates[0]).toMatchObject({
      status: 'failed',
      measured: 'all clients told of their first answer in 1 of 2 bursts',
    });
    const { schemaVersion, index, at, platform, block, round } = burst;
    const head = { schemaVersion, index, at, platform, block, round, kind: 'density', function: 'rust-hello' } as const;
    const sizes = { perFunctionBytes: 1, perFunctionLowerBytes: null, perFunctionUpperBytes: null, limitBytes: 100 };
    const filled = { ...head, ...sizes, forecast: 100, basedOn: 15, truth: 100, why: 'full', editionLimit: null };
    expect(judgeRun([filled], expected)).toMatchObject({ status: 'valid', gates: [{ id: 'forecast-early' }] });
    expect(judgeRun([{ ...filled, basedOn: 40 }], expected)).toMatchObject({ status: 'invalid', exitCode: 3 });
    const refused = { ...filled, basedOn: 15, truth: 15, editionLimit: 15 };
    expect(judgeRun([refused], expected)).toMatchObject({ status: 'valid', gates: [] });
  });
});
