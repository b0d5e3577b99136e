import { z } from 'zod';
import { pathSchema, sentBody } from './load-parts.ts';
import { count, head } from './schema-parts.ts';

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
