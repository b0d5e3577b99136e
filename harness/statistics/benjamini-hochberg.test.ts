import { describe, expect, test } from 'vitest';
import { adjustedForMany } from './benjamini-hochberg.ts';

describe('p-values adjusted for many', () => {
  test('reject what Benjamini and Hochberg reject in the example of their paper', () => {
    // Fifteen endpoints of thrombolysis (1995, §4.1): the four smallest are rejected at 0.05.
    const values = [
      ...[0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324],
      ...[0.4262, 0.5719, 0.6528, 0.759, 1],
    ];
    const adjusted = adjustedForMany(values);
    expect(adjusted.filter((p) => p !== null && p <= 0.05)).toHaveLength(4);
    // p.adjust(method = "BH") of R: 15 × 0.0095 / 4, and the running minimum from above.
    expect(adjusted[3]).toBeCloseTo(0.035625, 9);
    expect(adjusted[4]).toBeCloseTo(0.0603, 9);
    expect(adjusted[5]).toBeCloseTo((15 * 0.0298) / 7, 9);
  });

  test('keep their places, and leave out what was not tested', () => {
    expect(adjustedForMany([0.04, null, 0.01])).toEqual([0.04, null, 0.02]);
    expect(adjustedForMany([0.03])).toEqual([0.03]);
    expect(adjustedForMany([])).toEqual([]);
  });
});
