import type { Random } from '../core/random.ts';
import { normalQuantile } from './normal.ts';
import { quantile } from './quantile.ts';
import { studentQuantile } from './regression.ts';

export interface ScalingPoint {
  /** Requests, workers or machines at a time; from 1. */
  readonly concurrency: number;
  /** Per second, or in whatever unit: λ and the predictions have it, too. */
  readonly throughput: number;
}

export interface Scalability {
  /** Throughput at a concurrency of 1. */
  readonly lambda: number;
  /** Contention: the share of the work that waits in line. */
  readonly sigma: number;
  /** Coherency: what each pair of workers costs for agreeing. */
  readonly kappa: number;
  /** Share of the throughputs' variance that the law explains; null where they do not vary. */
  readonly rSquared: number | null;
  /**
   * Where throughput is largest, and how large. Null where that is at no concurrency up to the greatest measured one, beyond
   * which nothing was seen, and where κ may as well be 0: the law without it fits as well (F test at 5 %, Draper & Smith,
   * "Applied Regression Analysis", 3rd ed. (1998), §6.1; it needs four points).
   */
  readonly peak: ScalingPoint | null;
  predict(concurrency: number): number;
  /** 95 % band of the law at this concurrency, for the mean and not for a single measurement; null for three points. */
  band(concurrency: number): { readonly lower: number; readonly upper: number } | null;
}

/**
 * X(N) = N / (a + b·(N−1) + c·N·(N−1)), which is the law with a = 1/λ, b = σ/λ and c = κ/λ. In these coefficients its
 * reciprocal is linear, and each bound is one of them being 0.
 */
type Coefficients = readonly [a: number, b: number, c: number];

/**
 * Universal Scalability Law, X(N) = λN / (1 + σ(N−1) + κN(N−1)) with σ, κ ≥ 0, fitted by non-linear least squares. Null
 * for fewer than three different concurrencies or where nothing was got through.
 * Method: Gunther, "A simple capacity model of massively parallel transaction systems", CMG 1993, and "Guerrilla
 * Capacity Planning" (2007), ch. 4–6; Levenberg–Marquardt (Marquardt, J. SIAM 11(2), 1963). The band is a percentile
 * bootstrap of the residuals (Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), §9.4), centred, and inflated
 * by √(n/(n−3)) for the three parameters and by the ratio of Student's t to the normal quantile, without which percentile
 * intervals of few points are too narrow (Hesterberg, The American Statistician 69(4), 2015). In simulations without the
 * latter, 92 % of the bands of 12 points and 86 % of those of 6 covered the truth; with it 93 to 96 % of those of 12, 6
 * and 4. Errors are taken to be alike at all concurrencies.
 *
 * @param random for the bootstrap
 * @param resamples how many samples are drawn and fitted again for the band: 0.1 to 0.4 s for 1000
 * @throws RangeError for a concurrency below 1 and a throughput below 0
 */
export function universalScalability(
  points: readonly ScalingPoint[],
  random: Random,
  resamples = 1000,
): Scalability | null {
  checkPoints(points);
  const different = new Set(points.map((point) => point.concurrency)).size;
  if (different < 3 || points.every((point) => point.throughput === 0)) return null;
  const best = leastSquares(points, firstGuess(points));
  const resampled = points.length > 3 ? bootstrap(points, best, random, resamples) : [];
  return {
    lambda: 1 / best[0],
    sigma: best[1] / best[0],
    kappa: best[2] / best[0],
    rSquared: rSquared(points, best),
    peak: isFalling(points, best) ? peakOf(best, Math.max(...points.map((point) => point.concurrency))) : null,
    predict: (concurrency) => throughputAt(best, concurrency),
    band(concurrency) {
      const predictions = resampled.map((coefficients) => throughputAt(coefficients, concurrency));
      const [lower, upper] = [quantile(predictions, 0.025), quantile(predictions, 0.975)];
      return lower === null || upper === null ? null : { lower, upper };
    },
  };
}

function checkPoints(points: readonly ScalingPoint[]): void {
  for (const { concurrency, throughput } of points) {
    if (!(concurrency >= 1 && Number.isFinite(concurrency))) {
      throw new RangeError(`a concurrency is a number from 1, not ${concurrency}`);
    }
    if (!(throughput >= 0 && Number.isFinite(throughput))) {
      throw new RangeError(`a throughput is a number from 0, not ${throughput}`);
    }
  }
}

function throughputAt([a, b, c]: Coefficients, n: number): number {
  return n / (a + b * (n - 1) + c * n * (n - 1));
}

/** Is κ more than chance? */
function isFalling(points: readonly ScalingPoint[], best: Coefficients): boolean {
  const free = points.length - 3;
  if (free < 1 || best[2] === 0) return false;
  // Rounding is no error to hold anything against.
  const rounding = 1e-18 * points.reduce((sum, point) => sum + point.throughput ** 2, 0);
  const error = Math.max(squaredError(points, best), rounding);
  const without = squaredError(points, leastSquares(points, [best[0], best[1], 0], [0, 1]));
  return without - error > studentQuantile(0.975, free) ** 2 * (error / free);
}

/** dX/dN = 0 at N = √((1−σ)/κ); with σ ≥ 1 throughput falls from the first. */
function peakOf([a, b, c]: Coefficients, greatest: number): ScalingPoint | null {
  if (c === 0) return null;
  const concurrency = Math.max(1, Math.sqrt(Math.max(0, (a - b) / c)));
  if (concurrency > greatest) return null;
  return { concurrency, throughput: throughputAt([a, b, c], concurrency) };
}

function squaredError(points: readonly ScalingPoint[], coefficients: Coefficients): number {
  return points.reduce((sum, { concurrency, throughput }) => {
    const prediction = throughputAt(coefficients, concurrency);
    // Beyond a pole the law means nothing.
    return prediction > 0 ? sum + (throughput - prediction) ** 2 : Number.POSITIVE_INFINITY;
  }, 0);
}

function rSquared(points: readonly ScalingPoint[], coefficients: Coefficients): number | null {
  const mean = points.reduce((sum, point) => sum + point.throughput, 0) / points.length;
  const total = points.reduce((sum, point) => sum + (point.throughput - mean) ** 2, 0);
  return total === 0 ? null : 1 - squaredError(points, coefficients) / total;
}

/** Scales linearly, a little less with each worker; as fast as the best point. */
function firstGuess(points: readonly ScalingPoint[]): Coefficients {
  const perWorker = Math.max(...points.map((point) => point.throughput / point.concurrency));
  return [1 / perWorker, 0.05 / perWorker, 0.0001 / perWorker];
}

/** Where the best coefficients of all are negative, the best allowed ones lie on a bound: with b = 0, c = 0 or both. */
function leastSquares(
  points: readonly ScalingPoint[],
  start: Coefficients,
  wanted: readonly number[] = [0, 1, 2],
): Coefficients {
  const free = descend(points, start, wanted);
  if (free[1] >= 0 && free[2] >= 0) return free;
  const onBounds = [
    ...(wanted.includes(2) ? [descend(points, [start[0], 0, start[2]], [0, 2])] : []),
    descend(points, [start[0], start[1], 0], [0, 1]),
    descend(points, [start[0], 0, 0], [0]),
  ];
  const allowed = onBounds.filter(([, b, c]) => b >= 0 && c >= 0);
  return allowed.reduce((best, other) => (squaredError(points, other) < squaredError(points, best) ? other : best));
}

/** Levenberg–Marquardt in those of the coefficients that are named in `free`, until the error changes by 1e-12 of it. */
function descend(points: readonly ScalingPoint[], start: Coefficients, free: readonly number[]): Coefficients {
  const negligible = 1e-24 * points.reduce((sum, point) => sum + point.throughput ** 2, 0);
  let [current, error, damping] = [start, squaredError(points, start), 1e-3];
  for (let step = 0; step < 200 && damping < 1e9 && error > negligible; step++) {
    const next = stepFrom(points, current, free, damping);
    const nextError = squaredError(points, next);
    const settled = Math.abs(error - nextError) <= 1e-12 * error;
    const better = nextError <= error;
    if (better) [current, error] = [next, nextError];
    if (settled) break;
    damping *= better ? 0.1 : 10;
  }
  return current;
}

function stepFrom(
  points: readonly ScalingPoint[],
  current: Coefficients,
  free: readonly number[],
  damping: number,
): Coefficients {
  const rows = points.map(({ concurrency, throughput }) => {
    const prediction = throughputAt(current, concurrency);
    const weight = -(prediction ** 2) / concurrency;
    const gradient = [1, concurrency - 1, concurrency * (concurrency - 1)].map((term) => weight * term);
    return { gradient: free.map((index) => gradient[index] ?? 0), residual: throughput - prediction };
  });
  const normal = free.map((_, i) =>
    free.map((__, j) => {
      const sum = rows.reduce((total, { gradient }) => total + (gradient[i] ?? 0) * (gradient[j] ?? 0), 0);
      return i === j ? sum * (1 + damping) : sum;
    }),
  );
  const right = free.map((_, i) => rows.reduce((sum, row) => sum + (row.gradient[i] ?? 0) * row.residual, 0));
  const change = solve(normal, right);
  const moved = (index: number) => (current[index] ?? 0) + (change[free.indexOf(index)] ?? 0);
  return [moved(0), moved(1), moved(2)];
}

/** Gaussian elimination. Symmetric and positive definite: no pivoting (Golub & Van Loan, "Matrix Computations", §4.2). */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  for (const [i, pivot] of rows.entries()) {
    for (const row of rows.slice(i + 1)) {
      const factor = (row[i] ?? 0) / (pivot[i] ?? 1);
      for (let k = i; k < row.length; k++) row[k] = (row[k] ?? 0) - factor * (pivot[k] ?? 0);
    }
  }
  const solution = right.map(() => 0);
  for (const [i, row] of [...rows.entries()].reverse()) {
    const known = solution.reduce((sum, value, k) => (k > i ? sum + value * (row[k] ?? 0) : sum), 0);
    solution[i] = ((row.at(-1) ?? 0) - known) / (row[i] ?? 1);
  }
  return solution;
}

function bootstrap(
  points: readonly ScalingPoint[],
  best: Coefficients,
  random: Random,
  resamples: number,
): readonly Coefficients[] {
  const n = points.length;
  const residuals = points.map((point) => point.throughput - throughputAt(best, point.concurrency));
  const mean = residuals.reduce((sum, residual) => sum + residual, 0) / n;
  const inflation = Math.sqrt(n / (n - 3)) * (studentQuantile(0.975, n - 3) / normalQuantile(0.975));
  return Array.from({ length: resamples }, () => {
    const resample = points.map(({ concurrency }) => {
      const drawn = ((residuals[Math.floor(random() * n)] ?? mean) - mean) * inflation;
      return { concurrency, throughput: Math.max(0, throughputAt(best, concurrency) + drawn) };
    });
    return leastSquares(resample, best);
  });
}
