import { median } from './quantile.ts';
import { studentQuantile, studentSurvival } from './regression.ts';

interface Reading {
  readonly x: number;
  readonly y: number;
}

/** How fast something grows that is read again and again. */
export interface Growth {
  /** Of y for each unit of x. */
  readonly slope: number;
  /** 95 % interval of the slope; null for fewer than five readings. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** y at the last x without that reading's own error. */
  readonly level: number;
}

/** How readings depart from a straight line. */
type Noise =
  /** Each error is this share of the one before, one usual step earlier, and something new; 0: independent. */
  | { readonly kind: 'returning'; readonly phi: number; readonly prior: number }
  /** Errors add up (a random walk); a reading's own error has `own` times the variance of a step. */
  | { readonly kind: 'accumulating'; readonly own: number; readonly prior: number };

/**
 * What readings may be like, and how much is set on each before they are seen. The weights are no beliefs: they were chosen
 * by simulation so that an interval holds the truth in about 95 % of cases whichever of these it is. Few readings do not
 * show whether errors add up, so that it is taken for granted there: what returns to the line has less and less weight
 * below {@link ENOUGH} readings, and their intervals are wider than they need be if nothing does add up.
 */
const NOISES: readonly Noise[] = [
  ...[
    [0, 5],
    [0.3, 1],
    [0.6, 1],
    [0.8, 0.3],
    [0.9, 0.1],
  ].map(([phi = 0, prior = 0]) => ({ kind: 'returning' as const, phi, prior })),
  ...[
    // Not 0, with which the first reading would be exact.
    [1e-4, 20],
    [0.1, 1],
    [0.3, 1],
    [1, 1],
    [3, 0.5],
    [10, 0.3],
    [30, 0.1],
    [100, 0.1],
    [1000, 0.01],
  ].map(([own = 1, prior = 0]) => ({ kind: 'accumulating' as const, own, prior })),
];
const ENOUGH = 400;
const FEWEST = 5;
/** What has less of the weight than this changes nothing. */
const NEGLIGIBLE = 1e-4;

/**
 * Slope of readings whose errors may be independent, resemble their neighbours, or add up from one to the next, as memory
 * in use does: around a line through a random walk without any growth, least squares and Theil–Sen are sure of one in nine
 * of ten cases. Null for fewer than two different x. Readings at the same x count as their mean.
 *
 * The slope is estimated by generalised least squares under each kind of error; the estimates are weighted by their
 * restricted likelihood, and the interval is that of the mixture of their Student distributions, so that it knows that the
 * kind is not known. Wild values make it wide. How often it holds the truth: `npm run bench:statistics -- --only growth`.
 * Method: restricted likelihood as the marginal one under a flat prior of the line, Harville, Biometrika 61(2), 1974; a
 * level that wanders, with errors of reading, as whitened by the Kalman filter: Harvey, "Forecasting, Structural Time
 * Series Models and the Kalman Filter" (1989), §3.4 and §4.3; averaging over models: Hoeting et al., Statistical
 * Science 14(4), 1999.
 *
 * @throws RangeError for readings that are not finite
 */
export function growthOf(readings: readonly Reading[], confidence = 0.95): Growth | null {
  if (!readings.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))) {
    throw new RangeError('growth exists between finite readings only');
  }
  const series = inOrder(readings);
  const [first, last] = [series[0], series.at(-1)];
  if (first === undefined || last === undefined || series.length < 2) return null;
  if (series.every(({ y }) => y === first.y)) {
    const bound = series.length < FEWEST ? null : 0;
    return { slope: 0, lower: bound, upper: bound, level: last.y };
  }
  if (series.length === 2) {
    return { slope: (last.y - first.y) / (last.x - first.x), lower: null, upper: null, level: last.y };
  }
  const fits = weighted(series);
  const level = fits.reduce((sum, fit) => sum + fit.weight * fit.level, 0);
  const at = (share: number) => mixtureQuantile(fits, series.length - 2, share);
  const tail = (1 - confidence) / 2;
  const bounded = series.length >= FEWEST;
  return { slope: at(0.5), lower: bounded ? at(tail) : null, upper: bounded ? at(1 - tail) : null, level };
}

function inOrder(readings: readonly Reading[]): Reading[] {
  const same = Map.groupBy(readings, ({ x }) => x);
  return [...same]
    .map(([x, group]) => ({ x, y: group.reduce((sum, { y }) => sum + y, 0) / group.length }))
    .sort((a, b) => a.x - b.x);
}

interface Fit {
  readonly slope: number;
  readonly standardError: number;
  readonly level: number;
  /** Log of restricted likelihood and prior weight, up to what all fits share. */
  readonly logWeight: number;
}

type Weighted = Fit & { readonly weight: number };

function weighted(series: readonly Reading[]): Weighted[] {
  const trust = Math.min(1, (series.length / ENOUGH) ** 4);
  const fits = NOISES.map((noise) => fitWith(noise, series, noise.prior * (noise.kind === 'returning' ? trust : 1)));
  const best = Math.max(...fits.map((fit) => fit.logWeight));
  const kept = fits.filter((fit) => Math.exp(fit.logWeight - best) > NEGLIGIBLE);
  const total = kept.reduce((sum, fit) => sum + Math.exp(fit.logWeight - best), 0);
  return kept.map((fit) => ({ ...fit, weight: Math.exp(fit.logWeight - best) / total }));
}

/** Generalised least squares is ordinary least squares of what is left when each reading is foretold from those before. */
function fitWith(noise: Noise, series: readonly Reading[], prior: number): Fit {
  const { rows, scale } = standardised(series);
  const { innovations, logVariance, state } = whitened(noise, rows);
  const { start, slope, squares, determinant, oneOne } = leastSquares(innovations);
  const free = series.length - 2;
  // A perfect line has no errors to tell one kind from another.
  const left = Math.max(squares, free * EXACT);
  const lastX = rows.at(-1)?.x ?? 0;
  const departure = state.y - start * state.one - slope * state.x;
  return {
    slope: (slope * scale.y) / scale.x,
    standardError: (Math.sqrt(((left / free) * oneOne) / determinant) * scale.y) / scale.x,
    level: scale.firstY + scale.y * (start + slope * lastX + departure),
    logWeight: Math.log(prior) - (logVariance + Math.log(determinant) + free * Math.log(left)) / 2,
  };
}

/** Squared error of a reading, as a share of how far readings lie apart, below which it is rounding. */
const EXACT = 1e-24;

/** A reading, with what it would be were it the constant 1 or its x. */
interface Row {
  readonly y: number;
  readonly one: number;
  readonly x: number;
}

/** In units that lose no digits: x in usual steps, y in the range of all, both from the first. */
function standardised(series: readonly Reading[]) {
  const [firstX, firstY] = [series[0]?.x ?? 0, series[0]?.y ?? 0];
  const steps = series.slice(1).map(({ x }, i) => x - (series[i]?.x ?? 0));
  const ys = series.map(({ y }) => y);
  const range = ys.reduce((a, b) => Math.max(a, b)) - ys.reduce((a, b) => Math.min(a, b));
  const scale = { x: median(steps) ?? 1, y: range, firstY };
  const rows = series.map(({ x, y }): Row => ({ y: (y - firstY) / scale.y, one: 1, x: (x - firstX) / scale.x }));
  return { rows, scale };
}

/**
 * Kalman filter of one hidden value: each row minus what those before let expect, in standard deviations of that. It is
 * the same linear filter for all three columns.
 */
function whitened(noise: Noise, rows: readonly Row[]) {
  let state: Row = { y: 0, one: 0, x: 0 };
  // Where errors add up the line's own start takes the first one up.
  let variance = noise.kind === 'accumulating' ? 0 : 1;
  const own = noise.kind === 'accumulating' ? noise.own : 0;
  let logVariance = 0;
  const innovations = rows.map((row, i): Row => {
    const steps = i === 0 ? 0 : row.x - (rows[i - 1]?.x ?? 0);
    const kept = noise.kind === 'accumulating' ? 1 : noise.phi ** steps;
    variance = noise.kind === 'accumulating' ? variance + steps : kept ** 2 * variance + 1 - kept ** 2;
    const expected = { y: kept * state.y, one: kept * state.one, x: kept * state.x };
    const innovation = { y: row.y - expected.y, one: row.one - expected.one, x: row.x - expected.x };
    const total = variance + own;
    const gain = variance / total;
    state = {
      y: expected.y + gain * innovation.y,
      one: expected.one + gain * innovation.one,
      x: expected.x + gain * innovation.x,
    };
    variance *= 1 - gain;
    logVariance += Math.log(total);
    const deviation = Math.sqrt(total);
    return { y: innovation.y / deviation, one: innovation.one / deviation, x: innovation.x / deviation };
  });
  return { innovations, logVariance, state };
}

function leastSquares(rows: readonly Row[]) {
  const [oneOne, oneX, xx] = [sum(rows, 'one', 'one'), sum(rows, 'one', 'x'), sum(rows, 'x', 'x')];
  const [yOne, yX] = [sum(rows, 'y', 'one'), sum(rows, 'y', 'x')];
  const determinant = oneOne * xx - oneX ** 2;
  const slope = (oneOne * yX - oneX * yOne) / determinant;
  const start = (xx * yOne - oneX * yX) / determinant;
  const squares = rows.reduce((total, { y, one, x }) => total + (y - start * one - slope * x) ** 2, 0);
  return { start, slope, squares, determinant, oneOne };
}

function sum(rows: readonly Row[], a: keyof Row, b: keyof Row): number {
  return rows.reduce((total, row) => total + row[a] * row[b], 0);
}

/** By bisection on the weighted mean of the fits' distribution functions. */
function mixtureQuantile(fits: readonly Weighted[], free: number, share: number): number {
  const below = (slope: number) =>
    fits.reduce((total, fit) => total + fit.weight * studentSurvival((fit.slope - slope) / fit.standardError, free), 0);
  const reach = studentQuantile(1 - Math.min(share, 1 - share) / (2 * fits.length), free);
  let low = Math.min(...fits.map((fit) => fit.slope - reach * fit.standardError));
  let high = Math.max(...fits.map((fit) => fit.slope + reach * fit.standardError));
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (below(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
