import { describe, expect, test } from 'vitest';
import { syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { WRITTEN_CSV, writtenLoadRun } from './load-csv.fixture.ts';
import { loadCsv } from './load-csv.ts';

describe('the CSV of load', () => {
  test('has what was measured in every column, "Infinity" for what never came, and nothing for what is unknown', () => {
    expect(loadCsv(writtenLoadRun()).split('\r\n')).toEqual(WRITTEN_CSV.split('\r\n'));
  });

  test('has one row per measurement, invalid ones and steps of searches included', () => {
    const run = syntheticLoadRun({ scenarios: ['latency', 'throughput'], invalidTrials: [0] });
    const [head = '', ...rows] = loadCsv(run).trimEnd().split('\r\n');
    const value = (row: string | undefined, name: string) => row?.split(',')[head.split(',').indexOf(name)];
    // One rate and a search of four steps, of each of two functions.
    expect(rows).toHaveLength(2 * (1 + 4));
    expect(head.split(',')).toHaveLength(new Set(head.split(',')).size);
    expect(rows.every((row) => row.split(',').length === head.split(',').length)).toBe(true);
    expect(rows.map((row) => value(row, 'valid')).filter((it) => it === 'false')).toHaveLength(1);
    expect(value(rows[0], 'failed_gates')).toBe('dropped: 12 requests were dropped (limit 0)');
    expect(new Set(rows.map((row) => value(row, 'purpose')))).toEqual(new Set(['measure', 'probe']));
  });
});
