/**
 * Wall clock of this process, nanoseconds since 1970. It does not step while the process lives: set once at its start,
 * it goes on by the monotonic clock.
 */
export function wallClockNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n;
}
