import { dropBody } from '../serving/body.ts';
import { integer } from '../serving/parameters.ts';
import { json, type Workload } from '../serving/workload.ts';

export const workload: Workload = {
  bodyLimitBytes: Number.POSITIVE_INFINITY,
  async answer({ parameters, body }) {
    const n = integer(parameters, 'n', { fallback: 100_000, low: 1, high: 10_000_000 });
    await dropBody(body);
    return json({ n, ...countPrimes(n) });
  },
};

/** The sieve of Eratosthenes over n + 1 bytes. */
function countPrimes(n: number): { readonly count: number; readonly largest: number } {
  const composite = new Uint8Array(n + 1);
  for (let factor = 2; factor * factor <= n; factor++) {
    if (composite[factor] === 1) continue;
    for (let multiple = factor * factor; multiple <= n; multiple += factor) composite[multiple] = 1;
  }
  let count = 0;
  let largest = 0;
  for (let number = 2; number <= n; number++) {
    if (composite[number] === 1) continue;
    count++;
    largest = number;
  }
  return { count, largest };
}
