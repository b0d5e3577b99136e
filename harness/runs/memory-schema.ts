import { z } from 'zod';
import { count, durationNs, head } from './schema-parts.ts';

/** Memory at one moment of a function's life; all processes that exist because of it, and what the machine has left. */
export const footprintSchema = z.object({
  ...head,
  kind: z.literal('footprint'),
  /** Null in runs of before this was recorded. */
  scenario: z.enum(['memory', 'soak']).nullable().default(null),
  function: z.string(),
  moment: z.enum(['before', 'idle', 'first', 'loaded', 'peak', 'after']),
  cgroupBytes: count.nullable(),
  cgroupPeakBytes: count.nullable(),
  functionPssBytes: count.nullable(),
  shimPssBytes: count.nullable(),
  collectorPssBytes: count.nullable(),
  machineAvailableBytes: count.nullable(),
});
export type FootprintSample = z.infer<typeof footprintSchema>;

/** A request for more memory than a function may have, and what came of it. */
const memoryExcessSchema = z.object({
  askedBytes: count,
  /** What the client got; null: no answer. */
  status: count.nullable(),
  error: z.string().nullable(),
  /** The function answered as if it had the memory. */
  given: z.boolean(),
  /** `/tasks/oom` events of containerd for it; null when the stream of events broke off. */
  oomEvents: count.nullable(),
  /** Of the task, as containerd tells it; null when no exit was seen. */
  exitStatus: count.nullable(),
  /** Plain requests afterwards, one after the other until the first right answer or the deadline. */
  after: z.object({
    attempts: count,
    firstStatus: count.nullable(),
    /** First request sent → first byte of the first right answer; null when there was none. */
    firstCorrectNs: durationNs.nullable(),
    /** By a process that was not there before. */
    newProcess: z.boolean(),
  }),
});

/** What `limits.memory` of a stack file did to a function, over its life and when it was asked for more. */
export const memoryLimitSchema = z.object({
  ...head,
  kind: z.literal('memory-limit'),
  function: z.string(),
  /** As deployed, `128Mi`, and what Kubernetes means by it; null for what is no quantity there. */
  limit: z.string(),
  limitBytes: count.nullable(),
  /** Its cgroup before it was asked for more than the limit; null when the function did not run any more by then. */
  cgroup: z
    .object({
      /** v1 `memory.limit_in_bytes`, v2 `memory.max`; null where there is none. */
      limitBytes: count.nullable(),
      /** The highest of the process that ran then; null where the kernel does not keep it. */
      peakBytes: count.nullable(),
    })
    .nullable(),
  /** `/tasks/oom` events of containerd from its deployment until then; null when the stream of events broke off. */
  oomEvents: count.nullable(),
  /** Null where the workload cannot be told to take so much. */
  excess: memoryExcessSchema.nullable(),
});
export type MemoryLimitSample = z.infer<typeof memoryLimitSchema>;

/** One more function on a machine that fills up. */
export const densityStepSchema = z.object({
  ...head,
  kind: z.literal('density-step'),
  function: z.string(),
  /** Deployed by now, this one included. */
  deployed: count,
  usedBytes: count,
  limitBytes: count,
  /** The new one's first answer after its deployment; null when it had none. */
  latencyNs: durationNs.nullable(),
});
export type DensityStepSample = z.infer<typeof densityStepSchema>;

/** How many functions fit: written once as a forecast, and again when it is known. */
export const densitySchema = z.object({
  ...head,
  kind: z.literal('density'),
  function: z.string(),
  /** Null where there were too few functions for one before the edition's limit. */
  forecast: count.nullable(),
  /** By the bounds of what one more costs; null where that has none, or might be nothing. */
  forecastLower: count.nullable(),
  forecastUpper: count.nullable(),
  /** Functions that were there when the forecast was made. */
  basedOn: count,
  /** What one more costs the machine (growth over the steps), with its 95 % interval; null with `forecast`. */
  perFunctionBytes: z.number().nullable(),
  perFunctionLowerBytes: z.number().nullable(),
  perFunctionUpperBytes: z.number().nullable(),
  limitBytes: count,
  /** Functions that ran and answered when one more did not; null while that is not known. */
  truth: count.nullable(),
  /** Why there was no more. */
  why: z.string().nullable(),
  /**
   * How many functions the platform's edition allows, where that was the end: then `truth` is nothing that the machine
   * has shown. Null for every other end, and while it is not known.
   */
  editionLimit: count.nullable().default(null),
});
export type DensitySample = z.infer<typeof densitySchema>;
