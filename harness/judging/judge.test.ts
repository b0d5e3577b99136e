import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { ColdStartSample, RunRecord } from '../runs/schema.ts';
import { syntheticRun } from '../runs/synthetic-run.fixture.ts';
import { runGates, scenarioGates } from './gates.ts';
import { judgeRun } from './judge.ts';

const { records: spoilt, manifest } = syntheticRun({
  platforms: ['control', 'faasd 0.19.0'],
  functions: ['rust-hello', 'go-hello'],
  samplesPerCell: 20,
  blocks: 2,
});
/** As the fixture has it, but every cold start went well. */
const records = spoilt.map((it) =>
  it.kind === 'coldstart' ? { ...it, verdict: 'ok' as const, origin: null, totalNs: 1e8, residualNs: 1e6 } : it,
);
const wanted = records.filter((record) => record.kind === 'coldstart').length;

function gateOf(altered: readonly RunRecord[], id: string, circumstances = {}) {
  const verdict = judgeRun(altered, { manifest, interrupted: false, clean: true, ...circumstances });
  return { verdict, gate: verdict.gates.find((it) => it.id === id) };
}

/** The same run with some cold starts changed; all, unless it is said which. */
function withSamples(change: Partial<ColdStartSample>, which: (it: ColdStartSample) => boolean = () => true) {
  return records.map(
    (record): RunRecord => (record.kind === 'coldstart' && which(record) ? { ...record, ...change } : record),
  );
}

const inOneCell = (it: ColdStartSample) => it.platform === 'control' && it.function === 'go-hello';

describe('the gates of a run', () => {
  test('lie each in a file of its name, and none there is left out of the lists', async () => {
    const files = (await readdir(new URL('gates', import.meta.url))).filter((name) => !name.endsWith('.test.ts'));
    expect(files.toSorted()).toEqual([...runGates, ...scenarioGates].map(({ id }) => `${id}.ts`).toSorted());
  });

  test('a run in which all went well is valid, and says how many records of each kind were judged', () => {
    const { verdict } = gateOf(records, 'complete');
    expect(verdict).toMatchObject({ status: 'valid', exitCode: 0, judged: { coldstart: wanted, sentinel: 64 } });
    expect(verdict.gates.map((it) => [it.id, it.status])).toEqual([
      ['complete', 'passed'],
      ['cells-measured', 'passed'],
      ['proven-cold', 'passed'],
      ['harness-sound', 'passed'],
      ['clock-steady', 'passed'],
      ['steal', 'passed'],
      ['explained', 'passed'],
      ['sentinel-steady', 'passed'],
      ['clean-between-blocks', 'passed'],
    ]);
  });

  test('a missing sample makes it invalid, and so does one missing in one cell and another doubled', () => {
    const first = records.findIndex((it) => it.kind === 'coldstart' && inOneCell(it));
    const { verdict, gate } = gateOf(records.toSpliced(first, 1), 'complete');
    expect(gate?.measured).toBe(`${wanted - 1} of ${wanted} samples (control L1 go-hello: 19 of 20)`);
    expect(verdict).toMatchObject({ status: 'invalid', exitCode: 3 });
    const other = records.find((it) => it.kind === 'coldstart' && !inOneCell(it));
    const exchanged = other === undefined ? [] : [...records.toSpliced(first, 1), other];
    expect(gateOf(exchanged, 'complete').gate).toMatchObject({
      status: 'failed',
      measured: expect.stringMatching(/^80 of 80 samples \(control L1 .*: \d+ of 20, .*: \d+ of 20\)$/),
    });
  });

  test('a missing floor makes it invalid: it is what the others are divided by', () => {
    const first = records.findIndex((it) => it.kind === 'floor' && it.platform === 'control');
    const { gate } = gateOf(records.toSpliced(first, 1), 'complete');
    expect(gate).toMatchObject({ status: 'failed', measured: '80 of 80 samples (control L1 floor: 19 of 20)' });
  });

  test('nothing at all is invalid, and not "0 of 0 gates passed"', () => {
    const empty = gateOf([], 'complete').verdict;
    expect(empty).toMatchObject({ status: 'invalid', exitCode: 3 });
    const noPlan = { ...manifest, levels: [], load: null };
    expect(judgeRun([], { manifest: noPlan, interrupted: false, clean: true })).toMatchObject({
      status: 'invalid',
      summary: 'nothing was judged',
      gates: [],
      exitCode: 3,
    });
    const none = { ...manifest, samplesPerCell: 0 };
    expect(judgeRun([], { manifest: none, interrupted: false, clean: true })).toMatchObject({ status: 'invalid' });
  });

  test('many samples without proof make it invalid', () => {
    expect(gateOf(withSamples({ verdict: 'not-cold' }), 'proven-cold').gate?.status).toBe('failed');
  });

  test('one function that is never cold makes it invalid, however many others are', () => {
    expect(gateOf(withSamples({ verdict: 'not-cold' }, inOneCell), 'proven-cold').gate?.status).toBe('failed');
  });

  test.each([
    ['invalid', null],
    ['not-cold', null],
    ['failed', 'harness'],
  ] as const)('a cell of which all samples are %s makes it invalid, by name', (verdict, origin) => {
    const { gate } = gateOf(withSamples({ verdict, origin }, inOneCell), 'cells-measured');
    expect(gate?.status).toBe('failed');
    expect(gate?.measured).toMatch(/^3 of 4 cells have a sample that counts; none in control L1 go-hello: 20 of 20 /);
  });

  test('a failure of the harness makes it invalid, one of the platform does not', () => {
    expect(gateOf(withSamples({ verdict: 'failed', origin: 'harness' }), 'harness-sound').gate?.status).toBe('failed');
    expect(gateOf(withSamples({ verdict: 'failed', origin: 'provider' }), 'harness-sound').gate?.status).toBe('passed');
  });

  test('clock steps make it invalid where they are many in one cell, and one in a cell does not', () => {
    let lost = 0;
    const some = (n: number) => {
      lost = 0;
      return withSamples({ verdict: 'invalid' }, (it) => inOneCell(it) && lost++ < n);
    };
    expect(gateOf(some(1), 'clock-steady').gate?.status).toBe('passed');
    const { gate } = gateOf(some(2), 'clock-steady');
    expect(gate).toMatchObject({ status: 'failed', measured: expect.stringContaining('control L1 go-hello: 2 of 20') });
  });

  test('stolen CPU time makes it invalid, and is said to be unknown where the kernel counts none', () => {
    expect(gateOf(withSamples({ stealShare: 0.021 }), 'steal').gate?.status).toBe('failed');
    expect(gateOf(withSamples({ stealShare: 0.019 }), 'steal').gate?.status).toBe('passed');
    const unknown = gateOf(withSamples({ stealShare: null }), 'steal');
    expect(unknown.gate?.status).toBe('not-evaluated');
    expect(unknown.verdict.status).toBe('valid');
  });

  test.each([
    ['in one cell', inOneCell],
    ['on one platform', (it: ColdStartSample) => it.platform === 'control'],
  ])('a fifth of CPU time stolen %s makes it invalid, however quiet it was elsewhere', (_where, which) => {
    const { gate } = gateOf(withSamples({ stealShare: 0.2 }, which), 'steal');
    expect(gate?.measured).toMatch(/^at most 20\.00 % of CPU time \(limit 2\.0 %; control/);
    expect(gate?.status).toBe('failed');
  });

  test('a cell in which nobody read the steal is not taken for a quiet one', () => {
    expect(gateOf(withSamples({ stealShare: null }, inOneCell), 'steal').gate).toMatchObject({
      status: 'failed',
      measured: expect.stringContaining('not read in control L1 go-hello'),
    });
  });

  test('a single tick of the kernel’s clock in one short sample is no steal', () => {
    const small = syntheticRun({ functions: ['rust-hello'], samplesPerCell: 1 });
    const one = small.records.map((it) =>
      it.kind === 'coldstart'
        ? { ...it, verdict: 'ok' as const, totalNs: 2e8, residualNs: 1e6, stealShare: 0.025 }
        : it,
    );
    const verdict = judgeRun(one, { manifest: small.manifest, interrupted: false, clean: true });
    expect(verdict.gates.find((it) => it.id === 'steal')).toMatchObject({ status: 'passed' });
  });

  test('phases that do not explain the total make it invalid, and so does a residual that nobody knows', () => {
    expect(gateOf(withSamples({ residualNs: 6e6 }), 'explained').gate).toMatchObject({
      status: 'failed',
      measured: expect.stringMatching(/^median residual at most 6\.0 % \(limit 5 %; .+ L\d .+\)$/),
    });
    expect(gateOf(withSamples({ residualNs: null }, inOneCell), 'explained').gate).toMatchObject({
      status: 'failed',
      measured: 'median residual at most 100.0 % (limit 5 %; control L1 go-hello)',
    });
  });

  test('state left after cleaning makes it invalid, unless the run was told not to clean', () => {
    const dirty = records.map((record) =>
      record.kind === 'hygiene' ? { ...record, after: { cniFiles: 3, iptablesRules: 9 } } : record,
    );
    expect(gateOf(dirty, 'clean-between-blocks').gate?.status).toBe('failed');
    const kept = gateOf(dirty, 'clean-between-blocks', { clean: false });
    expect(kept.gate?.status).toBe('not-evaluated');
    expect(kept.verdict.status).toBe('valid');
  });

  test('a block after which nobody looked is not a clean one', () => {
    const unseen = records.filter((it) => it.kind !== 'hygiene' || it.block !== 1);
    expect(gateOf(unseen, 'clean-between-blocks').gate).toMatchObject({
      status: 'failed',
      measured: expect.stringMatching(/; nobody looked after \S.* block 1$/),
    });
  });

  test('an interrupted run is neither valid nor invalid', () => {
    const { verdict } = gateOf(records.slice(0, 10), 'complete', { interrupted: true });
    expect(verdict).toMatchObject({ status: 'interrupted', exitCode: 130 });
  });
});
