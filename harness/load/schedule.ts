import type { Arrivals } from './load.ts';

/** Arrivals by the clock, whatever the answers do. */
export type OpenArrivals = Exclude<Arrivals, { kind: 'closed' }>;

/**
 * When each request is due, in nanoseconds after the scenario's start, as k6 schedules it: in whole nanoseconds.
 *
 * At a constant rate request n is due after n periods, the first one at once, and a period is cut off to whole nanoseconds
 * (`getTickerPeriod` in `lib/executor/helpers.go` of k6 2.1): at 300/s that is 0.36 ms in an hour, at 19,999/s 10 µs in
 * each second. Of a ramp it is due when the integral of the rate reaches n + 1: k6 counts events from 1 there (`cal` in
 * `lib/executor/ramping_arrival_rate.go`).
 */
export function dueTimes(arrivals: OpenArrivals): (request: number) => number {
  if (arrivals.kind === 'constant') {
    const periodNs = periodOf(arrivals.ratePerSecond);
    return (request) => request * periodNs;
  }
  const { fromPerSecond: from, toPerSecond: to, durationMs } = arrivals;
  if (from === to) return (request) => Math.trunc(((request + 1) * 1e9) / from);
  const seconds = durationMs / 1000;
  // The area under the rate up to t is from·t + (to − from)·t² / (2·seconds), solved for t. Below zero by rounding only.
  return (request) => {
    const root = Math.sqrt(Math.max(0, seconds * (from * from * seconds + 2 * (request + 1) * (to - from))));
    return Math.trunc(((from * seconds - root) / (from - to)) * 1e9);
  };
}

/** From one request to the next at a constant rate, in nanoseconds, as k6 has it. */
export function periodOf(ratePerSecond: number): number {
  return Math.floor(1e9 / ratePerSecond);
}

/** A plan with its warm-up, as the generator sends it. */
export function withWarmUp<A extends Arrivals>(arrivals: A, warmUpMs: number): A {
  return { ...arrivals, durationMs: arrivals.durationMs + warmUpMs };
}

/** Requests of a whole plan: at a constant rate those that are due before its end. */
export function plannedRequests(arrivals: OpenArrivals): number {
  const seconds = arrivals.durationMs / 1000;
  if (arrivals.kind === 'constant') return Math.ceil((arrivals.durationMs * 1e6) / periodOf(arrivals.ratePerSecond));
  return Math.floor(((arrivals.fromPerSecond + arrivals.toPerSecond) / 2) * seconds);
}

/** The rate that is planned at a moment after the start. */
export function rateAt(arrivals: OpenArrivals, atMs: number): number {
  if (arrivals.kind === 'constant') return arrivals.ratePerSecond;
  const { fromPerSecond: from, toPerSecond: to, durationMs } = arrivals;
  return from + ((to - from) * Math.min(atMs, durationMs)) / durationMs;
}

export function highestRate(arrivals: OpenArrivals): number {
  return arrivals.kind === 'constant' ? arrivals.ratePerSecond : Math.max(arrivals.fromPerSecond, arrivals.toPerSecond);
}

/** Of a whole plan those that are due before its measurement begins. */
export function plannedInWarmUp(arrivals: OpenArrivals, warmUpMs: number): number {
  return warmUpMs === 0 ? 0 : plannedRequests({ ...arrivals, durationMs: warmUpMs });
}
