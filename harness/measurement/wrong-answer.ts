import type { Exchange } from '../agent/protocol.ts';
import { type Deployable, expectedBody } from '../api/deployable.ts';
import { inertLine } from '../core/inert.ts';
import { inertWords } from '../load/failures.ts';

type Answer = Pick<Exchange, 'error' | 'status' | 'bodyBase64' | 'bodyBytes'>;

const SHOWN = 80;

/** In a few words what was wrong with an answer that the agent has called wrong: the status, or how the body differs. */
export function wrongAnswer(deployable: Deployable, { error, status, bodyBase64, bodyBytes }: Answer): string {
  if (error !== null) return inertWords(error);
  const body = Buffer.from(bodyBase64, 'base64').toString('utf8');
  if (status !== deployable.expect.status) {
    const words = inertWords(body);
    return `status ${status}${words === '' ? '' : `, "${words}"`}`;
  }
  const expected = expectedBody(deployable);
  if (expected === undefined) return `status ${status}`;
  const isAlike = body.trimEnd() === expected.trimEnd();
  const why = isAlike ? ': but for white space at the end they are the same' : '';
  return `${shown(body, bodyBytes)} instead of ${shown(expected, Buffer.byteLength(expected))}${why}`;
}

/** As JSON writes a text, so that white space is seen, and with nothing in it that a terminal obeys. */
function shown(text: string, bytes: number): string {
  const part = inertLine(JSON.stringify(text.slice(0, SHOWN)));
  return bytes > Buffer.byteLength(text.slice(0, SHOWN)) ? `${part}… (${bytes} bytes)` : part;
}
