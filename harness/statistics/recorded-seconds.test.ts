import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { steadiness, unsettled } from './steadiness.ts';

/**
 * Measurements of 60 s of real functions on a machine with nothing else to do, after their warm-up: of a faasd 0.19.0 and of
 * the control in its shape. The median latency of each second, in hundredths of a millisecond.
 */
const recordedSchema = z.object({
  platform: z.string(),
  function: z.string(),
  perSecond: z.number(),
  medians: z.array(z.number().positive()).length(60),
});
const recorded = readFileSync(new URL('recorded-seconds.ndjson', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => recordedSchema.parse(JSON.parse(line)).medians);

/** Every measurement of `length` seconds that they hold, one after the other. */
function piecesOf(length: number): readonly (readonly number[])[] {
  return recorded.flatMap((medians) =>
    Array.from({ length: Math.floor(medians.length / length) }, (_, i) => medians.slice(i * length, (i + 1) * length)),
  );
}

function isRefused(series: readonly number[]): boolean {
  return !steadiness(series).steady || unsettled(series) !== null;
}

describe.each([15, 30, 60])('of recorded measurements without a drift, %i s of each', (seconds) => {
  const pieces = piecesOf(seconds);

  test('at most one in twenty is refused', () => {
    expect(pieces.filter(isRefused).length / pieces.length).toBeLessThanOrEqual(0.05);
  });

  test('nineteen of twenty are refused where latency doubles from beginning to end', () => {
    const doubling = pieces.map((series) => series.map((value, i) => value * (1 + i / (seconds - 1))));
    expect(doubling.filter(isRefused).length / pieces.length).toBeGreaterThanOrEqual(0.95);
  });
});
