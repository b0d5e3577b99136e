import type { Deployable } from '../../api/deployable.ts';
import { messageOf } from '../../core/errors.ts';
import { type OwnRequest, typeHeader } from '../../core/own-request.ts';
import { endpointAt, send } from '../../core/send.ts';
import type { SystemParts } from '../parts.ts';

const ANSWER_MS = 10_000;

/** One answer that was looked at as a whole. */
interface Proof {
  readonly ok: boolean;
  readonly what: string;
  /** What all further answers must be; undefined when this one was wrong. */
  readonly answer: { readonly body: Uint8Array } | undefined;
}

/**
 * Sends a function its own request through the gateway and judges the answer by meaning: JSON as JSON, a picture by what
 * it shows. A function that computes answers the same bytes each time, so later ones need only be compared with these.
 * Null where nobody can judge. Never throws for what the function or platform does wrong.
 */
export async function proveAnswer(
  { installation, signal }: Pick<SystemParts, 'installation' | 'signal'>,
  { name }: Deployable,
  request: OwnRequest,
): Promise<Proof | null> {
  if (request.differenceIn === null) return null;
  const about = `the answer to "${request.name}"`;
  let wrong: string | undefined;
  try {
    const answer = await send(endpointAt(installation.gatewayUrl, `/function/${name}`), {
      request: { method: 'POST', path: '', query: '', headers: typeHeader(request.contentType) },
      body: request.body,
      framing: 'length',
      timeoutMs: ANSWER_MS,
      signal,
    });
    wrong = await request.differenceIn(answer);
    if (wrong === undefined) {
      return { ok: true, what: `${about} was right`, answer: { body: answer.body } };
    }
  } catch (error) {
    signal.throwIfAborted();
    wrong = messageOf(error);
  }
  return { ok: false, what: `${about} was wrong: ${wrong}`, answer: undefined };
}
