import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import { endpointAt, send } from '../../core/send.ts';
import { callbackReachable } from '../../load/gates/callback-reachable.ts';
import { type Gate, judgeGate } from '../../runs/schema.ts';
import type { LoadParts } from '../parts.ts';

/** A queue-worker that has just started may refuse for a while, and a function may have to be started. */
const PATIENCE_MS = 30_000;
/** One invocation that is lost says nothing about us: another follows after so long. */
const AGAIN_MS = 5_000;
const LOOK_EVERY_MS = 100;
const ANSWER_MS = 10_000;

/** Who is asked, and who looks whether it has come. */
interface Reach extends Pick<LoadParts, 'exec'> {
  readonly gatewayUrl: string;
  readonly signal: AbortSignal;
}

interface Invocation {
  /** Of the function. */
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Where callbacks are taken, as the queue is told it: `http://10.62.0.1:40713/`. */
  readonly receiver: string;
}

/**
 * Invokes a function asynchronously until one callback has reached us. Where none does, nobody can say whether the
 * platform loses callbacks or we stand where it cannot reach us, so nothing may be called lost. Never throws for what
 * the platform does wrong.
 */
export async function proveCallback(
  reach: Reach,
  invocation: Invocation,
  { patienceMs, againMs } = { patienceMs: PATIENCE_MS, againMs: AGAIN_MS },
): Promise<Gate> {
  const begun = performance.now();
  const { receiver } = invocation;
  let lastSentMs = Number.NEGATIVE_INFINITY;
  let accepted = 0;
  let refused = '';
  for (;;) {
    const elapsedMs = performance.now() - begun;
    if ((await callbacksAt(reach, receiver)) > 0) {
      const measured = `a callback reached ${receiver} after ${Math.round(elapsedMs)} ms`;
      return judgeGate(callbackReachable, { ok: true, measured });
    }
    if (elapsedMs > patienceMs) break;
    if (elapsedMs - lastSentMs > againMs) {
      lastSentMs = elapsedMs;
      const answer = await invoked(reach, invocation);
      if (answer === undefined) accepted += 1;
      else refused = answer;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: reach.signal });
  }
  const asked = accepted > 0 ? `${accepted} invocations that were accepted` : `invocations, none accepted (${refused})`;
  const measured = `no callback reached ${receiver} within ${patienceMs / 1000} s of ${asked}`;
  return judgeGate(callbackReachable, { ok: false, measured });
}

/** Why an invocation was not accepted; undefined when it was. */
async function invoked(
  { gatewayUrl, signal }: Reach,
  { name, body, receiver, ...invocation }: Invocation,
): Promise<string | undefined> {
  const headers = { ...invocation.headers, 'X-Callback-Url': `${receiver}proof-${randomUUID().slice(0, 8)}` };
  try {
    const { status } = await send(endpointAt(gatewayUrl, `/async-function/${name}`), {
      request: { method: 'POST', path: '', query: '', headers },
      body,
      framing: 'length',
      timeoutMs: ANSWER_MS,
      signal,
    });
    return status === 202 ? undefined : `status ${status}`;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}

/** The first line of the receiver's log says how many there are. */
const COUNT_SCRIPT = `exec 3<>"/dev/tcp/$1/$2" && printf 'GET /truth HTTP/1.0\\r\\n\\r\\n' >&3 && grep -m 1 -o '"requests":[0-9]*' <&3`;

/** How many callbacks have come, as the receiver itself counts. */
export async function callbacksAt({ exec }: Pick<LoadParts, 'exec'>, receiver: string): Promise<number> {
  const { hostname, port } = new URL(receiver);
  const { stdout } = await exec(['bash', '-c', COUNT_SCRIPT, 'bash', hostname, port], { timeoutMs: 20_000 });
  return Number(stdout.split(':')[1] ?? 0);
}

/** Each line of the log names its request; a callback that came twice has two. */
const OWN_SCRIPT = `exec 3<>"/dev/tcp/$1/$2" && printf 'GET /truth HTTP/1.0\\r\\n\\r\\n' >&3 && grep -o "\\"id\\":\\"$3-[0-9]*\\"" <&3 | sort -u | wc -l`;

/** How many different requests of one plan have been called back, by the receiver's whole log. */
export async function requestsCalledBack(
  { exec }: Pick<LoadParts, 'exec'>,
  receiver: string,
  plan: string,
): Promise<number> {
  const { hostname, port } = new URL(receiver);
  const { stdout } = await exec(['bash', '-c', OWN_SCRIPT, 'bash', hostname, port, plan], { timeoutMs: 20_000 });
  return Number(stdout.trim());
}
