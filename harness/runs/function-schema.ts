import { z } from 'zod';
import { count } from './schema-parts.ts';

const dependencySchema = z.object({ name: z.string(), version: z.string(), ecosystem: z.string() });

export const functionRecordSchema = z.object({
  name: z.string(),
  language: z.string(),
  workload: z.string(),
  /** Reference inside the machine, pinned by digest. */
  image: z.string(),
  digest: z.string(),
  compressedBytes: count.nullable(),
  unpackedBytes: count.nullable(),
  layers: count.nullable(),
  user: z.string().nullable(),
  /** The watchdog before its program: an image's name, or the digest of a binary; null where there is none. */
  watchdog: z.string().nullable().default(null),
  /** Of the image that the last stage starts from; null for a static program, and where it cannot be told. */
  baseDigest: z.string().nullable().default(null),
  /** What lock files pin for this function; null where there is none that givre reads. */
  dependencies: z.array(dependencySchema).nullable().default(null),
});
export type FunctionRecord = z.infer<typeof functionRecordSchema>;

/** A function that was asked for and could not be had, through no fault of its own. */
export const unavailableSchema = z.object({ function: z.string(), reason: z.string() });
export type UnavailableFunction = z.infer<typeof unavailableSchema>;
