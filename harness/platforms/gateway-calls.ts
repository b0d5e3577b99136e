import { type Dispatcher, fetch } from 'undici';
import { z } from 'zod';
import { conceal } from '../core/conceal.ts';
import { GivreError, messageOf } from '../core/errors.ts';

export interface GatewayAccess {
  readonly gatewayUrl: string;
  readonly credentials: { readonly user: string; readonly password: string };
}

export interface ClientOptions {
  /** Of one call, from send to the last byte of the answer. Deploys pull images, so this is generous. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** undici's, for tunnels and private certificate authorities. */
  readonly dispatcher?: Dispatcher;
}

export interface Invocation {
  readonly method?: string;
  /** Appended to `/function/NAME`, query included: `/items?id=1`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
}

/** What a function answered; any status is a result. */
export interface InvocationAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** The gateway answered a management call with a status that is no success. */
export class GatewayError extends GivreError {
  readonly status: number;
  readonly path: string;
  readonly bodyLine: string;

  constructor(method: string, path: string, status: number, bodyLine: string) {
    super({
      code: 'E_GATEWAY_ANSWER',
      message: `the gateway answered ${method} ${path} with ${status}: ${bodyLine === '' ? '(empty body)' : bodyLine}`,
      hint: status === 401 ? 'the credentials are not those of this installation' : undefined,
    });
    this.status = status;
    this.path = path;
    this.bodyLine = bodyLine;
  }
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  /** Never shown, should an answer quote it. */
  readonly secret?: string;
}

const DEFAULT_TIMEOUT_MS = 120_000;

/** How everything is asked of a gateway. */
export interface Calls {
  read<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** One document a line. */
  readLines<T>(path: string, schema: z.ZodType<T>): Promise<readonly T[]>;
  change(method: string, path: string, json: unknown, secret?: string): Promise<void>;
  health(): Promise<void>;
  invoke(prefix: string, name: string, invocation: Invocation): Promise<InvocationAnswer>;
}

export function callsTo(access: GatewayAccess, options: ClientOptions): Calls {
  const authorization = basicAuth(access.credentials);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const known = [access.credentials.password, authorization.slice('Basic '.length)];
  const hide = (text: string, secret?: string): string => conceal(text, [...known, secret]);

  const call = async (request: Call): Promise<string> => {
    const body = request.json === undefined ? null : JSON.stringify(request.json);
    const headers = { authorization, ...(body === null ? {} : { 'content-type': 'application/json' }) };
    const answer = await send(access.gatewayUrl, { ...request, headers, body, timeoutMs }, options);
    const text = Buffer.from(answer.body).toString('utf8');
    if (answer.status >= 200 && answer.status < 300) return text;
    const line = firstLine(hide(text, request.secret));
    throw new GatewayError(request.method, request.path, answer.status, line);
  };
  return {
    health: async () => void (await call({ method: 'GET', path: '/healthz' })),
    read: async (path, schema) => parse(await call({ method: 'GET', path }), schema, path, hide),
    async readLines(path, schema) {
      const text = await call({ method: 'GET', path });
      return nonEmptyLines(text).map((line) => parse(line, schema, path, hide));
    },
    async change(method, path, json, secret) {
      await call({ method, path, json, ...(secret === undefined ? {} : { secret }) });
    },
    invoke(prefix, name, invocation) {
      const path = `${prefix}/${encodeURIComponent(name)}${invocation.path ?? ''}`;
      const { method = 'GET', headers = {}, body = null } = invocation;
      const sending = { method, path, headers, body, timeoutMs: invocation.timeoutMs ?? timeoutMs };
      return send(access.gatewayUrl, sending, options);
    },
  };
}

interface Sending {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  readonly timeoutMs: number;
}

/** @throws GivreError `E_GATEWAY_TIMEOUT`, `E_GATEWAY_UNREACHABLE`; the signal's reason when aborted. */
async function send(base: string, sending: Sending, options: ClientOptions): Promise<InvocationAnswer> {
  const { method, path, headers, body, timeoutMs } = sending;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${base}${path}`, {
      method,
      headers,
      body,
      redirect: 'manual',
      signal: options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]),
      ...(options.dispatcher === undefined ? {} : { dispatcher: options.dispatcher }),
    });
    return { status: response.status, headers: new Map(response.headers), body: await response.bytes() };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (timeout.aborted) {
      throw new GivreError({
        code: 'E_GATEWAY_TIMEOUT',
        message: `the gateway at ${base} did not answer ${method} ${path} within ${timeoutMs} ms`,
      });
    }
    throw new GivreError({
      code: 'E_GATEWAY_UNREACHABLE',
      message: `the gateway at ${base} cannot be reached for ${method} ${path}: ${rootMessage(error)}`,
      cause: error,
    });
  }
}

function parse<T>(text: string, schema: z.ZodType<T>, path: string, hide: (text: string) => string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw formatError(path, `no JSON but "${firstLine(hide(text))}"`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw formatError(path, z.prettifyError(result.error).replaceAll('\n', ' '));
}

function formatError(path: string, found: string): GivreError {
  return new GivreError({ code: 'E_GATEWAY_FORMAT', message: `the gateway's answer to ${path} is ${found}` });
}

function basicAuth({ user, password }: GatewayAccess['credentials']): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function nonEmptyLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function firstLine(text: string): string {
  return (nonEmptyLines(text)[0] ?? '').trim().slice(0, 300);
}

/** undici wraps what really happened ("connect ECONNREFUSED …") in "fetch failed". */
function rootMessage(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? rootMessage(error.cause) : messageOf(error);
}
