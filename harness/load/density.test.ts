import { describe, expect, test } from 'vitest';
import { forecastDensity, type Occupancy } from './density.ts';

const MIB = 2 ** 20;

/** 300 MiB of the machine's own, 20 MiB more for what all functions share, then `each` MiB a function. */
function filling(count: number, each: number): readonly Occupancy[] {
  return Array.from({ length: count }, (_, i) => ({
    deployed: i + 1,
    usedBytes: (320 + each * (i + 1)) * MIB,
  }));
}

describe('the forecast of how many functions fit', () => {
  test('is where the line through those that are there reaches the limit', () => {
    expect(forecastDensity(filling(15, 17.28), 2048 * MIB)).toMatchObject({
      forecast: 100,
      perFunctionBytes: 17.28 * MIB,
    });
  });

  test('does not take the first ones for typical', () => {
    const seen = filling(15, 17.28).map((it) => (it.deployed > 2 ? it : { ...it, usedBytes: it.usedBytes - 90 * MIB }));
    expect(forecastDensity(seen, 2048 * MIB)?.forecast).toBe(100);
  });

  test('waits for more functions while it would still be early, and comes before a fifth of them are there', () => {
    const all = filling(100, 17.28);
    const first = all.findIndex((_, i) => forecastDensity(all.slice(0, i + 1), 2048 * MIB) !== null) + 1;
    expect(first).toBeGreaterThanOrEqual(10);
    expect(first).toBeLessThanOrEqual(20);
  });

  test('takes what is there where no more comes', () => {
    expect(forecastDensity(filling(7, 17.28), 2048 * MIB)).toBeNull();
    expect(forecastDensity(filling(7, 17.28), 2048 * MIB, { noMore: true })?.forecast).toBe(100);
    expect(forecastDensity(filling(4, 60), 2048 * MIB, { noMore: true })).toBeNull();
  });

  test('is none for few functions, or where more functions do not cost more', () => {
    expect(forecastDensity(filling(4, 60), 2048 * MIB)).toBeNull();
    expect(forecastDensity(filling(30, 0), 2048 * MIB)).toBeNull();
  });
});
