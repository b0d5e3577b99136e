import { z } from 'zod';
import { count, durationNs, gateSchema, head, originSchema } from './schema-parts.ts';

/** Histograms are base64 of HdrHistogram's compressed V2 format, in microseconds; one hour stands for never. */
export const histogramSchema = z.string();

export const pathNames = ['gateway', 'provider', 'direct'] as const;
/** Through the gateway as a client would; to the provider behind it; to the function itself. */
export const pathSchema = z.enum(pathNames);
export type Path = z.infer<typeof pathSchema>;

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

/** What was sent, and how a right answer was told from a wrong one. */
const sentBodySchema = z.object({
  /** Letters without meaning (or nothing at all), a golden vector of the workload, or a file that the stack file names. */
  from: z.enum(['letters', 'vector', 'file']),
  /** Of the vector or the file. */
  name: z.string().nullable(),
  contentType: z.string().nullable(),
  /** `answer`: each was byte by byte the right one. `size`: each had as many bytes. `status`: its body was not looked at. */
  checked: z.enum(['answer', 'size', 'status']),
});
export type SentBody = z.infer<typeof sentBodySchema>;

/** Null in runs of before it was recorded. */
const sentBody = sentBodySchema.nullable().default(null);

/** What became of a request that failed. */
const failureShape = {
  /** 0: no answer. */
  status: count,
  origin: originSchema,
  /** The first line of the answer, or the client's own word where none came: inert, at most 200 bytes; null for none. */
  words: z.string().nullable(),
};

/** Failed requests that say the same; of very many different words only status and origin are counted. */
const failureCountSchema = z.object({ ...failureShape, n: count });
export type FailureCount = z.infer<typeof failureCountSchema>;

/**
 * One limit of an objective: what share of the requests missed it, and whether that is less than it allows. Undecided where
 * the interval of the share (95 %, of a step of a search 97.5 %) holds what is allowed.
 */
const objectiveLimitSchema = z.object({
  text: z.string(),
  verdict: z.enum(['kept', 'broken', 'undecided']),
  /** With what was measured. */
  why: z.string(),
  /** Requests that were held against it, and how many of them missed it. */
  n: count,
  missed: count,
  /** The interval, as shares. */
  lower: z.number(),
  upper: z.number(),
  /** How many independent requests would say as much: fewer than `n` where those that miss come in clusters. */
  effective: z.number().nonnegative(),
  /** How many requests would decide it if all stayed as it is; null where none would. */
  needed: count.nullable(),
});
export type ObjectiveLimit = z.infer<typeof objectiveLimitSchema>;

/** A service-level objective, kept when each of its limits is, broken when one is. */
const objectiveSchema = z.object({
  text: z.string(),
  verdict: z.enum(['kept', 'broken', 'undecided']),
  why: z.string(),
  limits: z.array(objectiveLimitSchema),
});
export type Objective = z.infer<typeof objectiveSchema>;

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

/** May a figure be taken for a result? Decided when it was measured, and carried wherever it is shown. */
const standing = {
  counts: z.boolean(),
  /** Null where it counts. */
  whyNot: z.string().nullable(),
};

/** A rate that was held for as long as it took to decide, at most four times the length of one measurement. */
const searchStepSchema = z.object({
  ratePerSecond: z.number().positive(),
  /** Numbers of the measurements that it consists of. */
  trials: z.array(count),
  /** `undecided`: the search went on as if it had been broken. */
  verdict: z.enum(['kept', 'broken', 'undecided']),
  why: z.string(),
  ...standing,
});
export type SearchStep = z.infer<typeof searchStepSchema>;

/** What one function on one path sustains, found by a search over rates and by closed loops of growing width. */
export const capacitySchema = z.object({
  ...head,
  kind: z.literal('capacity'),
  function: z.string(),
  path: pathSchema,
  payloadBytes: count,
  body: sentBody,
  slo: z.string(),
  /** Of the two rates below; they do not count where a step that they rest on does not, or where nothing was decided. */
  ...standing,
  /** The highest rate tried at which the SLO was kept and every request was sent; null when there was none. */
  sustainedPerSecond: z.number().nullable(),
  /** The lowest rate tried at which it was not, or not seen to be; null when even the highest rate tried was kept. */
  brokenPerSecond: z.number().nullable(),
  /** Which of both; null when even the highest rate tried was kept. */
  brokenVerdict: z.enum(['broken', 'undecided']).nullable(),
  /** Why it was not kept there. */
  why: z.string().nullable(),
  /** How many ramps it took for a guess, and how many steps doubling from a low rate would have taken. */
  search: z.object({ ramps: count, steps: count, stepsByDoubling: count }),
  steps: z.array(searchStepSchema),
  /** Closed loops: right answers per second with so many connections, nothing else limiting them. */
  ceilings: z.array(z.object({ connections: count, perSecond: z.number().nonnegative(), trial: count, ...standing })),
});
export type CapacitySample = z.infer<typeof capacitySchema>;

/** Many requests at the same moment to a function that was not running. */
export const burstSchema = z.object({
  ...head,
  kind: z.literal('burst'),
  function: z.string(),
  level: z.enum(['L1', 'L2']),
  concurrency: count,
  payloadBytes: count.default(0),
  body: sentBody,
  /** Tasks that were started for it; more than one is work done twice. */
  starts: count.nullable(),
  /** Of the first answers. */
  correct: count,
  /** First answers that were wrong, by what they say; most frequent first. */
  wrong: z.array(failureCountSchema),
  /** First request sent → first correct answer, and → every client has had one; null when not before the deadline. */
  firstCorrectNs: durationNs.nullable(),
  allCorrectNs: durationNs.nullable(),
});
export type BurstSample = z.infer<typeof burstSchema>;

/** Asynchronous invocations at a steady rate: accepted at once, answered by a callback. */
export const asyncSchema = z.object({
  ...head,
  kind: z.literal('async'),
  function: z.string(),
  ratePerSecond: z.number().positive(),
  durationMs: count,
  payloadBytes: count.default(0),
  body: sentBody,
  sent: count,
  /** Answered with 202. */
  accepted: count,
  /** Requests that were not accepted, by what was said; most frequent first. */
  failures: z.array(failureCountSchema),
  /** Accepted ones whose callback came, and callbacks that came once more for one that had come. */
  calledBack: count,
  lost: count,
  /** Callbacks of requests that were not accepted. */
  unaccepted: count,
  repeated: count,
  /** Callbacks per second, from the first to the last: what the queue works off. */
  callbacksPerSecond: z.number().nonnegative(),
  /** Time when the request should have been sent → 202, and, of accepted ones, → its callback came; what did not: never. */
  accept: histogramSchema,
  callback: histogramSchema,
  /** From the last request until each callback had come, none had come for long, or the queue was given up. */
  waitedMs: count,
  /** Callbacks still came when it was given up: what is called lost above may be late. */
  givenUp: z.boolean(),
  gates: z.array(gateSchema),
  valid: z.boolean(),
});
export type AsyncSample = z.infer<typeof asyncSchema>;
