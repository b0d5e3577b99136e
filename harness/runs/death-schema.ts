import { z } from 'zod';
import { count, head } from './schema-parts.ts';

/**
 * A platform that stopped to answer under what was asked of it, and did not only take its time: one of its services ended,
 * or nothing answered for as long as it was given to come back by itself. A result of the platform, no failure of ours.
 */
export const platformDeathSchema = z.object({
  ...head,
  kind: z.literal('platform-death'),
  function: z.string(),
  /** What was asked of it: "load by gateway", "burst of 50", … */
  during: z.string(),
  /** Requests per second that were planned when it last answered right; null where nothing was sent at a rate. */
  perSecond: z.number().nullable(),
  /** What a client was told when it was found dead. */
  seen: z.string(),
  /** Services that ended; none where all of them still ran. */
  ended: z.array(z.string()),
  /** Last lines of the logs of those, or of all of them: inert, at most 200 bytes each. */
  words: z.array(z.object({ service: z.string(), line: z.string() })),
  /** It was given so long to come back by itself; when it did, null where not. */
  waitedMs: count,
  recoveredAfterMs: count.nullable(),
  /** How long it took to start it again and to deploy what had been deployed; null where that was not needed or failed. */
  restartedInMs: count.nullable(),
});
export type PlatformDeathSample = z.infer<typeof platformDeathSchema>;
