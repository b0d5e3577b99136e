import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { readRegularFile } from '../core/bounded-file.ts';
import { messageOf, usageError } from '../core/errors.ts';
import type { WatchdogKind } from './deployment.ts';

const base64 = z.base64();
const bytes = z.int().nonnegative();
/** As `JSON.parse` left it: zod's own type for JSON drops a key `__proto__`, which one of the vectors is about. */
const jsonValue = z.custom<unknown>((value) => value !== undefined);

/** What is sent; `generated` and `repeat` describe bodies that are too large to be written down. */
const requestBodySchema = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ base64 }),
  z.strictObject({ file: z.string() }),
  z.strictObject({ generated: z.strictObject({ bytes }) }),
  z.strictObject({ repeat: z.strictObject({ text: z.string().min(1), times: bytes }) }),
]);

const plainExpectations = [
  z.strictObject({ text: z.string() }),
  z.strictObject({ base64 }),
  z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes }),
  /** `tolerance` is relative, for numbers only. */
  z.strictObject({ json: jsonValue, tolerance: z.number().positive().optional() }),
  z.strictObject({ html: z.string() }),
  z.strictObject({ psnr: z.strictObject({ file: z.string(), decibel: z.number().positive() }) }),
  /** One line with this word in it. */
  z.strictObject({ sentence: z.string() }),
] as const;
const plainExpectationSchema = z.union(plainExpectations);

const expectedBodySchema = z.union([
  ...plainExpectations,
  z.strictObject({ gzip: plainExpectationSchema }),
  z.strictObject({ zstd: plainExpectationSchema }),
]);

const vectorSchema = z.strictObject({
  name: z.string().min(1),
  request: z.strictObject({
    method: z.string().regex(/^[A-Z]+$/),
    path: z.string().startsWith('/').default('/'),
    query: z.string(),
    headers: z.record(z.string(), z.string()),
    body: requestBodySchema.optional(),
  }),
  expect: z.strictObject({
    status: z.int().min(200).max(599),
    contentType: z.string(),
    body: expectedBodySchema,
    /** The answer comes no sooner than this after the request. */
    afterMs: z.number().positive().optional(),
    /** The body is so large that the function may end the connection instead of reading it. */
    mayClose: z.boolean().optional(),
  }),
  /**
   * What does not hold behind a watchdog: `skip` is not sent at all there, of `failed` the answer is a 500 with a line
   * of text.
   */
  behind: z
    .strictObject({ of: z.enum(['skip', 'failed']), classic: z.enum(['skip', 'failed']) })
    .partial()
    .optional(),
  /** Sent while the key-value server takes connections but does not answer. */
  store: z.literal('silent').optional(),
});

/**
 * What is sent under load: the body of the vector of that name. Other bytes in its place are refused (`only`), not read
 * (`dropped`), or as good, and then the answer follows from them (`any`).
 */
const loadSchema = z.strictObject({ vector: z.string(), body: z.enum(['only', 'dropped', 'any']) });

const vectorFileSchema = z
  .strictObject({ workload: z.string(), load: loadSchema.optional(), vectors: z.array(vectorSchema).min(1) })
  .refine(({ vectors }) => new Set(vectors.map((it) => it.name)).size === vectors.length, 'two vectors share a name')
  .refine(
    ({ load, vectors }) => load === undefined || vectors.some((it) => it.name === load.vector && isPlain(it)),
    'load names no vector that has status 200 and neither path nor parameters',
  );

/** What does without path and query is understood behind every watchdog, and on every path. */
function isPlain({ request, expect }: Vector): boolean {
  return expect.status === 200 && request.path === '/' && request.query === '';
}

/** Answers to everything that the program itself refuses, where the watchdog has no other. */
const FAILED = { status: 500, contentType: 'text/plain; charset=utf-8', body: { sentence: '' } };

export type RequestBody = z.infer<typeof requestBodySchema>;
export type ExpectedBody = z.infer<typeof expectedBodySchema>;
export type Expectation = z.infer<typeof vectorSchema>['expect'];
export type Vector = z.infer<typeof vectorSchema>;
type LoadVector = z.infer<typeof loadSchema>;

/** The golden vectors of every workload. */
export interface Vectors {
  /** Absolute; files that vectors name lie below it. */
  readonly folder: string;
  readonly byWorkload: ReadonlyMap<string, readonly Vector[]>;
  /** What is sent under load, of those that say so. */
  readonly loads: ReadonlyMap<string, LoadVector>;
}

/** @throws GivreError `E_VECTORS`, exit code 2, when a file is not of this shape. */
export async function readVectors(folder: string): Promise<Vectors> {
  const absolute = resolve(folder);
  const names = await readdir(absolute).catch((error: unknown) => {
    throw broken(absolute, messageOf(error));
  });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (files.length === 0) throw broken(absolute, 'no file WORKLOAD.json is there');
  const read = await Promise.all(files.map((name) => readFileOf(join(absolute, name))));
  return {
    folder: absolute,
    byWorkload: new Map(read.map((it) => [it.workload, it.vectors])),
    loads: new Map(read.flatMap(({ workload, load }) => (load === undefined ? [] : [[workload, load]]))),
  };
}

/** A workload's vectors as they hold behind a watchdog, and the names of those that do not. */
export function vectorsBehind(
  watchdog: WatchdogKind | undefined,
  vectors: readonly Vector[],
): { readonly asked: readonly Vector[]; readonly skipped: readonly string[] } {
  if (watchdog === undefined) return { asked: vectors, skipped: [] };
  const asked = vectors.filter(({ behind }) => behind?.[watchdog] !== 'skip');
  const skipped = vectors.filter((it) => !asked.includes(it)).map(({ name }) => name);
  const expectationOf = ({ expect, behind }: Vector): Expectation =>
    behind?.[watchdog] === 'failed' ? { ...FAILED, mayClose: expect.mayClose } : expect;
  return { asked: asked.map((it) => ({ ...it, expect: expectationOf(it) })), skipped };
}

const LARGEST_BYTES = 16 * 2 ** 20;

async function readFileOf(path: string): Promise<z.infer<typeof vectorFileSchema>> {
  let value: unknown;
  try {
    value = JSON.parse((await readRegularFile(path, { limitBytes: LARGEST_BYTES })).toString('utf8'));
  } catch (error) {
    throw broken(path, messageOf(error));
  }
  const parsed = vectorFileSchema.safeParse(value);
  if (!parsed.success) throw broken(path, z.prettifyError(parsed.error));
  if (path.endsWith(`/${parsed.data.workload}.json`)) return parsed.data;
  throw broken(path, `it says that its workload is "${parsed.data.workload}"`);
}

function broken(path: string, why: string): Error {
  return usageError('E_VECTORS', `${path}: ${why}`, 'peer-functions/README.md describes vectors; make.py makes them');
}
