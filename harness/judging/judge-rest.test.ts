import { describe, expect, test } from 'vitest';
import type { Run } from '../runs/run.ts';
import type { DensitySample } from '../runs/schema.ts';
import { type SyntheticLoadOptions, syntheticLoadRun } from '../runs/synthetic-load.fixture.ts';
import { judgeRun } from './judge.ts';

function oneOf(options: SyntheticLoadOptions): Run {
  return syntheticLoadRun({ functions: ['rust-hello'], seconds: 1, blocks: 1, ...options });
}

function judge({ manifest, records }: Pick<Run, 'manifest' | 'records'>) {
  return judgeRun(records, { manifest, interrupted: false, clean: true });
}

function gateIn(verdict: ReturnType<typeof judgeRun>, id: string) {
  return verdict.gates.find((it) => it.id === id);
}

describe('scenarios whose measurements have no gates of their own', () => {
  test('a burst of which clients are missing is invalid', () => {
    const { manifest, records } = oneOf({ scenarios: ['burst'] });
    const bursts = records.filter((it) => it.kind === 'burst');
    const whole = judge({ manifest, records: bursts });
    expect(whole).toMatchObject({ status: 'valid' });
    expect(gateIn(whole, 'clients-heard')?.status).toBe('passed');
    const [first, ...others] = bursts;
    if (first === undefined) throw new Error('the synthetic run has no burst');
    const lacking = judge({ manifest, records: [{ ...first, correct: first.correct - 1 }, ...others] });
    expect(lacking.status).toBe('invalid');
    expect(gateIn(lacking, 'clients-heard')?.measured).toMatch(/^all clients told of their first answer in 3 of 4 bur/);
  });

  test.each(['cgroupBytes', 'functionPssBytes', 'machineAvailableBytes'] as const)(
    'a life of a function in which nobody read %s is invalid',
    (figure) => {
      const { manifest, records } = oneOf({ scenarios: ['memory'] });
      expect(gateIn(judge({ manifest, records }), 'memory-read')?.status).toBe('passed');
      const blind = records.map((it) =>
        it.kind === 'footprint' && it.moment === 'idle' ? { ...it, [figure]: null } : it,
      );
      const verdict = judge({ manifest, records: blind });
      expect(verdict.status).toBe('invalid');
      expect(gateIn(verdict, 'memory-read')?.measured).toMatch(
        /0 of 1 lives .*; not rust-hello on control, block 0: id/,
      );
    },
  );

  describe('a machine that is filled up', () => {
    const { manifest: base, records } = oneOf({ scenarios: ['burst'] });
    const manifest = { ...base, scenario: 'density' };
    const [place] = records;
    if (place === undefined) throw new Error('the synthetic run is empty');
    const { schemaVersion, index, at, platform, block, repetition, round } = place;
    const filled: DensitySample = {
      ...{ schemaVersion, index, at, platform, block, repetition, round, kind: 'density', function: 'rust-hello' },
      ...{ perFunctionBytes: 1, perFunctionLowerBytes: null, perFunctionUpperBytes: null, limitBytes: 100 },
      ...{
        forecast: 100,
        forecastLower: null,
        forecastUpper: null,
        basedOn: 15,
        truth: 100,
        why: 'full',
        editionLimit: null,
      },
    };

    test('is judged by how early the forecast was', () => {
      expect(judge({ manifest, records: [filled] })).toMatchObject({ status: 'valid' });
      expect(judge({ manifest, records: [{ ...filled, basedOn: 40 }] })).toMatchObject({
        status: 'invalid',
        exitCode: 3,
      });
    });

    test('is no result while nobody knows how many fit', () => {
      const open = { ...filled, truth: null, why: null };
      const verdict = judge({ manifest, records: [open] });
      expect(verdict).toMatchObject({ status: 'invalid', exitCode: 3 });
      expect(gateIn(verdict, 'end-reached')?.measured).toContain('0 of 1 fillings; not rust-hello on control, block 0');
      expect(judge({ manifest, records: [open, filled] }).status).toBe('valid');
    });

    test('has come to its end at the limit of an edition, too', () => {
      const refused = { ...filled, basedOn: 15, truth: 15, editionLimit: 15 };
      const verdict = judge({ manifest, records: [refused] });
      expect(verdict).toMatchObject({ status: 'valid' });
      expect(gateIn(verdict, 'forecast-early')).toBeUndefined();
    });
  });
});
