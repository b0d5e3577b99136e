import { betaQuantile } from './beta.ts';
import { normalQuantile } from './normal.ts';
import { studentQuantile } from './regression.ts';

/** Of one stretch of time: how many there were, and how many of them were of the kind that is counted. */
export interface Tally {
  readonly n: number;
  readonly hits: number;
}

export interface ShareEstimate {
  readonly n: number;
  readonly hits: number;
  /** `hits / n`. */
  readonly share: number;
  /** Two-sided interval of the share. */
  readonly lower: number;
  readonly upper: number;
  /** How many independent ones say as much about the share: at most `n`, fewer when hits come in clusters. */
  readonly effective: number;
}

/** Few batches, so that each is long against a cluster; by simulation seven would call a share low too often. */
const BATCHES = 5;
/** Of two batches nobody can tell how far they would differ. */
const FEWEST_BATCHES = 3;

/**
 * The share of hits in what came one after the other, where hits may come in clusters: an exact (Clopper–Pearson) interval
 * of as many independent ones as say the same. How much fewer these are is told by the counts of five batches in order of
 * time: by how much they differ more than independent ones would, and by Student's t for so few batches. Clusters so rare
 * that none fell into the time watched cannot be known of.
 * Method: Korn & Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated
 * from survey data", Survey Methodology 24(2), 1998; batches as in Schmeiser, "Batch size effects in the analysis of
 * simulation output", Operations Research 30(3), 1982.
 *
 * @param tallies in order of time, each of as long a time, such as one per second
 * @returns null where there was nothing, or fewer than three tallies
 */
export function shareOverTime(tallies: readonly Tally[], confidence = 0.95): ShareEstimate | null {
  const { n, hits } = sumOf(tallies);
  if (n === 0 || tallies.length < FEWEST_BATCHES) return null;
  return estimate(n, hits, n / clustering(tallies, confidence), confidence);
}

function estimate(n: number, hits: number, effective: number, confidence: number): ShareEstimate {
  const tail = (1 - confidence) / 2;
  const k = (hits / n) * effective;
  return {
    n,
    hits,
    share: hits / n,
    lower: hits === 0 ? 0 : betaQuantile(tail, k, effective - k + 1),
    upper: hits === n ? 1 : betaQuantile(1 - tail, k + 1, effective - k),
    effective,
  };
}

/** How many times as many ones are needed as if each were independent; at least 1. */
function clustering(tallies: readonly Tally[], confidence: number): number {
  const count = Math.min(BATCHES, tallies.length);
  const edge = (batch: number): number => Math.floor((batch * tallies.length) / count);
  const batches = Array.from({ length: count }, (_, i) => sumOf(tallies.slice(edge(i), edge(i + 1))));
  const { n, hits } = sumOf(batches);
  const share = hits / n;
  if (share === 0 || share === 1) return 1;
  const squares = batches.reduce((sum, batch) => sum + (batch.hits - share * batch.n) ** 2, 0);
  const asIndependent = n * share * (1 - share);
  const ofFew = studentQuantile((1 + confidence) / 2, count - 1) / normalQuantile((1 + confidence) / 2);
  return Math.max(1, ((squares * count) / (count - 1) / asIndependent) * ofFew ** 2);
}

/** Beyond this many nobody waits. */
const MOST_NEEDED = 1e9;

/**
 * How many it takes until the interval lies on one side of the limit, if share and clustering remain as they are.
 *
 * @returns null where that takes more than a thousand million, as for a share that is the limit itself
 */
export function neededToDecide(found: ShareEstimate, limit: number, confidence = 0.95): number | null {
  const { n, hits, effective } = found;
  const decides = (times: number): boolean => {
    const { lower, upper } = estimate(n * times, hits * times, effective * times, confidence);
    return upper < limit || lower >= limit;
  };
  if (decides(1)) return n;
  let [low, high] = [1, 2];
  while (!decides(high)) {
    low = high;
    high *= 2;
    if (high * n > MOST_NEEDED) return null;
  }
  while ((high - low) * n > 1) {
    const middle = (low + high) / 2;
    if (decides(middle)) high = middle;
    else low = middle;
  }
  return Math.ceil(high * n - 1e-6);
}

function sumOf(tallies: readonly Tally[]): Tally {
  return tallies.reduce((sum, it) => ({ n: sum.n + it.n, hits: sum.hits + it.hits }), { n: 0, hits: 0 });
}
