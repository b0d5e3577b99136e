import { z } from 'zod';
import { count } from './schema-parts.ts';

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
export const objectiveSchema = z.object({
  text: z.string(),
  verdict: z.enum(['kept', 'broken', 'undecided']),
  why: z.string(),
  limits: z.array(objectiveLimitSchema),
});
export type Objective = z.infer<typeof objectiveSchema>;
