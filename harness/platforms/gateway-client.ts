import {
  type Calls,
  type ClientOptions,
  callsTo,
  type GatewayAccess,
  type Invocation,
  type InvocationAnswer,
} from './gateway-calls.ts';
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

export { GatewayError } from './gateway-calls.ts';

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

/** A client of one gateway. Every call has a deadline; no error contains the password or a secret's value. */
export function gatewayClient(access: GatewayAccess, options: ClientOptions = {}): GatewayClient {
  const calls = callsTo(access, options);
  return { ...managing(calls), ...secretsBy(calls), ...invoking(calls) };
}

type Secrets = Pick<GatewayClient, 'listSecrets' | 'createSecret' | 'updateSecret' | 'removeSecret'>;
type Invoking = Pick<GatewayClient, 'invoke' | 'invokeAsync'>;

function managing({ health, read, readLines, change }: Calls): Omit<GatewayClient, keyof Secrets | keyof Invoking> {
  return {
    health,
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
    logs: (name, { tail, namespace } = {}) =>
      readLines(`/system/logs${query({ name, tail, namespace, follow: 'false' })}`, logLineSchema),
  };
}

function secretsBy({ read, change }: Calls): Secrets {
  return {
    listSecrets: (namespace) => read(`/system/secrets${query({ namespace })}`, secretListSchema),
    createSecret: (name, value, namespace) =>
      change('POST', '/system/secrets', { name, value, namespace: namespace ?? 'openfaas-fn' }, value),
    updateSecret: (name, value, namespace) =>
      change('PUT', '/system/secrets', { name, value, namespace: namespace ?? 'openfaas-fn' }, value),
    removeSecret: (name, namespace) =>
      change('DELETE', '/system/secrets', { name, namespace: namespace ?? 'openfaas-fn' }),
  };
}

function invoking({ invoke }: Calls): Invoking {
  return {
    invoke: (name, invocation = {}) => invoke('/function', name, invocation),
    invokeAsync(name, { callbackUrl, ...invocation } = {}) {
      const callback = callbackUrl === undefined ? {} : { 'x-callback-url': callbackUrl };
      const headers = { ...invocation.headers, ...callback };
      return invoke('/async-function', name, { method: 'POST', ...invocation, headers });
    },
  };
}

function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
