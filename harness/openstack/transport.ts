import { type Dispatcher, request } from 'undici';
import { messageOf } from '../core/errors.ts';
import type { Dispatchers } from './dispatchers.ts';
import { CloudError, shorten, withRequestId } from './errors.ts';

/** One HTTP exchange; nothing is repeated here. */
export interface Exchange {
  readonly service: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
}

/** The first part of an answer; any status is one. */
interface Head {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
}

export interface Answer extends Head {
  readonly text: string;
}

export interface Transport {
  /**
   * @throws CloudError `E_CLOUD_UNREACHABLE`, `E_CLOUD_TLS`, `E_CLOUD_TIMEOUT`; `uncertain` unless the request never
   * left us.
   */
  exchange(exchange: Exchange): Promise<Answer>;
  requestCount(): number;
  /**
   * The cloud's clock now, in milliseconds since 1970, ± 1 s: the `Date` of the last answer that had one, and what has
   * passed since by our monotonic clock; null before.
   */
  nowMs(): number | null;
  close(): Promise<void>;
}

export function openTransport(dispatchers: Dispatchers): Transport {
  let requests = 0;
  let dated: { readonly dateMs: number; readonly atMs: number } | undefined;
  return {
    async exchange(exchange) {
      requests += 1;
      const answer = await send(exchange, dispatchers.of(new URL(exchange.url)));
      const dateMs = dateOf(answer);
      if (dateMs !== undefined) dated = { dateMs, atMs: performance.now() };
      return answer;
    },
    requestCount: () => requests,
    nowMs: () => (dated === undefined ? null : dated.dateMs + performance.now() - dated.atMs),
    close: dispatchers.destroy,
  };
}

/** When the answer was made, by the clock of whoever made it, in milliseconds since 1970. */
export function dateOf({ header }: Head): number | undefined {
  const ms = Date.parse(header('date') ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

/** The id by which the cloud's operator finds the request. */
export function requestIdOf({ header }: Head): string | undefined {
  // Old Novas have a name of their own.
  return header('x-openstack-request-id') ?? header('x-compute-request-id');
}

async function send(exchange: Exchange, dispatcher: Dispatcher): Promise<Answer> {
  const { method, headers, body, timeoutMs } = exchange;
  const signal = AbortSignal.timeout(timeoutMs);
  let head: Head | undefined;
  try {
    const response = await request(exchange.url, { method, headers, body, signal, dispatcher });
    const header = (name: string): string | undefined => [response.headers[name]].flat()[0];
    head = { status: response.statusCode, header };
    return { ...head, text: await response.body.text() };
  } catch (error) {
    if (signal.aborted) throw tooLate(exchange, head);
    throw head === undefined ? unreachable(exchange, error) : brokenOff(exchange, head, error);
  }
}

function tooLate({ service, method, url, timeoutMs }: Exchange, head: Head | undefined): CloudError {
  const { host, pathname } = new URL(url);
  const message = `${service} at ${host} did not answer ${method} ${pathname} within ${timeoutMs} ms`;
  return new CloudError({
    code: 'E_CLOUD_TIMEOUT',
    ...(head === undefined ? { message } : headWords(`${message}: ${head.status} came, but no end`, head)),
    service,
    uncertain: true,
  });
}

function brokenOff({ service, method, url }: Exchange, head: Head, error: unknown): CloudError {
  const { code, message: reason } = rootCause(error);
  const message = `${service} broke off its answer ${head.status} to ${method} ${new URL(url).pathname}: ${shorten(reason)}`;
  return new CloudError({ ...meaning(code), ...headWords(message, head), cause: error, service, uncertain: true });
}

function headWords(text: string, head: Head): { message: string; status: number; requestId: string | undefined } {
  const requestId = requestIdOf(head);
  return { message: withRequestId(text, requestId), status: head.status, requestId };
}

/** The request has not left us. */
const NOT_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;
/** Node's and OpenSSL's names for a certificate that is not believed, or a peer that speaks no TLS. */
const TLS_FAULT = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH)/;

function unreachable({ service, method, url }: Exchange, error: unknown): CloudError {
  const { code, message: reason } = rootCause(error);
  const { origin, pathname } = new URL(url);
  const message = `${service} at ${origin} cannot be reached for ${method} ${pathname}: ${shorten(reason)}`;
  const uncertain = !NOT_SENT.test(code) && !TLS_FAULT.test(code);
  return new CloudError({ ...meaning(code), message, cause: error, service, uncertain });
}

function meaning(code: string): { code: string; hint?: string } {
  if (code === 'ENOTFOUND') return { code: 'E_CLOUD_HOST', hint: 'see auth_url in clouds.yaml, and the name service' };
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return { code: 'E_CLOUD_CLOSED' };
  if (!TLS_FAULT.test(code)) return { code: 'E_CLOUD_UNREACHABLE' };
  const hint = /^(ERR_SSL_|EPROTO)/.test(code)
    ? 'is it https in clouds.yaml where the cloud speaks plain http?'
    : 'set cacert in clouds.yaml to the file with the cloud’s authority';
  return { code: 'E_CLOUD_TLS', hint };
}

/** Of several addresses tried, Node's summary has a code but no message. */
function rootCause(error: unknown): { code: string; message: string } {
  if (error instanceof Error && error.cause !== undefined) return rootCause(error.cause);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return { code, message: messageOf(error) || code };
}
