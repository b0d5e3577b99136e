import { describe, expect, test } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { growthOf } from './growth.ts';
import { normalQuantile } from './normal.ts';
import { linearSlope, studentQuantile } from './regression.ts';

const normals = (length: number, seed: number) => {
  const random = seededRandom(seed);
  return Array.from({ length }, () => normalQuantile(random() + 2 ** -33));
};
const series = (y: readonly number[]) => y.map((value, x) => ({ x, y: value }));
const line = (length: number, slope: number) => Array.from({ length }, (_, i) => 1e9 + slope * i);

describe('growth', () => {
  test('of many independent readings is what least squares says, interval included', () => {
    const readings = series(normals(800, 1).map((value, i) => 50 + 0.01 * i + value));
    const [growth, least] = [growthOf(readings), linearSlope(readings)];
    expect(growth?.slope).toBeCloseTo(least?.slope ?? Number.NaN, 5);
    expect(widthOf(growth) / widthOf(least)).toBeCloseTo(1, 1);
  });

  test('of a sum of independent steps is the mean of the steps, with Student’s interval', () => {
    const steps = normals(60, 2).map((value) => 3 + value);
    let sum = 0;
    const growth = growthOf(series([0, ...steps.map((step) => (sum += step))]));
    const mean = sum / steps.length;
    const variance = steps.reduce((total, step) => total + (step - mean) ** 2, 0) / (steps.length - 1);
    const width = 2 * studentQuantile(0.975, steps.length - 1) * Math.sqrt(variance / steps.length);
    expect(growth?.slope).toBeCloseTo(mean, 1);
    expect(widthOf(growth) / width).toBeCloseTo(1, 1);
    // What is there now is the last reading, wherever a line through all would be.
    expect(Math.abs((growth?.level ?? 0) - sum)).toBeLessThan(0.5);
  });

  test('of readings on a line is that line, whatever its units and gaps', () => {
    expect(growthOf(series(line(20, 5e6)))).toMatchObject({ slope: expect.closeTo(5e6, 0) });
    const gaps = [0, 5, 10, 40, 45, 50, 55].map((x) => ({ x: x / 3600, y: 2 * x }));
    for (const value of [growthOf(gaps)?.slope, growthOf(gaps)?.lower, growthOf(gaps)?.upper]) {
      expect(value).toBeCloseTo(7200, 4);
    }
    expect(growthOf(gaps)?.level).toBeCloseTo(110, 6);
  });

  test('has no interval below five readings, and does not exist below two', () => {
    expect(growthOf(series([1, 2, 4, 3]))).toMatchObject({ lower: null, upper: null });
    expect(growthOf(series([1, 3]))).toEqual({ slope: 2, lower: null, upper: null, level: 3 });
    expect(growthOf(series([1, 2, 4, 3, 5]))?.lower).not.toBeNull();
    expect(growthOf([])).toBeNull();
    expect(growthOf([1, 2, 3].map((y) => ({ x: 1, y })))).toBeNull();
    expect(() => growthOf(series([1, Number.NaN]))).toThrow(RangeError);
  });

  test('of equal readings is none', () => {
    expect(growthOf(series(new Array<number>(12).fill(7)))).toEqual({ slope: 0, lower: 0, upper: 0, level: 7 });
  });

  test('is unsure where one reading is far off, and not wrong', () => {
    const growth = growthOf(series(line(20, 1).map((value, i) => (i === 9 ? value + 500 : value))));
    expect(growth?.lower).toBeLessThan(1);
    expect(growth?.upper).toBeGreaterThan(1);
    expect(widthOf(growth)).toBeGreaterThan(10);
  });
});

function widthOf(growth: { lower: number | null; upper: number | null } | null): number {
  return (growth?.upper ?? Number.NaN) - (growth?.lower ?? Number.NaN);
}
