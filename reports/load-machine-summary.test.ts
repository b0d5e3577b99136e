import { describe, expect, test } from 'vitest';
import type { AsyncSample, DensitySample, DensityStepSample, RunRecord } from '../harness/runs/schema.ts';
import { syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { withRecords } from '../harness/runs/synthetic-run.fixture.ts';
import { emptyHistogram } from '../harness/statistics/histogram.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

const head = {
  schemaVersion: 1,
  index: 0,
  at: '2026-01-01T00:00:00.000Z',
  platform: 'control',
  block: 0,
  repetition: 0,
  round: 0,
} as const;

function runOf(records: readonly RunRecord[]) {
  return withRecords(syntheticLoadRun({ functions: ['rust-hello'], scenarios: ['burst'], seconds: 1 }), records);
}

function histogramOf(ms: number, n = 400): string {
  const histogram = emptyHistogram();
  histogram.record(ms * 1e6, n);
  return histogram.encode();
}

const asynchronous: AsyncSample = {
  ...head,
  kind: 'async',
  function: 'rust-hello',
  payloadBytes: 0,
  body: null,
  ratePerSecond: 20,
  durationMs: 20_000,
  sent: 400,
  accepted: 400,
  failures: [],
  calledBack: 400,
  lost: 0,
  unaccepted: 0,
  repeated: 0,
  callbacksPerSecond: 20,
  accept: histogramOf(3),
  callback: histogramOf(12),
  waitedMs: 0,
  givenUp: false,
  gates: [],
  valid: true,
};

describe('asynchronous invocations', () => {
  test('count losses over all measurements, and times over the valid ones', () => {
    const gate = { id: 'steal', status: 'failed', measured: '9 %', hint: 'h' } as const;
    const bad = {
      ...asynchronous,
      block: 1,
      lost: 7,
      calledBack: 393,
      valid: false,
      gates: [gate],
      callback: histogramOf(900),
    };
    // Its queue was given up while it worked: what had not come is late, and no loss.
    const slow = { ...bad, block: 2, lost: 200, calledBack: 200, givenUp: true };
    const run = runOf([asynchronous, bad, slow]);
    const summary = summarise(run);
    expect(summary.queues).toMatchObject([
      { n: 3, valid: 1, lost: 7, accepted: 1200, failed: ['steal: 9 %'], callbacksPerSecond: { value: 20 } },
    ]);
    expect(summary.queues[0]?.callbackP50.value).toBeCloseTo(12e6, -5);
    const text = terminalReport(summary, { colour: false });
    expect(text).toMatch(/rust-hello\s+20\s+1\/3\s+7\/1200\s+0\s+3\.0\d?\s+3\.0\d?\s+12\.0\s+12\.0\s+20\.0/);
    expect(text).toContain('rust-hello: invalid: steal: 9 %');
  });

  test('have a p99 of never where 2 % of the callbacks were lost, and not one that is withheld', () => {
    const times = emptyHistogram();
    times.record(8e6, 392);
    times.record(Number.POSITIVE_INFINITY, 8);
    const lossy = { ...asynchronous, calledBack: 392, lost: 8, unaccepted: 3, callback: times.encode() };
    const [cell] = summarise(runOf([lossy])).queues;
    expect(cell).toMatchObject({ lost: 8, unaccepted: 3, callbackP99: { value: null, never: true } });
    expect(cell?.callbackP50).toMatchObject({ value: expect.closeTo(8e6, -5), never: false });
    const text = terminalReport(summarise(runOf([lossy])), { colour: false });
    expect(text).toMatch(/rust-hello\s+20\s+1\/1\s+8\/400\s+0\s+3\.0\d?\s+3\.0\d?\s+8\.0\d?\s+never/);
    expect(text).toContain('3 callbacks of requests that were not accepted');
    // Over blocks never is larger than all else: the middle of three is not.
    const three = [
      lossy,
      { ...lossy, block: 1, callback: histogramOf(9) },
      { ...lossy, block: 2, callback: histogramOf(12) },
    ];
    const { callbackP99 } = summarise(runOf(three)).queues[0] ?? {};
    expect(callbackP99).toMatchObject({ value: expect.closeTo(12e6, -5), never: false, lower: null, upper: null });
  });

  test('withhold p99 where there are too few', () => {
    const few = { ...asynchronous, callback: histogramOf(12, 100) };
    expect(summarise(runOf([few])).queues[0]?.callbackP99.value).toBeNull();
  });
});

describe('functions that fit on a machine', () => {
  const step = (deployed: number): DensityStepSample => ({
    ...head,
    kind: 'density-step',
    function: 'rust-hello',
    deployed,
    usedBytes: (300 + 17 * deployed) * 2 ** 20,
    limitBytes: 2 ** 31,
    latencyNs: 2e6,
  });
  const forecast: DensitySample = {
    ...head,
    kind: 'density',
    function: 'rust-hello',
    forecast: 102,
    forecastLower: 99,
    forecastUpper: 105,
    basedOn: 16,
    perFunctionBytes: 17 * 2 ** 20,
    perFunctionLowerBytes: 16.5 * 2 ** 20,
    perFunctionUpperBytes: 17.5 * 2 ** 20,
    limitBytes: 2 ** 31,
    truth: null,
    why: null,
    editionLimit: null,
  };

  test('are forecast first, and set beside the truth once that is known', () => {
    // What one more costs may be nothing: then nobody knows how many fit at most.
    const unbounded = summarise(runOf([step(1), { ...forecast, forecastUpper: null }]));
    expect(terminalReport(unbounded, { colour: false })).toMatch(/^rust-hello .* 102 +99…∞ +16 +–/m);
    const early = summarise(runOf([step(1), step(2), forecast]));
    expect(early.densities).toMatchObject([
      {
        forecast: 102,
        truth: null,
        error: null,
        steps: [
          [1, 332_398_592],
          [2, 350_224_384],
        ],
      },
    ]);
    const ended = { ...forecast, truth: 96, why: 'the kernel killed 1 process for want of memory' };
    const late = summarise(runOf([step(1), step(2), forecast, ended]));
    expect(late.densities[0]?.error).toBeCloseTo(0.0625, 6);
    expect(terminalReport(late, { colour: false })).toContain('ended: the kernel killed 1 process for want of memory');
  });

  test('are as many as the edition allows where that was the end, which no forecast is held against', () => {
    const why = 'the gateway answered POST /system/functions with 400: the OpenFaaS CE EULA allows 15/16 function(s)';
    const refused = { ...forecast, truth: 15, why, editionLimit: 15 };
    const summary = summarise(runOf([step(1), step(2), refused]));
    expect(summary.densities).toMatchObject([{ forecast: 102, truth: 15, editionLimit: 15, error: null }]);
    const text = terminalReport(summary, { colour: false });
    expect(text).toMatch(/^rust-hello .* 102 +99…105 +16 +≥ 15 +–$/m);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      `ended: the edition’s limit of 15 functions, and not a full machine (${why}): nobody knows how many more than 15`,
    );
    const none = { ...refused, forecast: null, perFunctionBytes: null };
    expect(summarise(runOf([step(1), none])).densities).toMatchObject([{ forecast: null, error: null }]);
  });
});
