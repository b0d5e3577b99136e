import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
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

  test('has a range that grows with how much functions differ, and begins at what is there', () => {
    // Costs of 7 to 27 MiB that stay. By the median of slopes it would be from 104 to 116.
    const random = seededRandom(4);
    let usedBytes = 320 * MIB;
    const seen = Array.from({ length: 16 }, (_, i) => {
      usedBytes += (7 + 20 * random()) * MIB;
      return { deployed: i + 1, usedBytes };
    });
    const told = forecastDensity(seen, 2048 * MIB, { noMore: true });
    expect((told?.forecastUpper ?? 0) - (told?.forecastLower ?? 0)).toBeGreaterThan(20);
    expect(told?.forecast).toBe(16 + Math.floor((2048 * MIB - usedBytes) / (told?.perFunctionBytes ?? 0)));
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
