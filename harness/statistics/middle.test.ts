import { describe, expect, test } from 'vitest';
import { middleInterval } from './middle.ts';

describe('the interval of what is in the middle of few values', () => {
  test('is Student’s of logarithms for what is positive, and of the values for what can have either sign', () => {
    // Deviation 1 around 2: ± 4.3027 / √3 = ± 2.4841.
    expect(middleInterval([1, 2, 3], 'signed')).toEqual({
      lower: expect.closeTo(2 - 2.4841, 4),
      upper: expect.closeTo(2 + 2.4841, 4),
    });
    const { lower, upper } = middleInterval([1, 2, 4], 'positive');
    expect([lower, upper]).toEqual([expect.closeTo(2 / 5.595, 3), expect.closeTo(2 * 5.595, 2)]);
  });

  test('is the exact one of order statistics from nine values on, whatever their distribution', () => {
    const skewed = [1, 1, 1, 1, 1, 1, 1, 1, 90, 95, 99, 100];
    // The third and the tenth of twelve, as tables have it.
    expect(middleInterval(skewed, 'positive')).toEqual({ lower: 1, upper: 95 });
    const never = [...skewed.slice(0, 8), ...Array.from({ length: 4 }, () => Number.POSITIVE_INFINITY)];
    expect(middleInterval(never, 'positive')).toEqual({ lower: 1, upper: Number.POSITIVE_INFINITY });
  });

  test('does not exist for fewer than three, nor for few of which one has no number on its scale', () => {
    expect(middleInterval([], 'signed')).toEqual({ lower: null, upper: null });
    expect(middleInterval([1, 2], 'signed')).toEqual({ lower: null, upper: null });
    expect(middleInterval([1, 2, Number.POSITIVE_INFINITY], 'positive')).toEqual({ lower: null, upper: null });
    expect(middleInterval([0, 1, 2], 'positive')).toEqual({ lower: null, upper: null });
  });
});
