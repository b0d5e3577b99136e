import { GivreError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';

interface CloudErrorOptions {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly exitCode?: ExitCode | undefined;
  readonly cause?: unknown;
  readonly service: string;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly serviceMessage?: string | undefined;
  readonly uncertain?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * A request to a cloud failed. Codes: `E_CLOUD_UNREACHABLE`, `E_CLOUD_HOST` (no such host), `E_CLOUD_TLS`,
 * `E_CLOUD_TIMEOUT`, `E_CLOUD_CLOSED` (by ourselves), `E_CLOUD_BROKEN` (the answer is no JSON), `E_CLOUD_FORMAT` (it is,
 * but not what the service should say),
 * `E_CLOUD_AUTH` (401), `E_CLOUD_FORBIDDEN` (403), `E_CLOUD_QUOTA` (exit code 3: not failed but inconclusive),
 * `E_CLOUD_NOT_FOUND` (404), `E_CLOUD_CONFLICT` (409), `E_CLOUD_BUSY` (429), `E_CLOUD_ANSWER` (any other status),
 * `E_CLOUD_MICROVERSION` (the service is too old for what was asked).
 */
export class CloudError extends GivreError {
  /** As we call it: `compute`, `network`, `image`, `volume`, `identity`. */
  readonly service: string;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** By which the cloud's operator finds the request in the service's log. */
  readonly requestId: string | undefined;
  /** The service's own words, without its wrapping. */
  readonly serviceMessage: string | undefined;
  /** The service may have done what was asked all the same: look before asking again. */
  readonly uncertain: boolean;
  /** For how long the service asked to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(options: CloudErrorOptions) {
    super({ ...options, exitCode: options.exitCode ?? exitCodes.infrastructure });
    this.name = 'CloudError';
    this.service = options.service;
    this.status = options.status;
    this.requestId = options.requestId;
    this.serviceMessage = options.serviceMessage;
    this.uncertain = options.uncertain ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The same error in other words. */
export function reworded(error: CloudError, words: { readonly message?: string; readonly hint?: string }): CloudError {
  return new CloudError({ ...error, message: error.message, cause: error.cause, ...words });
}

/** A message with the id by which the cloud's operator finds the request. */
export function withRequestId(message: string, requestId: string | undefined): string {
  return requestId === undefined ? message : `${message} [${requestId}]`;
}

/** Undefined instead of an error when there is no such thing. */
export async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  return await asked.catch((error: unknown) => {
    if (error instanceof CloudError && error.status === 404) return undefined;
    throw error;
  });
}

interface Refusal {
  readonly service: string;
  /** Method and path, without the query. */
  readonly what: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly text: string;
  readonly location: string | undefined;
  /** Blacks out what an answer must not show, once it is decoded. */
  readonly hide?: (words: string) => string;
  readonly retryAfterMs: number | undefined;
  readonly uncertain: boolean;
}

/** The error for an answer whose status is no success. */
export function refusal(answer: Refusal): CloudError {
  const { service, what, status, requestId, text, hide } = answer;
  const serviceMessage = messageIn(text, hide);
  const words = serviceMessage === '' ? '(empty body)' : serviceMessage;
  const message = withRequestId(`${service} answered ${what} with ${status}: ${words}`, requestId);
  return new CloudError({ ...answer, ...meaning(answer, serviceMessage), message, serviceMessage });
}

interface Meaning {
  readonly code: string;
  readonly hint?: string;
  readonly exitCode?: ExitCode;
}

function meaning({ status, location, retryAfterMs }: Refusal, text: string): Meaning {
  // Nova says it with 403, Neutron with 409, Cinder and Glance with 413.
  if ([403, 409, 413].includes(status) && /quota|limit exceeded|overlimit|no more ip addresses/i.test(text)) {
    const hint =
      'ask for a larger quota, choose a smaller plan, or see what is left over: npm run reap -- --target openstack';
    return { code: 'E_CLOUD_QUOTA', hint, exitCode: exitCodes.invalid };
  }
  if (status === 401) return { code: 'E_CLOUD_AUTH', hint: 'the credential is wrong, expired or revoked' };
  if (status === 403) return { code: 'E_CLOUD_FORBIDDEN', hint: 'the role of this user in this project is too small' };
  if (status === 404) return { code: 'E_CLOUD_NOT_FOUND' };
  if (status === 409) return { code: 'E_CLOUD_CONFLICT' };
  if (status === 429) {
    const pause = retryAfterMs === undefined ? 'for a while' : `for ${Math.ceil(retryAfterMs / 1000)} s`;
    return { code: 'E_CLOUD_BUSY', hint: `the cloud wants to be left alone ${pause}: it limits the rate of requests` };
  }
  if (status >= 300 && status < 400) {
    return { code: 'E_CLOUD_ANSWER', hint: `the endpoint has moved${location === undefined ? '' : ` to ${location}`}` };
  }
  return { code: 'E_CLOUD_ANSWER' };
}

const LONGEST_MESSAGE = 400;
/** Where services put their words: Nova and Cinder `{badRequest: {message}}`, Neutron `{NeutronError: {…}}` or a bare
 * text, Keystone `{error: {message}}`, Placement `{errors: [{detail}]}`, others `{faultstring}`. */
const MESSAGE_KEYS = ['message', 'detail', 'faultstring', 'error_message', 'title'];

/** The service's words out of an error's body: nested JSON, a proxy's or Glance's HTML, or plain text. */
export function messageIn(text: string, hide = (words: string): string => words): string {
  const parsed = parsedOrUndefined(text);
  const found = parsed === undefined ? undefined : deepMessage(parsed, 0);
  // Glance puts line breaks of HTML into its JSON.
  return shorten(hide(found?.replaceAll(/<br ?\/?>/gi, ' ') ?? (looksLikeHtml(text) ? htmlText(text) : text)));
}

export function shorten(text: string, longest = LONGEST_MESSAGE): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

export function looksLikeHtml(text: string): boolean {
  return /^\s*<(!doctype|html|head|body)/i.test(text);
}

function htmlText(html: string): string {
  const body = html.replaceAll(/<(script|style|title)\b[\s\S]*?<\/\1>/gi, ' ').replaceAll(/<[^>]*>/g, ' ');
  return body.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function deepMessage(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth > 4) return undefined;
  const entries = Object.entries(value);
  for (const key of MESSAGE_KEYS) {
    const named = entries.find(([name, inner]) => name === key && inner !== null && inner !== '');
    if (named !== undefined) return deepMessage(named[1], depth + 1);
  }
  for (const [, inner] of entries) {
    if (typeof inner === 'object' || entries.length === 1) {
      const found = deepMessage(inner, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
