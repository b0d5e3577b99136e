import { clusteredMedianInterval, clusteredQuantileInterval } from '../../harness/statistics/clustered.ts';
import { quantile, quantileInterval, samplesNeeded } from '../../harness/statistics/quantile.ts';
import { FEWEST_BLOCKS } from '../../harness/statistics/ratio.ts';

/** A quantile with its 95 % interval. Null instead of infinite: see `note`. */
export interface Estimate {
  readonly p: number;
  readonly valueNs: number | null;
  /** `valueNs` is null because it is infinite, and not for want of samples. */
  readonly never: boolean;
  readonly lowerNs: number | null;
  readonly upperNs: number | null;
  /**
   * What the interval speaks of: any deployment, or only the few that there were, whose differences from others nobody
   * knows. Null where there is none.
   */
  readonly over: 'deployments' | 'these' | null;
  readonly deployments: number;
  /** Exact coverage of the interval where it comes from independent samples; null otherwise. */
  readonly coverage: number | null;
  /** What is missing and why, or null. */
  readonly note: string | null;
}

/**
 * Quantile of the samples of all deployments, and its two-sided 95 % interval: over deployments where there are three or
 * more, otherwise over the samples of these. Far out in the tail an estimate without an upper bound is no estimate:
 * beyond p90 the value itself is withheld until the interval has both bounds. Where it is never that is said from as many
 * samples on as would do for a value, or as soon as the interval's lower bound is never, too.
 *
 * @param deployments times of each; Infinity where no correct answer came
 */
export function estimate(deployments: readonly (readonly number[])[], p: number): Estimate {
  const whole = deployments.filter((own) => own.length > 0);
  const timesNs = whole.flat();
  const value = quantile(timesNs, p);
  const none = {
    p,
    deployments: whole.length,
    valueNs: null,
    never: false,
    lowerNs: null,
    upperNs: null,
    over: null,
    coverage: null,
  };
  if (value === null) return { ...none, note: 'no samples' };
  const { lower, upper, over, coverage } = intervalOf(whole, p);
  const complete = lower !== null && upper !== null;
  const never = value === NEVER && (complete || p <= 0.9 || lower === NEVER || timesNs.length >= samplesNeeded(p));
  if (!complete && p > 0.9 && !never) return { ...none, note: withheldNote(timesNs.length, p) };
  return {
    ...none,
    valueNs: finite(value),
    never,
    lowerNs: complete ? finite(lower) : null,
    upperNs: complete ? finite(upper) : null,
    over: complete ? over : null,
    coverage: complete ? coverage : null,
    note: noteOf(timesNs.length, p, value, complete ? upper : null),
  };
}

const NEVER = Number.POSITIVE_INFINITY;

function intervalOf(deployments: readonly (readonly number[])[], p: number) {
  const isEachOne = deployments.every((own) => own.length === 1);
  const many = deployments.length >= FEWEST_BLOCKS;
  // Where each deployment has one sample, as each machine at L4, they are independent and the exact interval holds.
  const exact = !many || (isEachOne && deployments.length >= samplesNeeded(p));
  if (exact) {
    const { lower, upper, coverage } = quantileInterval(deployments.flat(), p);
    const over = many ? ('deployments' as const) : ('these' as const);
    return { lower: lower?.value ?? null, upper: upper?.value ?? null, over, coverage };
  }
  const bounds = p === 0.5 ? clusteredMedianInterval(deployments) : clusteredQuantileInterval(deployments, p);
  return { lower: bounds?.lower ?? null, upper: bounds?.upper ?? null, over: 'deployments' as const, coverage: null };
}

function withheldNote(n: number, p: number): string {
  const needed = samplesNeeded(p);
  return n < needed ? `needs n ≥ ${needed}` : 'needs more deployments';
}

function noteOf(n: number, p: number, value: number, upper: number | null): string | null {
  const needed = samplesNeeded(p);
  if (!Number.isFinite(value)) return 'no correct answer before the deadline';
  if (upper === Number.POSITIVE_INFINITY) return 'upper bound: no correct answer before the deadline';
  if (upper !== null) return null;
  return n < needed ? `interval needs n ≥ ${needed}` : 'interval needs more deployments';
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
