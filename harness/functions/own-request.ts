import { dirname, resolve } from 'node:path';
import { readRegularFile } from '../core/bounded-file.ts';
import { messageOf, usageError } from '../core/errors.ts';
import type { OwnRequest } from '../core/own-request.ts';
import { differenceIn } from './compare/index.ts';
import { extrasOf } from './deployment.ts';
import type { StackFunction } from './stack.ts';
import { foundFromHere } from './stack-files.ts';
import { bodyBytes, readVectorFile } from './vector-body.ts';
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
      differenceIn(answer, expect, { readFile: (name) => readVectorFile(vectors.folder, name) }),
  };
}

async function readBody({ name, stackPath }: StackFunction, file: string): Promise<Uint8Array> {
  const folder = dirname(stackPath);
  const path = resolve(folder, file);
  try {
    return await readRegularFile(path, { limitBytes: LARGEST_BYTES, within: folder });
  } catch (error) {
    throw usageError(
      'E_REQUEST_BODY',
      `the request body of the function ${name}: ${path}: ${messageOf(error)}`,
      (await foundFromHere(stackPath, file)) ??
        `the annotation dev.givre/request-body in ${stackPath} names a file beside it or below, relative to it`,
    );
  }
}
