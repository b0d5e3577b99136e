import { badRequest, tooLarge } from './problem.ts';
import type { Body } from './workload.ts';

// A body up to this many times its limit is read to its end before it is refused; of a larger one the rest is not
// worth reading.
const drainFactor = 4;

/** The pieces of a body as they arrive. @throws Problem past the limit, or when the body ends early. */
export async function* pieces(body: Body): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const piece of received(body)) {
      if (body.readBytes > body.limitBytes) break;
      yield piece;
    }
  } catch {
    throw badRequest('The request body is malformed or ended early.');
  }
  if (body.readBytes > body.limitBytes) throw tooLarge();
}

export async function readBody(body: Body): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces(body)) all.push(piece);
  return Buffer.concat(all);
}

/** Reads all of a body and keeps none of it. */
export async function dropBody(body: Body): Promise<void> {
  for await (const _ of pieces(body));
}

/** Reads on to the end, whatever the limit; false where it has given up, or the client has. */
export async function drainBody(body: Body): Promise<boolean> {
  try {
    for await (const _ of received(body)) if (body.readBytes > drainFactor * body.limitBytes) return false;
    return true;
  } catch {
    return false;
  }
}

async function* received(body: Body): AsyncGenerator<Buffer, void, undefined> {
  // Left early, the iteration would otherwise end the connection before the client has its answer.
  for await (const piece of body.source.iterator({ destroyOnReturn: false })) {
    body.readBytes += piece.length;
    yield piece;
  }
}
