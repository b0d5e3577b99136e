import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { GivreError, messageOf } from './errors.ts';

/** How a body's end is told: both occur, and behind a gateway every body arrives chunked. */
export type Framing = 'length' | 'chunked';

/** Where a function answers. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Before the request's own path: empty, or `/function/NAME` at a gateway. */
  readonly prefix: string;
}

/** A function at a gateway; `path` is `/function/NAME`. */
export function endpointAt(gatewayUrl: string, path: string): Endpoint {
  const { hostname, port } = new URL(gatewayUrl);
  return { host: hostname, port: Number(port), prefix: path };
}

/** What is asked of it, but for the body. */
interface FunctionRequest {
  readonly method: string;
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A whole answer of a function. */
export interface FunctionAnswer {
  readonly status: number;
  /** Empty where there is none. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** First byte sent → last byte received. */
  readonly tookMs: number;
}

interface Sending {
  readonly request: FunctionRequest;
  readonly body: Uint8Array | undefined;
  readonly framing: Framing;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const PIECE_BYTES = 65_536;
/** Far above every right answer; a function that never stops talking must not fill our memory. */
const MOST_BYTES = 256 * 2 ** 20;

/**
 * Sends one request on a connection of its own and reads the answer while the body is still on its way: an echo sends
 * on what it gets, and a refusal may come before the last byte.
 *
 * @throws GivreError `E_NO_ANSWER` when the connection ends or the time is over before the whole answer is there; the
 * signal's reason when aborted.
 */
export async function send({ host, port, prefix }: Endpoint, sending: Sending): Promise<FunctionAnswer> {
  const { request, body, framing, timeoutMs, signal } = sending;
  const { method, path, query, headers } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  const begun = performance.now();
  const sent = httpRequest({
    host,
    port,
    method,
    path: `${prefix}${path}${query === '' ? '' : `?${query}`}`,
    headers: { ...headers, ...framingHeaders(framing, body) },
    agent: false,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  try {
    const response = await responseTo(sent, body);
    const received = await readAll(response);
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type'] ?? '',
      body: received,
      tookMs: performance.now() - begun,
    };
  } catch (error) {
    signal?.throwIfAborted();
    const why = timeout.aborted ? `nothing within ${timeoutMs} ms` : messageOf(error);
    throw new GivreError({
      code: 'E_NO_ANSWER',
      message: `no whole answer to ${method} ${path}: ${why}`,
      cause: error,
    });
  } finally {
    sent.destroy();
  }
}

function framingHeaders(framing: Framing, body: Uint8Array | undefined): Record<string, string> {
  if (framing === 'chunked') return { 'Transfer-Encoding': 'chunked' };
  return body === undefined ? {} : { 'Content-Length': String(body.length) };
}

function responseTo(sent: ClientRequest, body: Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    // Stays: once the answer is there, a connection that breaks under the rest of our body is no news.
    sent.on('error', reject);
    writePieces(sent, body ?? new Uint8Array(), 0);
  });
}

/** Piece by piece, as the other side takes them. */
function writePieces(sent: ClientRequest, body: Uint8Array, from: number): void {
  let at = from;
  while (at < body.length && !sent.destroyed) {
    const piece = body.subarray(at, at + PIECE_BYTES);
    at += piece.length;
    if (!sent.write(piece)) {
      sent.once('drain', () => writePieces(sent, body, at));
      return;
    }
  }
  sent.end();
}

async function readAll(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error(`the answer is longer than ${MOST_BYTES} bytes`);
  }
  return Buffer.concat(chunks);
}
