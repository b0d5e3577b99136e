import { expect, test } from 'vitest';
import { judgeRun } from '../harness/judging/judge.ts';
import type { Run } from '../harness/runs/run.ts';
import type { PlatformDeathSample } from '../harness/runs/schema.ts';
import { syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { renderHtml } from './html/render.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

function runWith(change: Partial<PlatformDeathSample>): Run {
  const run = syntheticLoadRun({ functions: ['rust-hello'], seconds: 1 });
  const [place] = run.records;
  if (place === undefined) throw new Error('the synthetic run is empty');
  const { schemaVersion, index, at, platform, block, repetition, round } = place;
  const death: PlatformDeathSample = {
    ...{ schemaVersion, index, at, platform, block, repetition, round, kind: 'platform-death', function: 'rust-hello' },
    ...{ during: 'load by gateway', perSecond: 1303, seen: 'connect ECONNREFUSED', ended: [], waitedMs: 15_210 },
    words: [{ service: 'faasd', line: 'Unable to dial: too many open files' }],
    ...{ recoveredAfterMs: null, restartedInMs: 8_400 },
    ...change,
  };
  return { ...run, records: [...run.records, death] };
}

const terminal = (run: Run) => terminalReport(summarise(run), { colour: false }).replaceAll(/\s+/g, ' ');

test('a death is told with the rate, what died in its own words, and what came after it', () => {
  expect(terminal(runWith({}))).toContain(
    'control DIED, block 0: load by gateway of rust-hello at 1303/s; all of its services still ran, a client was told ' +
      '“connect ECONNREFUSED”. Its own words: faasd: “Unable to dial: too many open files”. It did not come back by ' +
      'itself within 15.2 s; started again and with its functions deployed after 8.4 s more.',
  );
});

test('says who ended, and who came back by itself or could not be started again', () => {
  const back = terminal(
    runWith({ ended: ['gateway', 'nats'], perSecond: null, recoveredAfterMs: 2_100, restartedInMs: null }),
  );
  expect(back).toContain('load by gateway of rust-hello; gateway and nats ended,');
  expect(back).toContain('It came back by itself after 2.1 s.');
  expect(terminal(runWith({ restartedInMs: null }))).toContain('within 15.2 s, and could not be started again.');
});

test('is in the summary, in the page and in the verdict, and does not make the run invalid', async () => {
  const run = runWith({});
  const summary = summarise(run);
  expect(summary.deaths).toMatchObject([{ perSecond: 1303, words: [{ service: 'faasd' }] }]);
  expect(await renderHtml(run, summary)).toContain('control DIED, block 0: load by gateway of rust-hello at 1303/s');
  const judged = (of: Run) => judgeRun(of.records, { manifest: of.manifest, interrupted: false, clean: true });
  const without = judged({ ...run, records: run.records.slice(0, -1) });
  expect(judged(run)).toMatchObject({ status: without.status, exitCode: without.exitCode });
  expect(judged(run).summary).toBe(`${without.summary}; the platform died once`);
});
