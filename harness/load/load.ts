import type { Channel } from '../core/host.ts';
import type { FailureCount, Origin } from '../runs/schema.ts';
import type { Via } from './origin.ts';

/** How requests arrive. Open: by the clock, whatever the answers do. Closed: each connection waits for its answer. */
export type Arrivals =
  | { readonly kind: 'constant'; readonly ratePerSecond: number; readonly durationMs: number }
  /** At a rate that changes evenly from one to the other; whole numbers, as k6 has them. */
  | {
      readonly kind: 'ramping';
      readonly fromPerSecond: number;
      readonly toPerSecond: number;
      readonly durationMs: number;
    }
  | { readonly kind: 'closed'; readonly connections: number; readonly durationMs: number };

/** What is sent and what counts as the right answer. */
export interface LoadRequest {
  readonly url: string;
  /** Whose a wrong answer is depends on it. Default: what answers is the function itself. */
  readonly via?: Via;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** The same in each request; empty for none. */
  readonly body: Uint8Array;
  readonly expect: {
    readonly status: number;
    /** Exactly this body; undefined takes any. */
    readonly body?: string | Uint8Array;
    /** Exactly this many bytes; undefined takes any. */
    readonly bodyBytes?: number;
  };
}

export interface LoadPlan {
  /** Unique: each request carries `<id>-<number>` in the header `X-Givre-Request`. */
  readonly id: string;
  readonly request: LoadRequest;
  readonly arrivals: Arrivals;
  /** Whole seconds for which the same is sent before `arrivals` begin, in the same process; 0 where the rate changes. */
  readonly warmUpMs: number;
  /** After this long a request has failed. */
  readonly timeoutMs: number;
  /** Requests that may be under way at the same time; one more is dropped, which makes an open-loop measurement invalid. */
  readonly virtualUsers: number;
}

/** Where a generator runs: the machine under test itself, this one, or a machine of its own. */
export interface GeneratorPlace {
  /** Starts a program with all three streams attached; it ends when its standard input is closed. */
  open(argv: readonly string[]): Channel;
}

/**
 * What the requests that ended within one second have shown; those of the warm-up in seconds of their own. Histograms are
 * encoded (`harness/statistics/histogram.ts`).
 */
export interface LoadSecond {
  /** Since the scenario's start, from 0. */
  readonly second: number;
  /** Its requests were due in the warm-up, in a closed loop sent in it. */
  readonly warmUp: boolean;
  readonly ok: number;
  readonly failed: number;
  readonly dropped: number;
  /** Time when the request should have been sent → end of the answer, failed requests included. Empty in a closed loop. */
  readonly intended: string;
  /** Request sent → end of the answer, connecting included. */
  readonly service: string;
  /** Time when the request should have been sent → sent. Empty in a closed loop. */
  readonly lag: string;
  /** Of the intended latency, in a closed loop of the service latency; null in a second without an answer. */
  readonly p50Ns: number | null;
  readonly p99Ns: number | null;
}

/** One request by itself. */
export interface RequestRecord {
  /** Number of the request within the plan, from 0. */
  readonly request: number;
  readonly warmUp: boolean;
  /** After the scenario's start. */
  readonly sentNs: number;
  readonly serviceNs: number;
  readonly intendedNs: number | null;
  /** 0: no answer. */
  readonly status: number;
  /** The generator's own word for what went wrong; null when nothing did. */
  readonly error: string | null;
  /** Whose fault it was, and what was said; null when nothing went wrong. */
  readonly origin: Origin | null;
  readonly words: string | null;
  readonly ok: boolean;
}

/** One of several generators that share one plan. */
export interface GeneratorShare {
  /** For messages: the machine's name. */
  readonly name: string;
  readonly sent: number;
  readonly cpuNs: number | null;
  /** When its share began, after that of the first one to begin, by one clock; known to within ± `boundNs`. */
  readonly startedNs: number;
  readonly boundNs: number;
  /** How far its wall clock has moved against ours meanwhile, beyond what cannot be told. */
  readonly clockDriftNs: number;
}

/** What of a result is the warm-up's: requests that were due in it, in a closed loop those sent in it. */
interface WarmUpCounts {
  /** 0 where `planned` is null. */
  readonly planned: number;
  readonly ok: number;
  readonly failed: number;
  readonly dropped: number;
  readonly connections: number;
}

/** Everything a generator, or several that share a plan, have to say of it; counts are with the warm-up. */
export interface LoadResult {
  readonly generator: { readonly name: 'k6' | 'autocannon'; readonly version: string };
  /** Requests that the plan asked for; null in a closed loop, where nobody knows before. */
  readonly planned: number | null;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** Requests that should have been sent and were not, for want of a virtual user. */
  readonly dropped: number;
  readonly warmUp: WarmUpCounts;
  /** Connections that were opened, and how many the generator needs at once; null where it does not say. */
  readonly connections: number;
  readonly expectedConnections: number | null;
  /** Wall clock when the first request should have been sent; nanoseconds since 1970, decimal. */
  readonly startedRealtimeNs: string;
  /** First planned request → end of the last answer. */
  readonly durationNs: number;
  readonly seconds: readonly LoadSecond[];
  /** Every failed request, up to a limit, and the slowest after the warm-up. */
  readonly requests: readonly RequestRecord[];
  /** Failed requests that `requests` has no room for. */
  readonly failedNotKept: number;
  /** All failed requests by what they say, most frequent first. */
  readonly failures: readonly FailureCount[];
  /**
   * Upper bound of the largest distance at any moment between the share of requests that were sent and that should have
   * been (Kolmogorov–Smirnov's D against the plan): the worst lag after the warm-up by the plan's duration. Null in a
   * closed loop.
   */
  readonly arrivalsD: number | null;
  /**
   * How long before it was due the earliest request was sent, of those that were answered on a connection that was there;
   * null in a closed loop.
   */
  readonly earlyNs: number | null;
  /** Processor time that the generator took; null where unknown. */
  readonly generatorCpuNs: number | null;
  /** p99 of the delay of this process' event loop meanwhile. */
  readonly eventLoopDelayNs: number;
  /** Where several share the plan: each by itself. Times of seconds and requests are then since its own start. */
  readonly shares?: readonly GeneratorShare[];
}

/** Called as soon as a second is over, so that it can be on the disk before the next one is. */
export type OnSecond = (second: LoadSecond) => void;

export interface Load {
  /** @throws GivreError `E_LOAD_GENERATOR` when the generator itself fails; what a target does wrong is in the result. */
  run(plan: LoadPlan, signal: AbortSignal, onSecond: OnSecond): Promise<LoadResult>;
}
