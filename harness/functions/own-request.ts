import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, usageError } from '../core/errors.ts';
import type { OwnRequest } from '../core/own-request.ts';
import { differenceIn } from './compare/index.ts';
import { extrasOf } from './deployment.ts';
import type { StackFunction } from './stack.ts';
import { bodyBytes } from './vector-body.ts';
import { type Vectors, vectorsBehind } from './vectors.ts';

/** Gateway, provider and generator each hold a body in memory. */
const LARGEST_BYTES = 64 * 2 ** 20;
const OCTETS = 'application/octet-stream';

/**
 * A function's own request: the file that its annotation `dev.givre/request-body` names, or the load vector of its
 * workload; undefined where there is neither.
 *
 * @throws GivreError `E_REQUEST_BODY` (usage) for a file that cannot be read or is too large.
 */
export async function ownRequestOf(fn: StackFunction, vectors: Vectors): Promise<OwnRequest | undefined> {
  const { requestBody, requestType, workload = '', watchdog } = extrasOf(fn);
  if (requestBody !== undefined) {
    const body = await readBody(fn, requestBody);
    const contentType = requestType ?? OCTETS;
    return { from: 'file', name: requestBody, contentType, body, others: 'only', differenceIn: null };
  }
  if (requestType !== undefined) {
    throw usageError(
      'E_REQUEST_BODY',
      `${fn.stackPath}: the function ${fn.name} says dev.givre/request-type, but not which body has that type`,
      'name a file with the annotation dev.givre/request-body',
    );
  }
  const load = vectors.loads.get(workload);
  const { asked } = vectorsBehind(watchdog, vectors.byWorkload.get(workload) ?? []);
  const vector = asked.find(({ name }) => name === load?.vector);
  if (load === undefined || vector === undefined) return undefined;
  const { request, expect } = vector;
  const type = Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return {
    from: 'vector',
    name: vector.name,
    contentType: type ?? null,
    body: request.body === undefined ? new Uint8Array() : await bodyBytes(request.body, vectors.folder),
    others: load.body,
    differenceIn: (answer) =>
      differenceIn(answer, expect, { readFile: (name) => readFile(join(vectors.folder, name)) }),
  };
}

async function readBody({ name, stackPath }: StackFunction, file: string): Promise<Uint8Array> {
  const path = resolve(dirname(stackPath), file);
  const wrong = (why: string): Error =>
    usageError(
      'E_REQUEST_BODY',
      `the request body of the function ${name}: ${path}: ${why}`,
      `the annotation dev.givre/request-body in ${stackPath} names a file, relative to that one`,
    );
  try {
    const { size } = await stat(path);
    if (size <= LARGEST_BYTES) return await readFile(path);
  } catch (error) {
    throw wrong(messageOf(error));
  }
  throw wrong(`it has more than ${LARGEST_BYTES / 2 ** 20} MiB`);
}
