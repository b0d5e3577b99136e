import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../harness/core/errors.ts';
import { type Answer, bodyOf, createdId } from './answer.ts';
import { rewriteCatalog } from './catalog.ts';
import type { Doors, Place } from './doors.ts';

/** One request that came to the proxy. Written down on arrival, completed as it goes. Never has a header or a body. */
export interface LoggedRequest {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  /** `identity`, `compute`, `network`, `image`, `volume`, or the type in the catalog. */
  readonly service: string;
  /** With the query. */
  readonly path: string;
  /** What the client got; null as long as it got nothing, which may be for ever. */
  readonly status: number | null;
  /** What the cloud said; null as long as the request has not reached it. */
  readonly cloudStatus: number | null;
  /** Name of the fault that was injected. */
  readonly fault: string | null;
  /** The one that the client got. */
  readonly requestId: string | null;
}

export interface Wiring extends Place {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] };
  readonly doors: Doors;
  /** Ids of what clients made by way of this proxy, with the time of the cloud's answer in ms since 1970. */
  readonly created: Map<string, number>;
  /** Aborted when the proxy closes. */
  readonly closing: AbortSignal;
}

/** The way to the cloud. */
interface Asking {
  /** Lets the cloud have the request; another path and query may be asked for. The answer is read to its end. */
  forward(pathAndQuery?: string): Promise<Answer>;
  /** Reads the request's body to its end, for those who forward after they have hung up on the client. */
  hold(): Promise<void>;
  /** Lets request and answer through; bodies other than JSON are streamed. */
  pass(): Promise<void>;
}

/** The way back to the client. */
interface Answering {
  reply(answer: Answer): Promise<void>;
  /** Byte by byte, until the client has hung up. */
  replySlowly(answer: Answer, everyMs: number): Promise<void>;
  /** Promises the whole body, sends so many bytes of it, and resets the connection. */
  replyPartly(answer: Answer, bytes: number): Promise<void>;
  /** Writes to the connection what need not be HTTP, and ends it. */
  replyRaw(bytes: string): void;
  /** TCP reset: the client sees ECONNRESET. */
  reset(): void;
  /** Resolves when the client has hung up or the proxy closes. */
  gone(): Promise<void>;
}

/** One request on its way to the cloud and back, as a fault sees it. */
export interface Exchange extends Asking, Answering {
  readonly service: string;
  readonly method: string;
  /** As the client asked for it, at the proxy's own address. */
  readonly url: URL;
  readonly created: ReadonlyMap<string, number>;
  /** The service's port refuses connections for so long. */
  refuse(forMs: number): Promise<void>;
  /** Ends early when the proxy closes. */
  sleep(ms: number): Promise<void>;
}

export function openExchange(wiring: Wiring): Exchange {
  const { request, service, created, closing, doors } = wiring;
  const url = new URL(request.url ?? '/', wiring.ownOrigin);
  const answering = answerTo(wiring);
  return {
    method: request.method ?? 'GET',
    service,
    url,
    created,
    refuse: (forMs) => doors.down(service, forMs),
    sleep: (ms) => pause(ms, closing),
    ...answering,
    ...askFor(wiring, url, answering),
  };
}

function askFor(wiring: Wiring, url: URL, { reply }: Answering): Asking {
  const { request, response, entry } = wiring;
  let held: Buffer | undefined;
  const send = async (pathAndQuery: string): Promise<IncomingMessage> => {
    const answer = await sendOn(wiring, pathAndQuery, held === undefined ? request : Readable.from([held]));
    entry.cloudStatus = answer.statusCode ?? null;
    return answer;
  };
  const complete = async (incoming: IncomingMessage): Promise<Answer> => {
    const answer = await rewriteAddresses(await readWhole(incoming), wiring, url);
    const id = request.method === 'POST' && answer.status < 300 ? createdId(bodyOf(answer) ?? {}) : undefined;
    if (id !== undefined) wiring.created.set(id, Date.now());
    return answer;
  };
  return {
    forward: async (pathAndQuery = url.pathname + url.search) => complete(await send(pathAndQuery)),
    hold: async () => {
      held = await buffer(request);
    },
    pass: async () => {
      const incoming = await send(url.pathname + url.search);
      if (isJson(incoming.headers) || incoming.headers.location !== undefined) return reply(await complete(incoming));
      writeHead(wiring, incoming.statusCode ?? 502, withoutHopByHop(incoming.headers));
      // Either side may hang up in the middle of an image; the other one then sees the same.
      await pipeline(incoming, response).catch(() => {});
    },
  };
}

function answerTo(wiring: Wiring): Answering {
  const { request, response, closing } = wiring;
  return {
    reply: async ({ status, headers, body }) => {
      // An answer before the question was read would make some clients fail while they still write.
      request.resume();
      const empty = status === 204 || status === 304 || request.method === 'HEAD';
      writeHead(wiring, status, empty ? headers : { ...headers, 'content-length': body.length });
      response.end(empty ? undefined : body);
    },
    replySlowly: async ({ status, headers, body }, everyMs) => {
      writeHead(wiring, status, { ...headers, 'content-length': body.length });
      for (const byte of body) {
        if (response.destroyed || closing.aborted) return;
        response.write(Buffer.from([byte]));
        await pause(everyMs, closing);
      }
      response.end();
    },
    replyPartly: async ({ status, headers, body }, bytes) => {
      writeHead(wiring, status, { ...headers, 'content-length': body.length });
      await new Promise<void>((resolve) => response.write(body.subarray(0, bytes), () => resolve()));
      // A reset throws away what the client has not read yet: let it arrive.
      await pause(20, closing);
      request.socket.resetAndDestroy();
    },
    replyRaw: (bytes) => {
      request.socket.end(bytes);
    },
    reset: () => {
      request.socket.resetAndDestroy();
    },
    gone: () => goneFor(response, closing),
  };
}

/** The request as it came, on a connection of its own: none that the cloud may be about to shut. */
function sendOn(wiring: Wiring, pathAndQuery: string, body: Readable): Promise<IncomingMessage> {
  const { headers, method } = wiring.request;
  const url = new URL(pathAndQuery, wiring.cloudOrigin);
  const onward = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: method ?? 'GET',
    agent: false,
    headers: { ...withoutHopByHop(headers), host: url.host, 'accept-encoding': 'identity' },
  });
  return new Promise((resolve, reject) => {
    onward.on('response', resolve);
    onward.on('error', (error) => reject(new Error(`${url.origin}: ${messageOf(error)}`, { cause: error })));
    pipeline(body, onward).catch(reject);
  });
}

async function readWhole(incoming: IncomingMessage): Promise<Answer> {
  const body = await buffer(incoming);
  return { status: incoming.statusCode ?? 502, headers: withoutHopByHop(incoming.headers), body };
}

/** Links and redirections name the service's real address; clients that follow them must stay with the proxy. */
async function rewriteAddresses(answer: Answer, wiring: Wiring, url: URL): Promise<Answer> {
  const swap = (text: string): string => text.replaceAll(wiring.cloudOrigin, wiring.ownOrigin);
  const { location } = answer.headers;
  const headers = typeof location === 'string' ? { ...answer.headers, location: swap(location) } : answer.headers;
  if (!isJson(headers)) return { ...answer, headers };
  const isToken = wiring.service === 'identity' && url.pathname.endsWith('/auth/tokens');
  if (isToken) return rewriteCatalog({ ...answer, headers }, wiring.doors.originOf);
  return { ...answer, headers, body: Buffer.from(swap(answer.body.toString())) };
}

function writeHead({ response, entry }: Wiring, status: number, headers: OutgoingHttpHeaders): void {
  const requestId = headers['x-openstack-request-id'];
  entry.status = status;
  entry.requestId = typeof requestId === 'string' ? requestId : null;
  response.writeHead(status, headers);
}

function isJson(headers: IncomingHttpHeaders | OutgoingHttpHeaders): boolean {
  return String(headers['content-type'] ?? '').includes('json');
}

const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection', 'te', 'trailer'];

function withoutHopByHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

function goneFor(response: ServerResponse, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || closing.aborted) return resolve();
    response.once('close', resolve);
    closing.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function pause(ms: number, closing: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: closing }).catch(() => {});
}
