import { type Deployable, expectedBody } from '../../api/deployable.ts';
import type { Payload } from '../../api/load/trial.ts';
import { typeHeader } from '../../core/own-request.ts';
import { closedLoopSees } from '../../load/autocannon.ts';
import type { Arrivals, LoadRequest } from '../../load/load.ts';
import type { SentBody } from '../../runs/schema.ts';
import type { SystemParts } from '../parts.ts';
import { proveAnswer } from './proof.ts';

/** One way of asking a function, and of telling a right answer. */
export interface Asking {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly expect: LoadRequest['expect'];
  /** For the record. */
  readonly sent: SentBody;
  /** Was the answer right that all others are held against? Null where none could be judged. */
  readonly proof: { readonly ok: boolean; readonly what: string } | null;
}

/** Letters, because a Redis-like or text function may take its body for a word. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz012345';

/** Asks a function that runs once, where its answer can be judged, and says how all further requests are to be. */
export async function askingOf(
  parts: Pick<SystemParts, 'installation' | 'signal'>,
  deployable: Deployable,
  payload: Payload,
  kind: Arrivals['kind'],
): Promise<Asking> {
  const { request } = deployable;
  const own = payload === 'own' ? request : undefined;
  const contentType = own === undefined ? 'text/plain' : own.contentType;
  const body = own === undefined ? Buffer.alloc(payload === 'own' ? 0 : payload, LETTERS) : own.body;
  // What is not read changes no answer: that to the vector holds for all bodies.
  const judged = own !== undefined || request?.others === 'dropped' ? request : undefined;
  const proof = judged === undefined ? null : await proveAnswer(parts, deployable, judged);
  const wanted: Wanted = proof?.answer ?? wantedOf(deployable, body.length);
  const expect: Wanted = kind === 'closed' && !closedLoopSees(wanted) ? {} : wanted;
  const checked = expect.body !== undefined ? 'answer' : expect.bodyBytes !== undefined ? 'size' : 'status';
  return {
    headers: typeHeader(contentType),
    body,
    expect: { status: deployable.expect.status, ...expect },
    sent: { from: own?.from ?? 'letters', name: own?.name ?? null, contentType, checked },
    proof: proof === null ? null : { ok: proof.ok, what: proof.what },
  };
}

type Wanted = Omit<LoadRequest['expect'], 'status'>;

/** What can be said of the answer to a body that nobody has judged the answer to. */
function wantedOf(deployable: Deployable, bodyBytes: number): Wanted {
  if (deployable.workload === 'echo') return { bodyBytes };
  const body = expectedBody(deployable);
  return body === undefined ? {} : { body };
}
