import { z } from 'zod';
import { gateSchema } from './gate.ts';
import { failureCountSchema, histogramSchema, pathSchema, sentBody } from './load-parts.ts';
import { objectiveSchema } from './objective-schema.ts';
import { count, durationNs, head, originSchema } from './schema-parts.ts';

const arrivalsSchema = z.discriminatedUnion('kind', [
  /** Open loop: by the clock, whatever the answers do. */
  z.object({ kind: z.literal('constant'), ratePerSecond: z.number().positive(), durationMs: count }),
  /** Open loop at a rate that changes evenly from one to the other. */
  z.object({
    kind: z.literal('ramping'),
    fromPerSecond: z.number().positive(),
    toPerSecond: z.number().positive(),
    durationMs: count,
  }),
  /** Closed loop: each connection waits for its answer. */
  z.object({ kind: z.literal('closed'), connections: count, durationMs: count }),
]);

/** Processor time of the machine under test for one request, in nanoseconds: all that it took, idling included. */
const targetCpuSchema = z.object({
  /** By how many requests it was divided, the warm-up's among them. */
  requests: count,
  perRequestNs: z.object({
    gateway: durationNs,
    /** What the platform puts before its gateway. */
    proxy: durationNs,
    provider: durationNs,
    function: durationNs,
    /** Core services, shims, log collectors, containerd, and whatever else runs there. */
    rest: durationNs,
  }),
  /** All that the machine was busy with, less the generator and the agent: what the parts should add up to. */
  wholePerRequestNs: durationNs.nullable(),
});
export type TargetCpu = z.infer<typeof targetCpuSchema>;

/** Open descriptors of a process on the way of every request. */
const descriptorSchema = z.object({
  part: z.enum(['gateway', 'proxy', 'provider']),
  /** RLIMIT_NOFILE; null for none. */
  limit: count.nullable(),
  before: count.nullable(),
  after: count,
  /** The most seen, twice a second in between. */
  most: count,
  /** 90 % of the limit or more, or the process itself said that it had none left. */
  ranOut: z.boolean(),
});
export type DescriptorRecord = z.infer<typeof descriptorSchema>;

/** What distinguishes one measurement of load from another; equal ones in different blocks are repetitions. */
const loadCell = {
  scenario: z.string(),
  function: z.string(),
  path: pathSchema,
  arrivals: arrivalsSchema,
  payloadBytes: count,
  body: sentBody,
};

/** One measurement of load as a whole, written when it is over. */
export const loadSchema = z.object({
  ...head,
  ...loadCell,
  kind: z.literal('load'),
  /** Number of this measurement within the run; its seconds and requests carry the same. */
  trial: count,
  /** `measure`: a result if its gates pass. `probe`: a step of a search, whose gates say why it stopped there. */
  purpose: z.enum(['measure', 'probe']),
  generator: z.object({
    name: z.string(),
    version: z.string(),
    /** Where it ran: on the machine under test itself, on the harness' machine, … */
    place: z.enum(['target', 'harness', 'generator']),
    /** Over how many machines the requests were shared out. */
    machines: count.default(1),
    cpuNs: durationNs.nullable(),
  }),
  /** Null where nobody knows before: in a closed loop. */
  planned: count.nullable(),
  sent: count,
  /** Seen by somebody else than the generator, less what the warm-up has sent; null where nobody counts. */
  received: count.nullable(),
  ok: count,
  failed: count,
  /** All of them, by what they say; most frequent first. */
  failures: z.array(failureCountSchema),
  /** Requests that should have been sent and were not, for want of a virtual user. */
  dropped: count,
  connections: count,
  /** Null where the machine under test could not be looked at. */
  targetCpu: targetCpuSchema.nullable(),
  descriptors: z.array(descriptorSchema),
  durationNs,
  /** What was sent before, at the same rate; in none of the counts and figures but `connections`. */
  warmUp: z.object({
    durationMs: count,
    sent: count,
    failed: count,
    dropped: count,
    /** As `intended`; in a closed loop as `service`. */
    latency: histogramSchema,
    /** Null where nobody asks: without one, and where the load changes. */
    ended: z.boolean().nullable(),
    words: z.string(),
  }),
  /** Is it the same from the end of the warm-up to the end? `fromSecond`: the first second after it, null for `reason`. */
  steady: z.object({
    fromSecond: count.nullable(),
    reason: z.string().nullable(),
    /** Median of the last third of the seconds' medians beside that of the first, as a share: 0.1 is 10 % more. */
    drift: z.number().nullable(),
    /** About the smallest even growth from beginning to end that would have been seen in 95 of 100 cases, as a share. */
    smallestDrift: z.number().nullable(),
    /** Lag-1 autocorrelation of the per-second medians; null for too few. */
    autocorrelation: z.number().nullable(),
  }),
  /** Of all requests that were due after the warm-up. Empty histograms in a closed loop for `intended` and `lag`. */
  intended: histogramSchema,
  service: histogramSchema,
  lag: histogramSchema,
  /** Right answers that came after the warm-up, but no more than were due after it, per second of the plan after it. */
  throughputPerSecond: z.number().nonnegative(),
  /** What was asked for with `--slo` (or the scenario's own); null without any. */
  slo: objectiveSchema.nullable(),
  gates: z.array(gateSchema),
  /** May figures be taken from it? Decided when it was measured: no gate that binds it failed, and it is no ramp. */
  valid: z.boolean(),
  /** Null where it is valid. */
  whyNot: z.string().nullable(),
});
export type LoadSample = z.infer<typeof loadSchema>;

/** One second of a measurement of load, by the end of the requests; written as soon as it is over. */
export const loadSecondSchema = z.object({
  ...head,
  kind: z.literal('load-second'),
  trial: count,
  /** Since the warm-up's start. */
  second: count,
  /** Of requests that were due in the warm-up; they have seconds of their own. */
  warmUp: z.boolean(),
  ok: count,
  failed: count,
  dropped: count,
  intended: histogramSchema,
  service: histogramSchema,
  lag: histogramSchema,
});
export type LoadSecondSample = z.infer<typeof loadSecondSchema>;

/** A request by itself: each failed one, up to a limit, and the slowest. */
export const loadRequestSchema = z.object({
  ...head,
  kind: z.literal('load-request'),
  trial: count,
  request: count,
  warmUp: z.boolean(),
  /** After the first request should have been sent. */
  sentNs: z.number(),
  serviceNs: durationNs,
  intendedNs: durationNs.nullable(),
  /** 0: no answer. */
  status: count,
  error: z.string().nullable(),
  /** Whose fault it was, and what was said; null when nothing went wrong. */
  origin: originSchema.nullable(),
  words: z.string().nullable(),
  ok: z.boolean(),
});
export type LoadRequestSample = z.infer<typeof loadRequestSchema>;
