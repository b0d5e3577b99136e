import { z } from 'zod';
import { gateSchema } from './gate.ts';
import { failureCountSchema, histogramSchema, sentBody } from './load-parts.ts';
import { count, head } from './schema-parts.ts';

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
