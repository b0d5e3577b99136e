import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { countRecords } from '../harness/runs/planned.ts';
import type { Run } from '../harness/runs/run.ts';
import type { ColdStartSample } from '../harness/runs/schema.ts';
import { syntheticRun } from '../harness/runs/synthetic-run.fixture.ts';
import { samplesCsv, table } from './csv.ts';
import { formatBytes, formatMs, formatRange } from './format.ts';
import { summaryJson } from './json.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

const both = syntheticRun({ platforms: ['control', 'faasd 0.19.0'], levels: ['L1', 'L2', 'L3'] });

function terminal(run: Run, colour = false): string {
  return terminalReport(summarise(run), { colour });
}

describe('the terminal table', () => {
  test('fits 100 columns, even with long names and numbers', () => {
    const long = syntheticRun({
      functions: ['rust-hello', `node-${'very-long-'.repeat(12)}name`],
      platforms: ['control', `faasd 0.19.0 ${'x'.repeat(80)}`],
    });
    for (const text of [terminal(both), terminal(long)]) {
      expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(100);
    }
  });

  test('names the platform in its first line and says what control is', () => {
    expect(terminal(both).split('\n')[0]).toMatch(/^control and faasd 0\.19\.0: cold start of /);
    expect(terminal(both)).toContain('It is not faasd');
    expect(terminal(syntheticRun({ platforms: ['faasd 0.19.0'] }))).not.toContain('It is not faasd');
  });

  test('shows the numbers of the summary', () => {
    const cell = summarise(both).cells[0];
    const line = terminal(both)
      .split('\n')
      .find((it) => it.startsWith('L1 rust-hello'));
    expect(line?.split(/\s+/)).toEqual(
      expect.arrayContaining([
        String(cell?.n),
        String(cell?.ok),
        formatMs(cell?.median.valueNs),
        formatMs(cell?.p90.valueNs),
      ]),
    );
  });

  test('is coloured only when asked, with the same words', () => {
    const plain = terminal(both);
    const coloured = terminal(both, true);
    expect(stripVTControlCharacters(plain)).toBe(plain);
    expect(coloured).not.toBe(plain);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  test('says that p99 is withheld, what is unsupported, and who failed', () => {
    const text = terminal(both).replaceAll('\n  ', ' ');
    expect(text).toContain('n < 368');
    expect(text).toContain('faasd 0.19.0 L3: unsupported: images stay');
    expect(text).toMatch(/\d+ failed by provider/);
    expect(text).toMatch(/\d+ not cold/);
  });

  test('says that a killed run is unfinished and how far it got', () => {
    const killed = syntheticRun({ killed: true });
    expect(terminal({ ...killed, records: killed.records.slice(0, 30) })).toMatch(/unfinished: .* of 160 samples/);
  });

  test('says once why a run is invalid', () => {
    const run = syntheticRun({ samplesPerCell: 1 });
    const gate = { id: 'steal', status: 'failed' as const, measured: 'steal 9 % (limit 2 %)', hint: 'x' };
    const verdict = {
      schemaVersion: 1 as const,
      status: 'invalid' as const,
      gates: [gate],
      judged: countRecords(run.records),
      exitCode: 3,
    };
    const long = terminal({ ...run, verdict: { ...verdict, summary: 'invalid: steal (steal 9 % (limit 2 %))' } });
    expect(long.split('\n')[1]).toBe('invalid: steal (steal 9 % (limit 2 %))');
    expect(long).toContain('its numbers are not results');
    const short = terminal({ ...run, verdict: { ...verdict, summary: 'a gate failed' } });
    expect(short.split('\n')[1]).toBe('invalid: a gate failed; steal: steal 9 % (limit 2 %)');
  });

  test('does not pass control characters of a name on to the terminal', () => {
    const text = terminal(syntheticRun({ functions: ['evil\u001b[2Jname'] }));
    expect(text).not.toContain('\u001b');
  });
});

describe('the CSV', () => {
  test('has one row per cold start, whatever its verdict, and one column per phase', () => {
    const [head = '', ...rows] = samplesCsv(both).trimEnd().split('\r\n');
    const samples = both.records.filter((record) => record.kind === 'coldstart');
    expect(rows).toHaveLength(samples.length);
    expect(head).toContain('phase_cni_ns');
    expect(head.split(',')).toHaveLength(new Set(head.split(',')).size);
    const column = (name: string) => head.split(',').indexOf(name);
    const totals = rows.map((row) => row.split(',')[column('index')]);
    expect(totals).toEqual(samples.map((sample) => String(sample.index)));
  });

  test('carries the raw nanoseconds and leaves empty what was not observed', () => {
    const sample = both.records.find((it): it is ColdStartSample => it.kind === 'coldstart' && it.verdict === 'ok');
    if (sample === undefined) throw new Error('no ok sample');
    const [head = '', row = ''] = samplesCsv({ ...both, records: [sample] }).split('\r\n');
    const value = (name: string) => row.split(',')[head.split(',').indexOf(name)];
    expect(value('total_ns')).toBe(String(sample.totalNs));
    expect(value('phase_cni_ns')).toBe(String(sample.phases.find((phase) => phase.name === 'cni')?.durationNs));
    expect(value('phase_resume_ns')).toBe('');
    expect(value('first_answer_correct')).toBe(String(sample.firstAnswer.correct));
    expect(value('clock_drift_ns')).toBe(String(sample.clockDriftNs));
  });

  test('quotes what needs it and makes formulas inert', () => {
    const run = syntheticRun({ functions: ['=cmd|"x"!A1, and more'], samplesPerCell: 1 });
    expect(samplesCsv(run)).toContain(`"'=cmd|""x""!A1, and more"`);
  });

  test('quotes line ends of every kind, and makes formulas inert in every column of text', () => {
    const rows = [{ at: 'a\nb', why: 'x;=1+2', name: '\t@now', n: -3, range: '1-2', odd: 'a\rb' }];
    expect(table(rows)).toBe(`at,why,name,n,range,odd\r\n"a\nb",x;'=1+2,\t'@now,-3,1-2,a�b\r\n`);
  });
});

test('the JSON is the summary', () => {
  expect(JSON.parse(summaryJson(summarise(both)))).toEqual(summarise(both));
});

test('times, sizes and ranges are readable at every magnitude', () => {
  expect([420_000, 9_814_000, 42_340_000, 1_234_000_000].map(formatMs)).toEqual(['0.42', '9.81', '42.3', '1234']);
  expect([512, 1_536, 50 * 2 ** 20, null].map(formatBytes)).toEqual(['512 B', '1.50 KiB', '50.0 MiB', '–']);
  expect(formatRange(null, null, formatMs)).toBe('–');
  expect(formatRange(1e6, null, formatMs)).toBe('1.00…–');
});
