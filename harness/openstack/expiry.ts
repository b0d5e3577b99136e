import type { Cloud } from './cloud.ts';

/**
 * When what is made or renewed now is over, unless it is renewed again: seconds since 1970 by the cloud's clock, which
 * whoever looks goes by as well. By this machine's only where the cloud does not tell its time.
 */
export function expiryAfter({ nowMs }: Pick<Cloud, 'nowMs'>, seconds: number): number {
  return Math.floor((nowMs() ?? Date.now()) / 1000) + seconds;
}
