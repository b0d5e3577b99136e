import { z } from 'zod';
import { failureCountSchema, sentBody } from './load-parts.ts';
import { count, durationNs, head } from './schema-parts.ts';

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
