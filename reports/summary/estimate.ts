import { quantile, quantileInterval, samplesNeeded } from '../../harness/statistics/quantile.ts';

/** A quantile with its exact order-statistic interval. Null instead of infinite: see `note`. */
export interface Estimate {
  readonly p: number;
  readonly valueNs: number | null;
  readonly lowerNs: number | null;
  readonly upperNs: number | null;
  /** Exact coverage of the interval; at least 0.95 when both bounds exist. */
  readonly coverage: number | null;
  /** What is missing and why, or null. */
  readonly note: string | null;
}

/**
 * Quantile and two-sided 95 % interval. Far out in the tail an estimate without an upper bound is no estimate:
 * beyond p90 the value itself is withheld until the interval has both bounds.
 */
export function estimate(timesNs: readonly number[], p: number): Estimate {
  const n = timesNs.length;
  const value = quantile(timesNs, p);
  if (value === null) return { p, valueNs: null, lowerNs: null, upperNs: null, coverage: null, note: 'no samples' };
  const interval = quantileInterval(timesNs, p);
  const needed = samplesNeeded(p);
  const complete = interval.lower !== null && interval.upper !== null;
  if (!complete && p > 0.9) {
    const note = `needs n ≥ ${needed}`;
    return { p, valueNs: null, lowerNs: null, upperNs: null, coverage: null, note };
  }
  return {
    p,
    valueNs: finite(value),
    lowerNs: complete ? finite(interval.lower?.value) : null,
    upperNs: complete ? finite(interval.upper?.value) : null,
    coverage: complete ? interval.coverage : null,
    note: noteOf(n, needed, value, interval.upper?.value),
  };
}

function noteOf(n: number, needed: number, value: number, upper: number | undefined): string | null {
  if (!Number.isFinite(value)) return 'no correct answer before the deadline';
  if (n < needed) return `interval needs n ≥ ${needed}`;
  if (upper === Number.POSITIVE_INFINITY) return 'upper bound: no correct answer before the deadline';
  return null;
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
