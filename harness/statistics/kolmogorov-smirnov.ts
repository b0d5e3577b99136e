import { ascending } from './quantile.ts';

export interface KolmogorovSmirnov {
  /** The largest distance between the two distribution functions. */
  readonly statistic: number;
  /** Two-sided: how probable a distance of this size or more is, if the distributions are the same. */
  readonly p: number;
}

/** Up to this many values, and pairs of values, p is exact. */
const EXACT_ONE_SAMPLE = 100;
const EXACT_TWO_SAMPLE_PAIRS = 10_000;

/**
 * Do the values come from this distribution? Null for an empty sample. The distribution must be continuous and known
 * beforehand: with parameters estimated from the same values p is far too large.
 * Method: Kolmogorov 1933. p is exact up to 100 values (Marsaglia, Tsang & Wang, "Evaluating Kolmogorov's
 * distribution", J. Statistical Software 8(18), 2003), asymptotic with Stephens' correction above.
 *
 * @param cdf the distribution function, from 0 to 1
 */
export function kolmogorovSmirnov(values: readonly number[], cdf: (value: number) => number): KolmogorovSmirnov | null {
  const n = values.length;
  if (n === 0) return null;
  const distances = ascending(values).map((value, i) => {
    const share = cdf(value);
    if (!(share >= 0 && share <= 1)) throw new RangeError(`a distribution function is from 0 to 1, not ${share}`);
    return Math.max((i + 1) / n - share, share - i / n);
  });
  // Not Math.max(...): there may be more values than a call takes arguments.
  const statistic = distances.reduce((largest, distance) => Math.max(largest, distance), 0);
  return { statistic, p: n <= EXACT_ONE_SAMPLE ? 1 - exactOneSample(n, statistic) : asymptotic(n, statistic) };
}

/**
 * Do two samples come from the same distribution? Null when either is empty.
 * Method: Smirnov 1939. p is exact, also with ties, up to 10,000 pairs of values: it counts the orders of the pooled
 * values that stay closer together, looking only where the value changes (Schröer & Trenkler, "Exact and randomization
 * distributions of Kolmogorov–Smirnov tests for two or three samples", Computational Statistics & Data Analysis 20(2),
 * 1995). Above that it is asymptotic with Stephens' correction, and too large where there are ties.
 */
export function kolmogorovSmirnovTwoSample(
  first: readonly number[],
  second: readonly number[],
): KolmogorovSmirnov | null {
  const [m, n] = [first.length, second.length];
  if (m === 0 || n === 0) return null;
  const pooled = ascending([...first, ...second]);
  const ends = pooled.map((value, i) => value !== pooled[i + 1]);
  const [one, two] = [ascending(first), ascending(second)];
  let [i, j, largest] = [0, 0, 0];
  for (const [at, value] of pooled.entries()) {
    if (ends[at] !== true) continue;
    while (i < m && (one[i] ?? 0) <= value) i += 1;
    while (j < n && (two[j] ?? 0) <= value) j += 1;
    // In whole numbers, so that equal distances are equal.
    largest = Math.max(largest, Math.abs(i * n - j * m));
  }
  const statistic = largest / (m * n);
  const exact = m * n <= EXACT_TWO_SAMPLE_PAIRS;
  return { statistic, p: exact ? exactTwoSample(m, n, largest, ends) : asymptotic((m * n) / (m + n), statistic) };
}

/**
 * Survival function of the Kolmogorov distribution: P(K > x) for the limit of √n·D.
 * Method: the two classical series, whichever converges fast (Feller, Annals of Mathematical Statistics 19(2), 1948).
 */
export function kolmogorovSurvival(x: number): number {
  if (x <= 0) return 1;
  const terms = Array.from({ length: 20 }, (_, i) => i + 1);
  if (x < 1.18) {
    const sum = terms.reduce((total, k) => total + Math.exp(-((2 * k - 1) ** 2 * Math.PI ** 2) / (8 * x * x)), 0);
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  return 2 * terms.reduce((total, k) => total + (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * x * x), 0);
}

/** Stephens, J. Royal Statistical Society B 32(1), 1970: the limit, reached sooner. */
function asymptotic(n: number, statistic: number): number {
  const root = Math.sqrt(n);
  return kolmogorovSurvival((root + 0.12 + 0.11 / root) * statistic);
}

/** P(D < d): n!/nⁿ times an entry of the n-th power of a matrix of size 2⌈nd⌉ − 1. */
function exactOneSample(n: number, d: number): number {
  if (d <= 0.5 / n) return 0;
  if (d >= 1) return 1;
  const k = Math.ceil(n * d);
  const h = k - n * d;
  const size = 2 * k - 1;
  const power = matrixPower(stepMatrix(size, h), n);
  let probability = power[k - 1]?.[k - 1] ?? 0;
  for (let i = 1; i <= n; i++) probability *= i / n;
  return Math.min(1, Math.max(0, probability));
}

/** The matrix H of Marsaglia, Tsang & Wang. */
function stepMatrix(size: number, h: number): number[][] {
  const corner = (1 - 2 * h ** size + Math.max(0, 2 * h - 1) ** size) / factorial(size);
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => {
      if (column > row + 1) return 0;
      if (row === size - 1 && column === 0) return corner;
      const length = row - column + 1;
      if (column === 0) return (1 - h ** length) / factorial(length);
      if (row === size - 1) return (1 - h ** (size - column)) / factorial(size - column);
      return 1 / factorial(length);
    }),
  );
}

function factorial(k: number): number {
  let product = 1;
  for (let i = 2; i <= k; i++) product *= i;
  return product;
}

/** By squaring. Entries stay below nⁿ/n!, e¹⁰⁰ for n = 100. */
function matrixPower(matrix: readonly (readonly number[])[], exponent: number): readonly (readonly number[])[] {
  if (exponent === 1) return matrix;
  const half = matrixPower(matrix, Math.floor(exponent / 2));
  const square = multiply(half, half);
  return exponent % 2 === 0 ? square : multiply(square, matrix);
}

function multiply(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  return a.map((row) => {
    const product = new Array<number>(row.length).fill(0);
    for (const [k, factor] of row.entries()) {
      if (factor === 0) continue;
      for (const [column, entry] of (b[k] ?? []).entries()) product[column] = (product[column] ?? 0) + factor * entry;
    }
    return product;
  });
}

/**
 * P(D ≥ d), given the pooled values. Every order in which the values of the two samples may appear is a path; `reached`
 * holds, for each point of the lattice, the probability to have come there without a distance of d on the way.
 *
 * @param largest the distance times mn
 * @param ends whether the pooled value of this rank is the last of its ties: only there do distribution functions count
 */
function exactTwoSample(m: number, n: number, largest: number, ends: readonly boolean[]): number {
  const reached = new Array<number>(n + 1).fill(0);
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      const steps = i + j;
      if (steps === 0) {
        reached[0] = 1;
        continue;
      }
      // The next value is drawn from what is left of each sample.
      const left = m + n - steps + 1;
      const fromFirst = i === 0 ? 0 : ((reached[j] ?? 0) * (m - i + 1)) / left;
      const fromSecond = j === 0 ? 0 : ((reached[j - 1] ?? 0) * (n - j + 1)) / left;
      const far = ends[steps - 1] === true && Math.abs(i * n - j * m) >= largest;
      reached[j] = far ? 0 : fromFirst + fromSecond;
    }
  }
  return Math.min(1, Math.max(0, 1 - (reached[n] ?? 0)));
}
