import { type Dispatcher, fetch } from 'undici';
import { z } from 'zod';
import { conceal } from '../core/conceal.ts';
import { GivreError, messageOf } from '../core/errors.ts';
import {
  type FunctionSpec,
  type FunctionStatus,
  functionListSchema,
  functionStatusSchema,
  type GatewayInfo,
  gatewayInfoSchema,
  type LogLine,
  logLineSchema,
  namespaceListSchema,
  type SecretName,
  secretListSchema,
} from './gateway-schemas.ts';

interface GatewayAccess {
  readonly gatewayUrl: string;
  readonly credentials: { readonly user: string; readonly password: string };
}

interface ClientOptions {
  /** Of one call, from send to the last byte of the answer. Deploys pull images, so this is generous. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** undici's, for tunnels and private certificate authorities. */
  readonly dispatcher?: Dispatcher;
}

interface Invocation {
  readonly method?: string;
  /** Appended to `/function/NAME`, query included: `/items?id=1`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
}

/** What a function answered; any status is a result. */
interface InvocationAnswer {
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

/** OpenFaaS' management and invocation API, as one gateway serves it. */
export interface GatewayClient {
  /** @throws GivreError when `/healthz` is not 200. */
  health(): Promise<void>;
  info(): Promise<GatewayInfo>;
  listNamespaces(): Promise<readonly string[]>;
  listFunctions(namespace?: string): Promise<readonly FunctionStatus[]>;
  functionStatus(name: string, namespace?: string): Promise<FunctionStatus>;
  deploy(spec: FunctionSpec): Promise<void>;
  update(spec: FunctionSpec): Promise<void>;
  remove(name: string, namespace?: string): Promise<void>;
  scale(name: string, replicas: number, namespace?: string): Promise<void>;
  listSecrets(namespace?: string): Promise<readonly SecretName[]>;
  createSecret(name: string, value: string, namespace?: string): Promise<void>;
  updateSecret(name: string, value: string, namespace?: string): Promise<void>;
  removeSecret(name: string, namespace?: string): Promise<void>;
  /** The lines written so far; nothing is followed. `tail` bounds their number. */
  logs(name: string, options?: { tail?: number; namespace?: string }): Promise<readonly LogLine[]>;
  invoke(name: string, invocation?: Invocation): Promise<InvocationAnswer>;
  /** Queued through NATS; the answer is 202 with `X-Call-Id`, and the result goes to `callbackUrl` where one is named. */
  invokeAsync(name: string, invocation?: Invocation & { callbackUrl?: string }): Promise<InvocationAnswer>;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  /** Never shown, should an answer quote it. */
  readonly secret?: string;
}

const DEFAULT_TIMEOUT_MS = 120_000;

/** A client of one gateway. Every call has a deadline; no error contains the password or a secret's value. */
export function gatewayClient(access: GatewayAccess, options: ClientOptions = {}): GatewayClient {
  const authorization = basicAuth(access.credentials);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const known = [access.credentials.password, authorization.slice('Basic '.length)];
  const hide = (text: string, secret?: string): string => conceal(text, [...known, secret]);

  async function call(request: Call): Promise<string> {
    const body = request.json === undefined ? null : JSON.stringify(request.json);
    const headers = { authorization, ...(body === null ? {} : { 'content-type': 'application/json' }) };
    const answer = await send(access.gatewayUrl, { ...request, headers, body, timeoutMs }, options);
    const text = Buffer.from(answer.body).toString('utf8');
    if (answer.status >= 200 && answer.status < 300) return text;
    const line = firstLine(hide(text, request.secret));
    throw new GatewayError(request.method, request.path, answer.status, line);
  }
  async function read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return parse(await call({ method: 'GET', path }), schema, path, hide);
  }
  const change = async (method: string, path: string, json: unknown, secret?: string): Promise<void> => {
    await call({ method, path, json, ...(secret === undefined ? {} : { secret }) });
  };
  const invoke = (prefix: string, name: string, invocation: Invocation): Promise<InvocationAnswer> => {
    const path = `${prefix}/${encodeURIComponent(name)}${invocation.path ?? ''}`;
    const { method = 'GET', headers = {}, body = null } = invocation;
    return send(
      access.gatewayUrl,
      { method, path, headers, body, timeoutMs: invocation.timeoutMs ?? timeoutMs },
      options,
    );
  };

  return {
    health: async () => void (await call({ method: 'GET', path: '/healthz' })),
    info: () => read('/system/info', gatewayInfoSchema),
    listNamespaces: () => read('/system/namespaces', namespaceListSchema),
    listFunctions: (namespace) => read(`/system/functions${query({ namespace })}`, functionListSchema),
    functionStatus: (name, namespace) =>
      read(`/system/function/${encodeURIComponent(name)}${query({ namespace })}`, functionStatusSchema),
    deploy: (spec) => change('POST', '/system/functions', spec),
    update: (spec) => change('PUT', '/system/functions', spec),
    remove: (name, namespace) => change('DELETE', '/system/functions', { functionName: name, namespace }),
    scale: (name, replicas, namespace) =>
      change('POST', `/system/scale-function/${encodeURIComponent(name)}${query({ namespace })}`, {
        serviceName: name,
        replicas,
        namespace,
      }),
    listSecrets: (namespace) => read(`/system/secrets${query({ namespace })}`, secretListSchema),
    createSecret: (name, value, namespace) =>
      change('POST', '/system/secrets', { name, value, namespace: namespace ?? 'openfaas-fn' }, value),
    updateSecret: (name, value, namespace) =>
      change('PUT', '/system/secrets', { name, value, namespace: namespace ?? 'openfaas-fn' }, value),
    removeSecret: (name, namespace) =>
      change('DELETE', '/system/secrets', { name, namespace: namespace ?? 'openfaas-fn' }),
    async logs(name, { tail, namespace } = {}) {
      const path = `/system/logs${query({ name, tail, namespace, follow: 'false' })}`;
      const text = await call({ method: 'GET', path });
      return nonEmptyLines(text).map((line) => parse(line, logLineSchema, path, hide));
    },
    invoke: (name, invocation = {}) => invoke('/function', name, invocation),
    invokeAsync(name, { callbackUrl, ...invocation } = {}) {
      const callback = callbackUrl === undefined ? {} : { 'x-callback-url': callbackUrl };
      const headers = { ...invocation.headers, ...callback };
      return invoke('/async-function', name, { method: 'POST', ...invocation, headers });
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

function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
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
