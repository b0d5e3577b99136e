import type { Random } from '../../core/random.ts';
import { normal } from '../../statistics/noise.ts';

/**
 * How a simulated platform answers. Latencies are not simulated, only how many requests are later than the objective
 * allows, in each second: at a steady rate by `lateAt`, and where more comes than `capacity` by what waits.
 */
export interface ResponseCurve {
  /** Requests per second: above this more are late, or fail, than the objective allows. What a search has to find. */
  readonly limit: number;
  /** Share of requests that are late at a steady rate, in the long run. */
  lateAt(ratePerSecond: number): number;
  /** Share that fail. */
  failedAt(ratePerSecond: number): number;
  /** What is answered per second at most, and by which power of the overload it falls below that. */
  readonly capacity: number;
  readonly falling: number;
  /** Of the logarithm of the share of late requests, from second to second. */
  readonly noise: { readonly sigma: number; readonly phi: number };
  /** What closed loops have reached; undefined where there were none. */
  readonly ceiling: number | undefined;
}

/** Of the objective `p99<100ms,errors<0.1%`. */
export const LATE_ALLOWED = 0.01;
export const ERRORS_ALLOWED = 0.001;
const LATENCY_LIMIT_S = 0.1;

/** Requests per second. */
const LIMITS = [100, 10_000] as const;
/**
 * The share of requests beyond a measurement's own p95, from second to second: in eight measurements of a minute each at
 * 50/s, on a real faasd and the control, σ was 0 to 0.72, and successive counts correlated by 0.1 to 0.5.
 */
const SIGMA = 0.8;
const PHI = [0.3, 0.8] as const;
/** Ceiling of closed loops over the limit: 3 for `p99<100ms` on two cores where k6 runs, too. */
const HEADROOM = [1.05, 3.5] as const;

export const curveKinds = ['queue', 'soft', 'cliff', 'falling'] as const;

/** One of those that a search meets, its limit drawn evenly on the logarithmic scale. */
export function drawCurve(kind: (typeof curveKinds)[number], random: Random): ResponseCurve {
  const limit = between(random, LIMITS);
  const noise = { sigma: SIGMA * random(), phi: between(random, PHI) };
  const shape = SHAPES[kind](limit, random);
  // Half of the searches have closed loops before them, which are off by a little.
  const ceiling = random() < 0.5 ? shape.capacity * Math.exp(0.03 * normal(random)) : undefined;
  return { limit, noise, ceiling, ...shape };
}

type Shape = Omit<ResponseCurve, 'limit' | 'noise' | 'ceiling'>;

const NONE = (): number => 0;

const SHAPES: Readonly<Record<(typeof curveKinds)[number], (limit: number, random: Random) => Shape>> = {
  queue(limit, random) {
    const servers = [1, 2, 4][Math.floor(random() * 3)] ?? 1;
    const capacity = capacityOfQueue(limit, servers);
    return {
      lateAt: (rate) => lateInQueue(rate, capacity, servers),
      failedAt: NONE,
      capacity,
      falling: 0,
    };
  },
  soft(limit, random) {
    const steepness = between(random, [6, 40]);
    return {
      lateAt: (rate) => Math.min(1, LATE_ALLOWED * Math.exp(steepness * (rate / limit - 1))),
      failedAt: NONE,
      capacity: limit * between(random, HEADROOM),
      falling: 0,
    };
  },
  cliff(limit, random) {
    const before = random() * 0.3 * LATE_ALLOWED;
    const after = between(random, [0.03, 1]);
    const fails = random() < 0.5;
    return {
      lateAt: (rate) => (rate <= limit || fails ? before : after),
      failedAt: (rate) => (rate <= limit || !fails ? 0 : after),
      capacity: limit * between(random, HEADROOM),
      falling: 0,
    };
  },
  falling(limit, random) {
    const shape = SHAPES.queue(limit, random);
    return { ...shape, falling: 0.5 + 1.5 * random() };
  },
};

/** Log-uniformly. */
function between(random: Random, [least, most]: readonly [number, number]): number {
  return least * (most / least) ** random();
}

/**
 * Share of requests that are in an M/M/c queue for longer than the objective allows.
 * D. Gross & C. Harris, "Fundamentals of Queueing Theory", 2.3: waiting by Erlang's C, then service.
 */
function lateInQueue(rate: number, capacity: number, servers: number): number {
  if (rate >= 0.999 * capacity) return 1;
  const busy = (rate * servers) / capacity;
  let [term, sum] = [1, 0];
  for (let k = 0; k < servers; k++) {
    sum += term;
    term *= busy / (k + 1);
  }
  const full = term / (1 - busy / servers);
  const waits = full / (sum + full);
  const perServer = (capacity / servers) * LATENCY_LIMIT_S;
  const spare = servers - 1 - busy;
  const extra = Math.abs(spare) < 1e-9 ? perServer : (1 - Math.exp(-perServer * spare)) / spare;
  return Math.exp(-perServer) * (1 + waits * extra);
}

function capacityOfQueue(limit: number, servers: number): number {
  let [low, high] = [limit, 100 * limit + 1_000 * servers];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (lateInQueue(limit, middle, servers) > LATE_ALLOWED) low = middle;
    else high = middle;
  }
  return high;
}

/** How much the machine itself differs from one step to the next, as the logarithm of its rates. */
export const BETWEEN_STEPS = 0.03;
/** On a ramp, which has no warm-up, it shows itself better or worse than it is: by a factor of two in one of forty. */
export const ON_RAMPS = 0.3;
/** In so many seconds it stands still once, for up to so long; in those eight minutes nothing took longer than 57 ms. */
const STOP_EVERY_S = 1_000;
const LONGEST_STOP_S = 0.3;
const PARTS = 10;

/** What one second has shown. */
export interface Second {
  readonly n: number;
  readonly late: number;
  readonly failed: number;
  readonly answered: number;
}

/**
 * Begins one measurement: each call is one more second of it, at a rate that goes evenly from one to the other.
 *
 * @param deviation of the machine, as the logarithm of its rates
 */
export function measurementOf(
  curve: ResponseCurve,
  random: Random,
  deviation: number,
): (from: number, to: number) => Second {
  const { sigma, phi } = curve.noise;
  const machine = Math.exp(deviation * normal(random));
  let waiting = 0;
  let state = normal(random);
  return (from, to) => {
    const rate = (from + to) / 2;
    const noise = Math.exp(sigma * state - sigma ** 2 / 2);
    state = phi * state + Math.sqrt(1 - phi ** 2) * normal(random);
    let [answered, overdue] = [0, 0];
    const stopS = random() < 1 / STOP_EVERY_S ? random() * LONGEST_STOP_S : 0;
    for (let part = 0; part < PARTS; part++) {
      const arriving = (from + ((to - from) * (part + 0.5)) / PARTS) / PARTS;
      const offered = arriving * PARTS;
      const capacity = machine * curve.capacity;
      const overload = Math.max(1, offered / capacity);
      const manages = (capacity / overload ** curve.falling) * (1 - Math.min(1, Math.max(0, stopS * PARTS - part)));
      const served = Math.min(waiting + arriving, manages / PARTS);
      waiting += arriving - served;
      answered += served;
      if (waiting > capacity * LATENCY_LIMIT_S) overdue += arriving;
    }
    const n = Math.max(0, Math.round(rate));
    const late = Math.max(overdue / rate, Math.min(1, noise * curve.lateAt(rate / machine)));
    const failed = drawn(random, n, curve.failedAt(rate / machine));
    return { n, failed, late: failed + drawn(random, n - failed, late), answered: answered - failed };
  };
}

/** A binomial number: by Poisson's law where few are expected, otherwise by the normal one. */
function drawn(random: Random, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p > 0.5) return n - drawn(random, n, 1 - p);
  const mean = n * p;
  if (mean > 20) return Math.min(n, Math.max(0, Math.round(mean + Math.sqrt(mean * (1 - p)) * normal(random))));
  const least = Math.exp(-mean);
  let k = 0;
  for (let product = random(); product > least; product *= random()) k += 1;
  return Math.min(n, k);
}
