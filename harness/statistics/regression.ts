import { regularisedBeta } from './beta.ts';

/** A straight line fitted to points. */
interface Slope {
  readonly slope: number;
  readonly intercept: number;
  /** Of the slope; null for fewer than three points. */
  readonly lower: number | null;
  readonly upper: number | null;
}

/**
 * Least-squares slope with the confidence interval of Student's t with n − 2 degrees of freedom; null for fewer than two
 * points or when all x are equal. Assumes independent errors of equal variance.
 * Method: Draper & Smith, "Applied Regression Analysis", 3rd ed. (1998), §1.4.
 */
export function linearSlope(points: readonly { x: number; y: number }[], confidence = 0.95): Slope | null {
  const n = points.length;
  const meanX = points.reduce((sum, point) => sum + point.x, 0) / n;
  const meanY = points.reduce((sum, point) => sum + point.y, 0) / n;
  const sxx = points.reduce((sum, point) => sum + (point.x - meanX) ** 2, 0);
  if (n < 2 || sxx === 0) return null;
  const sxy = points.reduce((sum, point) => sum + (point.x - meanX) * (point.y - meanY), 0);
  const slope = sxy / sxx;
  const intercept = meanY - slope * meanX;
  if (n < 3) return { slope, intercept, lower: null, upper: null };
  const squares = points.reduce((sum, point) => sum + (point.y - intercept - slope * point.x) ** 2, 0);
  const half = studentQuantile(1 - (1 - confidence) / 2, n - 2) * Math.sqrt(squares / (n - 2) / sxx);
  return { slope, intercept, lower: slope - half, upper: slope + half };
}

/**
 * Quantile of Student's t.
 * Method: bisection on its distribution function, which is a regularised incomplete beta function (NIST DLMF §8.17).
 */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a probability lies between 0 and 1, not ${p}`);
  if (p < 0.5) return -studentQuantile(1 - p, degreesOfFreedom);
  let [low, high] = [0, 1];
  while (studentCdf(high, degreesOfFreedom) < p) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-14 * high; step++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, degreesOfFreedom) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(T > t) for Student's t. Small values keep their relative accuracy. */
export function studentSurvival(t: number, degreesOfFreedom: number): number {
  const beyond = 0.5 * regularisedBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
  return t < 0 ? 1 - beyond : beyond;
}

function studentCdf(t: number, df: number): number {
  return 1 - studentSurvival(t, df);
}
