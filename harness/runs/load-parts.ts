import { z } from 'zod';
import { count, originSchema } from './schema-parts.ts';

/** Histograms are base64 of HdrHistogram's compressed V2 format, in microseconds; one hour stands for never. */
export const histogramSchema = z.string();

export const pathNames = ['gateway', 'provider', 'direct'] as const;
/** Through the gateway as a client would; to the provider behind it; to the function itself. */
export const pathSchema = z.enum(pathNames);
export type Path = z.infer<typeof pathSchema>;

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
export const sentBody = sentBodySchema.nullable().default(null);

/** What became of a request that failed. */
const failureShape = {
  /** 0: no answer. */
  status: count,
  origin: originSchema,
  /** The first line of the answer, or the client's own word where none came: inert, at most 200 bytes; null for none. */
  words: z.string().nullable(),
};

/** Failed requests that say the same; of very many different words only status and origin are counted. */
export const failureCountSchema = z.object({ ...failureShape, n: count });
export type FailureCount = z.infer<typeof failureCountSchema>;
