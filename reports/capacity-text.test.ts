import { expect, test } from 'vitest';
import type { Run } from '../harness/runs/run.ts';
import { syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { capacityCsv } from './capacity-csv.ts';
import { renderHtml } from './html/render.ts';
import { summaryJson } from './json.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

const whyNot = 'the step at 352/s does not count: steal: steal 9 %';

/** 352/s, 361/s and a ceiling of 999/s, none of which counts. */
function undecidedRun(): Run {
  const run = syntheticLoadRun({ functions: ['rust-hello'], scenarios: ['throughput'], seconds: 1 });
  const records = run.records.map((record) => {
    if (record.kind !== 'capacity') return record;
    const step = { ratePerSecond: 352, trials: [5, 6], verdict: 'kept' as const, why: 'p99 2 ms' };
    const unsound = { counts: false, whyNot: 'steal: steal 9 %' };
    return {
      ...record,
      ...{ counts: false, whyNot, sustainedPerSecond: 352, brokenPerSecond: 361 },
      steps: [{ ...step, ...unsound }],
      ceilings: [{ connections: 4, perSecond: 999, trial: 2, ...unsound }],
    };
  });
  return { ...run, records };
}

test('what does not count is not decided in the terminal, and said why', () => {
  const text = terminalReport(summarise(undecidedRun()), { colour: false });
  const row = text.split('\n').find((line) => line.startsWith('rust-hello'));
  expect(row).toMatch(/0\/1 .*not decided .*not decided .*not decided/);
  expect(text.replaceAll(/\s+/g, ' ')).toContain(`1 of 1 blocks: not decided: ${whyNot}`);
  expect(text).not.toMatch(/\b(361|999)\b/);
});

test('what does not count says so in CSV and JSON, beside the number', async () => {
  const run = undecidedRun();
  const [head = '', ...rows] = capacityCsv(run).trimEnd().split('\r\n');
  const column = (name: string) => rows.map((row) => row.split(',')[head.split(',').indexOf(name)]);
  expect(column('what')).toEqual(['sustained', 'broken', 'step', 'ceiling']);
  expect(column('per_second')).toEqual(['352', '361', '352', '999']);
  expect(column('counts')).toEqual(Array(4).fill('false'));
  expect(column('trials')).toEqual(['', '', '5 6', '2']);
  const summary = summarise(run);
  expect(JSON.parse(summaryJson(summary)).capacities[0]).toMatchObject({
    sustainedPerSecond: { value: null },
    blocks: [{ counts: false, whyNot, sustainedPerSecond: 352 }],
    ceilings: [{ perSecond: { value: null }, whyNot: ['steal: steal 9 %'] }],
  });
  const html = await renderHtml(run, summary);
  expect(html).toContain('"sustained":"not decided"');
});
