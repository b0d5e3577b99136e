/** A straight line fitted to points. */
export interface Slope {
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

/** P(T > t) for Student's t; t from 0 on. Small values keep their relative accuracy. */
export function studentSurvival(t: number, degreesOfFreedom: number): number {
  return 0.5 * regularisedBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
}

function studentCdf(t: number, df: number): number {
  return 1 - studentSurvival(t, df);
}

/** Iₓ(a, b) by its continued fraction (DLMF 8.17.22), evaluated with Lentz's method as modified by Thompson & Barnett (1986). */
function regularisedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(1 - x, b, a);
  const logFront = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / nonZero(1 + term * d, tiny);
      c = nonZero(1 + term / c, tiny);
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return (Math.exp(logFront) * fraction) / a;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) after shifting the argument above 15 by recurrence. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 15) {
    shift += Math.log(z);
    z += 1;
  }
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
