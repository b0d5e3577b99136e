import { describe, expect, test } from 'vitest';
import { clusteredMedianInterval, clusteredQuantileInterval, clusteredShareInterval } from './clustered.ts';

const NEVER = Number.POSITIVE_INFINITY;

describe('the interval of a median over clusters', () => {
  test('is Student’s of the logarithms of their medians', () => {
    // Medians 1, 2 and 4: logarithms with mean ln 2 and deviation ln 2; ± 4.3027 × 0.69315 / √3 = ± 1.7219.
    const bounds = clusteredMedianInterval([
      [0.5, 1, 9],
      [2, 2, 2],
      [4, 4, 4],
    ]);
    expect(bounds?.lower).toBeCloseTo(2 * Math.exp(-1.7219), 3);
    expect(bounds?.upper).toBeCloseTo(2 * Math.exp(1.7219), 3);
  });

  test('does not become narrower by more samples in the same clusters', () => {
    const few = [[100], [110], [120]];
    const many = few.map(([value = 0]) => Array.from({ length: 500 }, () => value));
    expect(clusteredMedianInterval(many)).toEqual(clusteredMedianInterval(few));
  });

  test('holds the median of all values, and does not exist below three clusters', () => {
    const lopsided = [[1, 1, 1, 1, 1, 1, 1, 1, 1], [50], [50], [50], [50], [50]];
    expect(clusteredMedianInterval(lopsided)?.lower).toBeLessThanOrEqual(1);
    expect(clusteredMedianInterval([[1, 2, 3], [4]])).toBeNull();
    expect(clusteredMedianInterval([[1], [2], []])).toBeNull();
  });

  test('has no upper bound where in too many clusters the median never came', () => {
    const bounds = clusteredMedianInterval([[1], [2], [3], [NEVER], [NEVER]]);
    expect(bounds?.upper === null || bounds?.upper === NEVER).toBe(true);
  });
});

describe('the interval of a quantile over clusters', () => {
  test('is as wide as the variance of the share between clusters says', () => {
    // Eight clusters of 25 independent values, all alike: variance p(1−p)/n, t = 2.3646, so ± 0.0836 of the ranks.
    const clusters = Array.from({ length: 8 }, (_, i) => Array.from({ length: 25 }, (_, j) => 8 * j + i));
    expect(clusteredQuantileInterval(clusters, 0.5)).toEqual({ lower: 82, upper: 117 });
  });

  test('has no bound where clusters differ so much that the share can be anything', () => {
    const apart = [1, 2, 3, 4].map((value) => Array.from({ length: 50 }, () => value));
    expect(clusteredQuantileInterval(apart, 0.5)).toEqual({ lower: null, upper: null });
    expect(clusteredQuantileInterval([[1], [2]], 0.5)).toBeNull();
  });
});

describe('the interval of a share over clusters', () => {
  test('is that of fewer observations where clusters differ, and of no more than there are where they do not', () => {
    const alike = clusteredShareInterval(Array.from({ length: 8 }, () => ({ successes: 5, n: 10 })));
    const apart = clusteredShareInterval(
      Array.from({ length: 8 }, (_, i) => ({ successes: i % 2 === 0 ? 10 : 0, n: 10 })),
    );
    const width = (it: typeof alike) => (it?.upper ?? Number.NaN) - (it?.lower ?? Number.NaN);
    // Wilson for 40 of 80 is 0.393…0.607; eight clusters allow 56.5 of the 80 at most.
    expect(width(alike)).toBeCloseTo(0.252, 2);
    expect(width(apart)).toBeGreaterThan(0.6);
  });

  test('is sure at neither end where all or none came true', () => {
    const none = clusteredShareInterval([0, 0, 0, 0].map((successes) => ({ successes, n: 5 })));
    expect(none?.lower).toBe(0);
    // Wilson for 0 of 20 ends at 0.161; four clusters allow 8.65 of the 20.
    expect(none?.upper).toBeCloseTo(0.3075, 3);
    expect(clusteredShareInterval([{ successes: 1, n: 2 }])).toBeNull();
  });
});
