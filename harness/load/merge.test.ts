import { describe, expect, test } from 'vitest';
import { decodeHistogram, emptyHistogram } from '../statistics/histogram.ts';
import { loadResult } from './load.fixture.ts';
import type { LoadSecond, RequestRecord } from './load.ts';
import { mergeCounts, secondMerger } from './merge.ts';

function second(number: number, valuesMs: readonly number[], changes: Partial<LoadSecond> = {}): LoadSecond {
  const histogram = emptyHistogram();
  for (const ms of valuesMs) histogram.record(ms * 1e6);
  const text = histogram.encode();
  const figures = { ok: valuesMs.length, failed: 0, dropped: 0, p50Ns: null, p99Ns: null };
  return { second: number, warmUp: false, intended: text, service: text, lag: text, ...figures, ...changes };
}

function request(number: number, ms: number, ok = true): RequestRecord {
  const said = { status: 200, error: null, origin: null, words: null, ok };
  return { request: number, warmUp: false, sentNs: 0, serviceNs: 1e6, intendedNs: ms * 1e6, ...said };
}

describe('seconds of several generators', () => {
  test('are handed over once all have come to them, in order, with everything that was in them', () => {
    const seen: LoadSecond[] = [];
    const merger = secondMerger(2, (it) => seen.push(it));
    merger.from(0)(second(0, [1, 2]));
    merger.from(0)(second(1, [3]));
    expect(seen).toEqual([]);
    merger.from(1)(second(0, [9], { failed: 1, dropped: 2 }));
    expect(seen).toMatchObject([{ second: 0, ok: 3, failed: 1, dropped: 2 }]);
    const all = emptyHistogram();
    for (const ms of [1, 2, 9]) all.record(ms * 1e6);
    expect(seen[0]?.intended).toBe(all.encode());
    expect(seen[0]?.p50Ns).toBe(all.quantile(0.5));
  });

  test('in which one has nothing to tell wait for nobody', () => {
    const seen: number[] = [];
    const merger = secondMerger(2, (it) => seen.push(it.second));
    merger.from(0)(second(0, [1]));
    merger.from(0)(second(1, [1]));
    merger.from(1)(second(2, [1]));
    expect(seen).toEqual([0, 1]);
    merger.ended(0);
    expect(seen).toEqual([0, 1, 2]);
  });

  test('that not all have come to are kept at the end, each once', () => {
    const seen: LoadSecond[] = [];
    const merger = secondMerger(3, (it) => seen.push(it));
    merger.from(2)(second(4, [7]));
    expect(merger.finish()).toHaveLength(1);
    expect(merger.finish()).toEqual(seen);
    expect(decodeHistogram(seen[0]?.service ?? '').count).toBe(1);
  });
});

describe('counts of several generators', () => {
  test('are sums, the worst, and null where one cannot tell', () => {
    const one = loadResult({ sent: 500, ok: 490, failed: 10, failedNotKept: 3, arrivalsD: 0.001, durationNs: 9e9 });
    const other = loadResult({ sent: 500, ok: 500, dropped: 2, arrivalsD: 0.002, eventLoopDelayNs: 50e6 });
    expect(mergeCounts([one, other], 0.004)).toMatchObject({
      ...{ sent: 1000, ok: 990, failed: 10, dropped: 2, failedNotKept: 3, connections: 800 },
      ...{ durationNs: 10e9, generatorCpuNs: 2e9, eventLoopDelayNs: 50e6 },
    });
    expect(mergeCounts([one, other], 0.004).arrivalsD).toBeCloseTo(0.006, 9);
    expect(mergeCounts([one, loadResult({ generatorCpuNs: null })], 0).generatorCpuNs).toBeNull();
  });

  test('keep every failed request, and of the slowest the slowest of all', () => {
    const fast = Array.from({ length: 20 }, (_, i) => request(2 * i, 10 + i));
    const slow = Array.from({ length: 20 }, (_, i) => request(2 * i + 1, 100 + i));
    const failed = [request(100, 1, false), request(101, 500, false)];
    const { requests } = mergeCounts(
      [loadResult({ requests: [...failed, ...fast] }), loadResult({ requests: slow })],
      0,
    );
    expect(requests.filter((it) => !it.ok)).toEqual(failed);
    // One of the twenty slowest has failed and is there already.
    const kept = requests.filter((it) => it.ok).map((it) => (it.intendedNs ?? 0) / 1e6);
    expect(kept).toEqual(Array.from({ length: 19 }, (_, i) => 119 - i));
  });
});
