import { normalQuantile } from './normal.ts';
import { median } from './quantile.ts';
import type { Slope } from './regression.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Above this many points their number is reduced: pairs grow with its square, 4.5 million here. */
const MOST_POINTS = 3000;

/**
 * The median of the slopes of all pairs of points: a trend that a third of wild values, no normality and no equal
 * variance leave alone. Null for fewer than two different x; the bounds are null where there are too few points for any
 * at this confidence (fewer than five at 95 %). The line goes through the medians of x and y.
 *
 * More than 3000 points are averaged, in order of x, in 3000 groups of equal size (to within one), and those are fitted.
 *
 * The interval takes the errors as independent: successive seconds that resemble each other make it too narrow.
 * Method: Theil, Proc. Koninklijke Nederlandse Akademie van Wetenschappen A 53, 1950; Sen, "Estimates of the regression
 * coefficient based on Kendall's tau", J. American Statistical Association 63(324), 1968, with his variance for ties.
 *
 * @throws RangeError for points that are not finite
 */
export function theilSenSlope(points: readonly Point[], confidence = 0.95): Slope | null {
  if (!points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))) {
    throw new RangeError('a slope exists between finite points only');
  }
  const fitted = thinned(points);
  const slopes = pairwiseSlopes(fitted);
  const slope = medianOfSorted(slopes);
  const [middleX, middleY] = [median(fitted.map((point) => point.x)), median(fitted.map((point) => point.y))];
  if (slope === null || middleX === null || middleY === null) return null;
  const width = normalQuantile(1 - (1 - confidence) / 2) * Math.sqrt(kendallVariance(fitted));
  // S moves in steps of 2, so that the normal approximation is corrected by 1.
  const rank = Math.floor((slopes.length - width + 1) / 2);
  const [lower, upper] = rank < 1 ? [null, null] : [slopes[rank - 1] ?? null, slopes[slopes.length - rank] ?? null];
  return { slope, intercept: middleY - slope * middleX, lower, upper };
}

function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  const sorted = points.toSorted((a, b) => a.x - b.x);
  return Array.from({ length: MOST_POINTS }, (_, group) => {
    const edge = (index: number) => Math.floor((index * points.length) / MOST_POINTS);
    const members = sorted.slice(edge(group), edge(group + 1));
    const sum = members.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 });
    return { x: sum.x / members.length, y: sum.y / members.length };
  });
}

/** Ascending. Pairs of equal x have no slope. */
function pairwiseSlopes(points: readonly Point[]): Float64Array {
  const n = points.length;
  const x = Float64Array.from(points, (point) => point.x);
  const y = Float64Array.from(points, (point) => point.y);
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let count = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const run = (x[j] ?? 0) - (x[i] ?? 0);
      if (run === 0) continue;
      slopes[count] = ((y[j] ?? 0) - (y[i] ?? 0)) / run;
      count += 1;
    }
  }
  return slopes.subarray(0, count).sort();
}

function medianOfSorted(sorted: Float64Array): number | null {
  const low = sorted[Math.ceil(sorted.length / 2) - 1];
  const high = sorted[Math.floor(sorted.length / 2)];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Variance of Kendall's S when there is no trend; ties in x or y reduce it. */
function kendallVariance(points: readonly Point[]): number {
  const term = (t: number) => t * (t - 1) * (2 * t + 5);
  const ties = [...multiplicities(points.map((point) => point.x)), ...multiplicities(points.map((point) => point.y))];
  return Math.max(0, (term(points.length) - ties.reduce((sum, t) => sum + term(t), 0)) / 18);
}

function multiplicities(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}
