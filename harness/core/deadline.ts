import { GivreError } from './errors.ts';

/**
 * Waits for some work no longer than `deadlineMs`; its signal then aborts, and nobody waits for what it does with that.
 * `Number.POSITIVE_INFINITY`: as long as it takes.
 *
 * @throws GivreError `E_DEADLINE`
 */
export async function withDeadline<T>(
  what: string,
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const working = work(over.signal);
  if (deadlineMs === Number.POSITIVE_INFINITY) return await working;
  // A timer of its own, not AbortSignal.timeout: that one would let the process end while something is being waited for.
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${what} did not come to an end within ${deadlineMs / 1000} s`;
      const error = new GivreError({ code: 'E_DEADLINE', message });
      reject(error);
      over.abort(error);
    }, deadlineMs);
  });
  // Whoever gives up on it hears of it from the deadline.
  working.catch(() => {});
  return await Promise.race([working, late]).finally(() => clearTimeout(timer));
}
