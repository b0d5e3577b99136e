import { messageOf } from '../../core/errors.ts';
import type { Deployable, FunctionAnswer, OwnRequest } from '../deployable.ts';
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
    const answer = await ask(`${installation.gatewayUrl}/function/${name}`, request, signal);
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

async function ask(url: string, { body, contentType }: OwnRequest, signal: AbortSignal): Promise<FunctionAnswer> {
  const begun = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: contentType === null ? {} : { 'content-type': contentType },
    // A plain copy: the types of fetch want a buffer that nobody shares.
    body: new Uint8Array(body),
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  });
  const answer = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    body: answer,
    tookMs: performance.now() - begun,
  };
}
