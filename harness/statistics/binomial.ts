/**
 * P(B ≤ k) for B ~ Binomial(n, p).
 * Method: exact sum of the probabilities, term by term in log space, so that n in the hundred thousands does not underflow.
 */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  if (p <= 0) return 1;
  if (p >= 1) return 0;
  const logOdds = Math.log(p) - Math.log1p(-p);
  let logTerm = n * Math.log1p(-p);
  let logSum = logTerm;
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i) + logOdds;
    logSum = logAdd(logSum, logTerm);
  }
  return Math.min(1, Math.exp(logSum));
}

/** The largest k with P(B ≤ k) ≤ `tail` for B ~ Binomial(n, p); −1 when even P(B = 0) is larger. Exact, in log space. */
export function binomialLowerTail(n: number, p: number, tail: number): number {
  const logTail = Math.log(tail);
  const logOdds = Math.log(p) - Math.log1p(-p);
  let logTerm = n * Math.log1p(-p);
  let logSum = logTerm;
  let k = -1;
  while (logSum <= logTail && k < n) {
    k += 1;
    logTerm += Math.log((n - k) / (k + 1)) + logOdds;
    logSum = logAdd(logSum, logTerm);
  }
  return k;
}

/** log(eᵃ + eᵇ) without overflow. */
function logAdd(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}
