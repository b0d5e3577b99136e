import { z } from 'zod';
import { GivreError } from '../core/errors.ts';
import { type Endpoint, type Framing, send } from '../core/send.ts';
import { differenceIn } from './compare/index.ts';
import type { WatchdogKind } from './deployment.ts';
import { bodyBytes, readVectorFile } from './vector-body.ts';
import { type Vector, type Vectors, vectorsBehind } from './vectors.ts';

const differenceSchema = z.object({ vector: z.string(), framing: z.enum(['length', 'chunked']), what: z.string() });

const variantRecordSchema = z.object({
  name: z.string(),
  language: z.string(),
  workload: z.string(),
  /**
   * `same`: every vector twice as expected. `different`: at least one was not, or the function did not come up.
   * `unavailable`: something from outside that it needs cannot be had here. `broken`: its image cannot be built.
   * `unknown`: there are no vectors for its workload.
   */
  status: z.enum(['same', 'different', 'unavailable', 'broken', 'unknown']),
  /** Why it was never asked; null when it was. */
  reason: z.string().nullable(),
  /** Vectors, each of which passes when both ways of sending it do. */
  passed: z.number(),
  failed: z.number(),
  /** Vectors that were not sent, because they do not hold behind the variant's watchdog. */
  skipped: z.array(z.string()).default([]),
  differences: z.array(differenceSchema),
  /** Null where there is none. */
  image: z.object({ id: z.string(), sizeBytes: z.number(), layers: z.number(), user: z.string() }).nullable(),
});

/** What `verify-functions` found out: which variants do what the contract says. */
export const verifyRecordSchema = z.object({
  schemaVersion: z.literal(1),
  at: z.string(),
  /** How the functions ran: behind which platform's gateway, or as plain containers. */
  by: z.string(),
  variants: z.array(variantRecordSchema),
});

export type Difference = z.infer<typeof differenceSchema>;
export type VariantRecord = z.infer<typeof variantRecordSchema>;
export type VerifyRecord = z.infer<typeof verifyRecordSchema>;

/**
 * Parts functions that may be timed from those that may not, because they do other work than the others or none at all.
 * A workload without vectors cannot be judged and stays.
 */
export function partByRecord<T extends { readonly name: string }>(
  functions: readonly T[],
  { variants }: Pick<VerifyRecord, 'variants'>,
): { readonly kept: readonly T[]; readonly excluded: readonly VariantRecord[] } {
  const excluded = variants.filter(({ status }) => status !== 'same' && status !== 'unknown');
  const names = new Set(excluded.map(({ name }) => name));
  return { kept: functions.filter(({ name }) => !names.has(name)), excluded };
}

const FRAMINGS: readonly Framing[] = ['length', 'chunked'];
/** The gateway's own patience with a function. */
const ANSWER_MS = 60_000;

interface VectorWork {
  readonly vectors: Vectors;
  readonly watchdog?: WatchdogKind | undefined;
  readonly signal: AbortSignal;
  /** Does something while the key-value server is silent. */
  readonly whileSilent?: (<T>(work: () => Promise<T>) => Promise<T>) | undefined;
  readonly onVector?: (done: number, total: number) => void;
}

/** Sends every vector of a workload to a running function, twice each, one after the other; returns all differences. */
export async function differencesOf(
  endpoint: Endpoint,
  workload: string,
  work: VectorWork,
): Promise<{
  readonly total: number;
  readonly differences: readonly Difference[];
  readonly skipped: readonly string[];
}> {
  const { asked: vectors, skipped } = vectorsBehind(work.watchdog, work.vectors.byWorkload.get(workload) ?? []);
  const differences: Difference[] = [];
  for (const [index, vector] of vectors.entries()) {
    work.onVector?.(index, vectors.length);
    for (const framing of FRAMINGS) {
      const ask = (): Promise<string | undefined> => differenceOf(endpoint, vector, framing, work);
      const silent = vector.store === 'silent' && work.whileSilent !== undefined;
      const what = silent ? await work.whileSilent(ask) : await ask();
      if (what !== undefined) differences.push({ vector: vector.name, framing, what });
    }
  }
  return { total: vectors.length, differences, skipped };
}

async function differenceOf(
  endpoint: Endpoint,
  vector: Vector,
  framing: Framing,
  { vectors, signal }: VectorWork,
): Promise<string | undefined> {
  const { request, expect } = vector;
  const body = request.body === undefined ? undefined : await bodyBytes(request.body, vectors.folder);
  try {
    const answer = await send(endpoint, { request, body, framing, timeoutMs: ANSWER_MS, signal });
    // What a function ended without an answer, a gateway answers for it.
    if (expect.mayClose === true && answer.status >= 500) return undefined;
    return await differenceIn(answer, expect, { readFile: (name) => readVectorFile(vectors.folder, name) });
  } catch (error) {
    if (!(error instanceof GivreError)) throw error;
    return expect.mayClose === true ? undefined : error.message;
  }
}
