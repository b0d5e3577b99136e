import { describe, expect, test } from 'vitest';
import { countRecords } from '../harness/runs/planned.ts';
import type { Run } from '../harness/runs/run.ts';
import type { LoadSample, RunRecord } from '../harness/runs/schema.ts';
import { type SyntheticLoadOptions, syntheticLoadRun } from '../harness/runs/synthetic-load.fixture.ts';
import { withRecords } from '../harness/runs/synthetic-run.fixture.ts';
import { emptyHistogram } from '../harness/statistics/histogram.ts';
import { loadCsv } from './load-csv.ts';
import type { LoadCell } from './summary/load.ts';
import { summarise } from './summary.ts';
import { terminalReport } from './terminal.ts';

const template = firstOf('load', { seconds: 2 });

function firstOf<K extends RunRecord['kind']>(kind: K, options: SyntheticLoadOptions): Extract<RunRecord, { kind: K }> {
  const isIt = (record: RunRecord): record is Extract<RunRecord, { kind: K }> => record.kind === kind;
  const found = syntheticLoadRun({ functions: ['rust-hello'], ...options }).records.find(isIt);
  if (found === undefined) throw new Error(`the synthetic run has no ${kind}`);
  return found;
}

/** A run of which every number is written down here. */
function runOf(records: readonly RunRecord[], options: SyntheticLoadOptions = {}): Run {
  return withRecords(syntheticLoadRun({ functions: ['rust-hello'], seconds: 1, ...options }), records);
}

/** Whole milliseconds from 1 to n, each once: the p-quantile is ⌈n·p⌉ ms. */
function upTo(n: number, factor = 1): string {
  const histogram = emptyHistogram();
  for (let ms = 1; ms <= n; ms++) histogram.record(ms * factor * 1e6);
  return histogram.encode();
}

function load(n: number, more: Partial<LoadSample> = {}): LoadSample {
  return { ...template, intended: upTo(n), service: upTo(n, 0.5), sent: n, ok: n, failed: 0, gates: [], ...more };
}

function cellOf(records: readonly RunRecord[]): LoadCell {
  const [cell, another] = summarise(runOf(records)).loads;
  if (cell === undefined || another !== undefined) throw new Error('not exactly one cell');
  return cell;
}

/** In ms, to what the histogram's buckets are exact to. */
function ms(ns: number | null | undefined): number | null {
  return ns === null || ns === undefined ? null : Number((ns / 1e6).toPrecision(3));
}

const invalid = {
  valid: false,
  gates: [{ id: 'dropped', status: 'failed' as const, measured: '3 dropped (limit 0)', hint: 'more users' }],
};

describe('one cell of load', () => {
  test('is the median over blocks of each block’s quantile, with an interval over blocks from three on', () => {
    const cell = cellOf([10, 30, 20].map((n, block) => load(n, { block, trial: block, throughputPerSecond: n })));
    expect(cell.blocks.map((it) => ms(it.latency.p50Ns))).toEqual([5, 15, 10]);
    const { p50Ns, p90Ns, maxNs } = cell.latency;
    // Logs of 5, 10 and 15: mean 2.2067, deviation 0.5567; t = 4.303 with two degrees of freedom, so ± 1.3830.
    expect([p50Ns.value, p50Ns.lower, p50Ns.upper].map(ms)).toEqual([10, 2.29, 36.1]);
    expect(p50Ns).toMatchObject({ kind: 'interval', blocks: 3 });
    expect(ms(p90Ns.value)).toBe(18);
    expect(ms(maxNs.value)).toBe(20);
    expect(ms(cell.service.p50Ns.value)).toBe(5);
    expect(cell.throughputPerSecond).toMatchObject({ value: 20, kind: 'interval' });
    expect(cell).toMatchObject({ sent: 60, ok: 60, failed: 0, dropped: 0, latencyOf: 'intended' });
  });

  test('has the two that there are from two blocks, and nothing beside itself from one, however many requests', () => {
    const two = cellOf([10, 20].map((n, block) => load(n, { block, trial: block }))).latency.p50Ns;
    expect([two.lower, two.upper].map(ms)).toEqual([5, 10]);
    expect(two).toMatchObject({ kind: 'range', blocks: 2 });
    const one = cellOf([load(4000)]).latency;
    expect(one.p50Ns).toMatchObject({ lower: null, upper: null, kind: null, blocks: 1 });
    expect(one.p99Ns).toMatchObject({ lower: null, upper: null, kind: null, blocks: 1 });
  });

  test('merges what was measured twice in one block, and never across blocks', () => {
    const low = load(10, { block: 0, trial: 0 });
    const high = load(10, { block: 0, trial: 1, intended: upTo(10, 100) });
    const together = cellOf([low, high]);
    // Twenty values, ten of them up to 10 ms: the tenth is 10 ms.
    expect(together.blocks).toHaveLength(1);
    expect(ms(together.latency.p50Ns.value)).toBe(10);
    const apart = cellOf([low, { ...high, block: 1 }]);
    expect(ms(apart.latency.p50Ns.value)).toBe(253);
    expect(apart.latency.p50Ns.kind).toBe('range');
  });

  test('withholds p99 below 368 requests and p99.9 below 3688', () => {
    expect(cellOf([load(367)]).latency.p99Ns.value).toBeNull();
    expect(ms(cellOf([load(368)]).latency.p99Ns.value)).toBe(365);
    expect(cellOf([load(3687)]).latency.p999Ns.value).toBeNull();
    expect(ms(cellOf([load(3688)]).latency.p999Ns.value)).toBe(3690);
  });

  test('has quantiles of never where requests failed, larger than all others, and says so', () => {
    const failing = (failed: number) => {
      const histogram = emptyHistogram();
      histogram.record(2e6, 1000 - failed);
      histogram.record(Number.POSITIVE_INFINITY, failed);
      return load(1000, { intended: histogram.encode(), ok: 1000 - failed, failed });
    };
    const run = runOf([failing(20)]);
    const [cell] = summarise(run).loads;
    expect(cell?.latency).toMatchObject({ p99Ns: { value: null, never: true }, maxNs: { never: true } });
    // p99.9 needs 3688 requests, whatever they did.
    expect(cell?.latency.p999Ns).toMatchObject({ value: null, never: false });
    expect(cell?.blocks[0]?.latency).toMatchObject({ p99Ns: null, never: ['p99Ns', 'maxNs'] });
    expect(ms(cell?.latency.p90Ns.value)).toBe(2);
    expect(terminalReport(summarise(run), { colour: false })).toMatch(
      /2\.00 +one block +2\.00 +never +one block +– +never +2\.0 %/,
    );
    const [header = '', row = ''] = loadCsv(run).split('\r\n');
    const columns = header.split(',');
    expect(row.split(',')[columns.indexOf('intended_p99_ns')]).toBe('Infinity');
    expect(row.split(',')[columns.indexOf('intended_p999_ns')]).toBe('');
    expect(ms(cellOf([failing(5)]).latency.p99Ns.value)).toBe(2);
  });

  test('keeps the numbers of an invalid measurement apart, with the reason', () => {
    const cell = cellOf([
      load(10, { block: 0 }),
      load(1000, { ...invalid, block: 1, trial: 7, failed: 5, dropped: 3 }),
    ]);
    expect(cell.blocks.map((it) => it.block)).toEqual([0]);
    expect(ms(cell.latency.p50Ns.value)).toBe(5);
    expect(cell).toMatchObject({ sent: 10, failed: 0, dropped: 0 });
    expect(cell.invalid).toMatchObject([
      { trial: 7, dropped: 3, failedGates: [{ id: 'dropped', hint: 'more users' }] },
    ]);
    expect(ms(cell.invalid[0]?.latency.p50Ns)).toBe(500);
  });

  test('has no number at all where nothing is valid', () => {
    const cell = cellOf([load(1000, invalid)]);
    expect(cell).toMatchObject({ blocks: [], trials: [], sent: 0, throughputPerSecond: { value: null } });
    expect(cell.latency.p50Ns).toEqual({ value: null, never: false, lower: null, upper: null, kind: null, blocks: 0 });
  });

  test('counts a closed loop from when the request was sent', () => {
    const arrivals = { kind: 'closed' as const, connections: 4, durationMs: 1000 };
    const cell = cellOf([load(10, { arrivals, intended: emptyHistogram().encode() })]);
    expect(cell.latencyOf).toBe('service');
    expect(ms(cell.latency.p50Ns.value)).toBe(2.5);
  });

  test('is another one for another path, payload, rate or purpose', () => {
    const arrivals = { kind: 'constant' as const, ratePerSecond: 7, durationMs: 1000 };
    const others: Partial<LoadSample>[] = [{ path: 'direct' }, { payloadBytes: 1 }, { arrivals }, { purpose: 'probe' }];
    expect(summarise(runOf([load(10), ...others.map((more) => load(10, more))])).loads).toHaveLength(5);
  });

  test('counts failed requests by status, by whose answer it was and by what it said, invalid measurements included', () => {
    const lost = { status: 404, origin: 'gateway' as const, words: 'error finding function' };
    const refused = { status: 0, origin: 'gateway' as const, words: 'dial: connection refused' };
    const cell = cellOf([
      load(10, {
        failed: 3,
        failures: [
          { ...lost, n: 2 },
          { ...refused, n: 1 },
        ],
      }),
      load(10, { ...invalid, trial: 1, failed: 5, failures: [{ ...refused, n: 5 }] }),
    ]);
    expect(cell.trials[0]?.failures).toEqual([
      { ...lost, n: 2 },
      { ...refused, n: 1 },
    ]);
    expect(cell.failures).toEqual({
      of: 20,
      kinds: [
        { ...refused, n: 6 },
        { ...lost, n: 2 },
      ],
    });
  });
});

describe('loads compared', () => {
  const platforms = { platforms: ['control', 'faasd 0.19.0'] };
  /** Six repetitions; the machine slows down by 30 % in each, faasd takes a tenth more. */
  const interleaved = Array.from({ length: 12 }, (_, block) => {
    const onFaasd = block % 2 === (block % 4 < 2 ? 0 : 1);
    const factor = 1.3 ** Math.floor(block / 2) * (onFaasd ? 1.1 : 1);
    return load(400, {
      block,
      repetition: Math.floor(block / 2),
      trial: block,
      platform: onFaasd ? 'faasd 0.19.0' : 'control',
      intended: upTo(400, factor),
    });
  });

  test('divides each block by that of the same repetition', () => {
    const compared = summarise(runOf(interleaved, platforms)).loadComparisons;
    expect(compared.map((it) => [it.quantile, it.between, it.verdict])).toEqual([
      ['p50', 'platforms', 'slower'],
      ['p99', 'platforms', 'slower'],
    ]);
    expect(compared[0]?.estimate).toMatchObject({ method: 'paired-t', blocks: 6 });
    expect(compared[0]?.estimate?.ratio).toBeCloseTo(1.1, 2);
  });

  test('keeps the repetitions together where one measurement is invalid', () => {
    const spoilt = interleaved.map((sample) => (sample.block === 2 ? { ...sample, ...invalid } : sample));
    const [compared] = summarise(runOf(spoilt, platforms)).loadComparisons;
    // Against the wrong repetitions the ratios would be 1.43 and more.
    expect(compared?.estimate).toMatchObject({ blocks: 5 });
    expect(compared?.estimate?.ratio).toBeCloseTo(1.1, 2);
  });

  test('compares functions of one workload on one platform with the first of them', () => {
    const functions = ['rust-hello', 'go-hello', 'go-json'];
    const records = [0, 1, 2].flatMap((block) =>
      functions.map((name, i) =>
        load(400, { block, repetition: block, function: name, intended: upTo(400, 1 + i + block / 50) }),
      ),
    );
    const compared = summarise(runOf(records, { functions })).loadComparisons;
    expect(compared.map((it) => [it.function, it.baseline.function, it.quantile, it.verdict])).toEqual([
      ['go-hello', 'rust-hello', 'p50', 'slower'],
      ['go-hello', 'rust-hello', 'p99', 'slower'],
    ]);
  });

  test('concludes nothing from one block, an invalid run, or where requests failed', () => {
    const two = [load(400, { platform: 'control' }), load(400, { platform: 'faasd 0.19.0', block: 1 })];
    const verdicts = (run: Run) => summarise(run).loadComparisons.map((it) => it.verdict);
    expect(verdicts(runOf(two, platforms))).toEqual(['no result', 'no result']);
    const verdict = { schemaVersion: 1 as const, status: 'invalid' as const, summary: 'x', gates: [] };
    const judged = countRecords(interleaved);
    expect(verdicts({ ...runOf(interleaved, platforms), verdict: { ...verdict, judged, exitCode: 3 } })).toEqual([
      'no result',
      'no result',
    ]);
    const quick = interleaved.map((it) => (it.platform === 'control' ? it : { ...it, ok: 390, failed: 10 }));
    const [compared] = summarise(runOf(quick, platforms)).loadComparisons;
    expect(compared).toMatchObject({
      verdict: 'no result',
      note: '2.5 % of the requests to rust-hello on faasd 0.19.0 failed',
    });
  });

  test('says whether requests are too few for a quantile, or no repetition has both', () => {
    const notes = (n: number, onFaasd: number) => {
      const records = [load(n, { platform: 'control' }), load(n, { platform: 'faasd 0.19.0', repetition: onFaasd })];
      return summarise(runOf(records, platforms)).loadComparisons.map((it) => it.note);
    };
    const apart = 'no deployment of one was measured next to one of the other';
    expect(notes(400, 1)).toEqual([apart, apart]);
    expect(notes(300, 1)).toEqual([apart, 'too few requests for a p99']);
    expect(notes(400, 0)[1]).toContain('one deployment of each');
  });

  test('leaves the steps of a search out', () => {
    const probes = interleaved.map((sample) => ({ ...sample, purpose: 'probe' as const }));
    expect(summarise(runOf(probes, platforms)).loadComparisons).toEqual([]);
  });
});
