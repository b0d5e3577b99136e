import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../runs/schema.ts';
import { syntheticRun } from '../runs/synthetic-run.fixture.ts';
import { judgeRun } from './judge.ts';

const records = syntheticRun().records;
const wanted = records.filter((record) => record.kind === 'coldstart').length;

function gateOf(altered: readonly RunRecord[], id: string, expected = {}) {
  const verdict = judgeRun(altered, { samples: wanted, interrupted: false, clean: true, ...expected });
  return { verdict, gate: verdict.gates.find((it) => it.id === id) };
}

/** The same run with every cold start changed. */
function withSamples(change: object): readonly RunRecord[] {
  return records.map((record) => (record.kind === 'coldstart' ? { ...record, ...change } : record));
}

describe('the gates of a run', () => {
  test('a missing sample makes it invalid', () => {
    const { verdict, gate } = gateOf(records, 'complete', { samples: wanted + 1 });
    expect(gate).toMatchObject({ status: 'failed', measured: `${wanted} of ${wanted + 1} samples` });
    expect(verdict).toMatchObject({ status: 'invalid', exitCode: 3 });
  });

  test('many samples without proof make it invalid', () => {
    expect(gateOf(withSamples({ verdict: 'not-cold' }), 'proven-cold').gate?.status).toBe('failed');
  });

  test('one function that is never cold makes it invalid, however many others are', () => {
    const [first] = records.filter((record) => record.kind === 'coldstart');
    const altered = records.map((record) =>
      record.kind === 'coldstart' && record.function === first?.function && record.level === first.level
        ? { ...record, verdict: 'not-cold' as const }
        : record,
    );
    expect(gateOf(altered, 'proven-cold').gate).toMatchObject({ status: 'failed' });
  });

  test('a failure of the harness makes it invalid, one of the platform does not', () => {
    expect(gateOf(withSamples({ verdict: 'failed', origin: 'harness' }), 'harness-sound').gate?.status).toBe('failed');
    expect(gateOf(withSamples({ verdict: 'failed', origin: 'provider' }), 'harness-sound').gate?.status).toBe('passed');
  });

  test('stolen CPU time makes it invalid, and is said to be unknown where the kernel counts none', () => {
    expect(gateOf(withSamples({ stealShare: 0.021 }), 'steal').gate?.status).toBe('failed');
    expect(gateOf(withSamples({ stealShare: 0.019 }), 'steal').gate?.status).toBe('passed');
    expect(gateOf(withSamples({ stealShare: null }), 'steal').gate?.status).toBe('not-evaluated');
  });

  test('phases that do not explain the total make it invalid', () => {
    const unexplained = withSamples({ verdict: 'ok', totalNs: 100, residualNs: 6 });
    expect(gateOf(unexplained, 'explained').gate).toMatchObject({
      status: 'failed',
      measured: expect.stringMatching(/^median residual at most 6\.0 % \(limit 5 %; .+ L\d .+\)$/),
    });
  });

  test('warm requests that stay slower make it invalid, a moment of noise does not', () => {
    const template = records.find((record) => record.kind === 'sentinel');
    if (template === undefined) throw new Error('the synthetic run has no sentinel');
    const fourBlocks = (latencyMs: (block: number, position: string) => number): readonly RunRecord[] =>
      [0, 1, 2, 3].flatMap((block) =>
        (['before', 'after'] as const).map((position) => {
          return { ...template, block, position, correct: true, latencyNs: 1e6 * latencyMs(block, position) };
        }),
      );
    const lasting = fourBlocks((block) => (block >= 2 ? 1.6 : 1));
    expect(gateOf(lasting, 'sentinel-steady').gate).toMatchObject({ status: 'failed' });
    const momentary = fourBlocks((block, position) => (block === 3 && position === 'after' ? 3 : 1));
    expect(gateOf(momentary, 'sentinel-steady').gate).toMatchObject({ status: 'passed' });
  });

  test('state left after cleaning makes it invalid, unless the run was told not to clean', () => {
    const dirty = records.map((record) =>
      record.kind === 'hygiene' ? { ...record, after: { cniFiles: 3, iptablesRules: 9 } } : record,
    );
    expect(gateOf(dirty, 'clean-between-blocks').gate?.status).toBe('failed');
    expect(gateOf(dirty, 'clean-between-blocks', { clean: false }).gate?.status).toBe('not-evaluated');
  });

  test('an interrupted run is neither valid nor invalid', () => {
    const { verdict } = gateOf(records.slice(0, 10), 'complete', { interrupted: true });
    expect(verdict).toMatchObject({ status: 'interrupted', exitCode: 130 });
  });
});
