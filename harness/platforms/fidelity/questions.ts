import { functionQuestions } from './function-questions.ts';
import { asks, type Step } from './steps.ts';

/** The whole API, in the order in which it is asked: what comes later rests on what came before. */

const METRICS = ['go_goroutines', 'provider_http_requests_total', 'provider_http_request_duration_seconds'];

const open: readonly Step[] = [
  asks('health', 'gateway GET /healthz'),
  asks('health: of the provider', 'provider GET /healthz'),
  asks('health: another method', 'gateway POST /healthz'),
  asks('root', 'gateway GET /'),
  asks('metrics: not on the gateway’s port', 'gateway GET /metrics'),
  asks('metrics: of the provider, without credentials', 'provider GET /metrics', { mentions: METRICS }),
];

const credentials: readonly Step[] = [
  asks('credentials: none', 'gateway GET /system/functions', { credentials: 'none' }),
  asks('credentials: wrong', 'gateway GET /system/functions', { credentials: 'wrong' }),
  asks('credentials: none, deploy', 'gateway POST /system/functions', { credentials: 'none', body: '{}' }),
  ...['functions', 'info', 'secrets', 'function/nobody', 'logs?name=nobody'].map((path) =>
    asks(`credentials: none at the provider, ${path}`, `provider GET /system/${path}`, { credentials: 'none' }),
  ),
  ...['namespaces', 'namespace/nowhere'].map((path) =>
    asks(`credentials: none at the provider, ${path}`, `provider GET /system/${path}`, {
      credentials: 'none',
      because: ['open-namespaces'],
    }),
  ),
  asks('credentials: none at the gateway, namespaces', 'gateway GET /system/namespaces', { credentials: 'none' }),
];

const info: readonly Step[] = [
  asks('info', 'gateway GET /system/info', { values: ['provider.orchestration'] }),
  asks('info: of the provider', 'provider GET /system/info', { values: ['orchestration'] }),
  asks('info: another method', 'provider POST /system/info'),
];

const HERE = '{"name":"asked-ns","labels":{"openfaas":"1","team":"a"}}';
const THERE = '{"name":"nowhere","labels":{"openfaas":"1"}}';
const strict = { because: ['strict-namespaces'] };

const namespaces: readonly Step[] = [
  asks('namespaces', 'gateway GET /system/namespaces', { values: [''] }),
  asks('namespaces: of the provider', 'provider GET /system/namespaces', { values: [''] }),
  asks('namespace: not a route of this gateway', 'gateway GET /system/namespace/openfaas-fn'),
  asks('namespace: no name', 'provider GET /system/namespace/'),
  asks('namespace: the default one', 'provider GET /system/namespace/openfaas-fn', strict),
  asks('namespace: unknown', 'provider GET /system/namespace/nowhere'),
  asks('namespace: made without a body', 'provider POST /system/namespace/bare-ns', strict),
  asks('namespace: made without the label', 'provider POST /system/namespace/bare-2', {
    body: '{"name":"bare-2"}',
    ...strict,
  }),
  asks('namespace: made', 'provider POST /system/namespace/asked-ns', { body: HERE }),
  asks('namespace: made again', 'provider POST /system/namespace/asked-ns', { body: HERE }),
  asks('namespace: seen', 'provider GET /system/namespace/asked-ns', { values: [''] }),
  asks('namespace: changed', 'provider PUT /system/namespace/asked-ns', { body: HERE.replace('team', 'owner') }),
  asks('namespace: seen after a change', 'provider GET /system/namespace/asked-ns', { values: [''], ...strict }),
  asks('namespace: changed, the body names another', 'provider PUT /system/namespace/asked-ns', {
    body: THERE,
    ...strict,
  }),
  asks('namespace: changed, unknown', 'provider PUT /system/namespace/nowhere', { body: THERE }),
  asks('namespace: another method', 'provider PATCH /system/namespace/asked-ns', { body: HERE }),
  asks('namespace: deleted without a body', 'provider DELETE /system/namespace/bare-ns', strict),
  asks('namespace: deleted, unknown', 'provider DELETE /system/namespace/nowhere', { body: THERE }),
];

const name = (secret: string): string => JSON.stringify({ name: secret });
const valued = (secret: string, more: object = {}): string => JSON.stringify({ name: secret, value: 'hush', ...more });
const loose = { because: ['loose-secrets'] };

const secrets: readonly Step[] = [
  asks('secrets: none', 'gateway GET /system/secrets', { values: [''], ...loose }),
  asks('secret: no JSON', 'gateway POST /system/secrets', { body: '{', ...loose }),
  asks('secret: no name', 'gateway POST /system/secrets', { body: '{}' }),
  asks('secret: a path', 'gateway POST /system/secrets', { body: valued('../up') }),
  asks('secret: a name that no function can have', 'gateway POST /system/secrets', { body: valued('a--b'), ...loose }),
  { forgetSecret: 'a--b' },
  asks('secret: unknown namespace', 'gateway POST /system/secrets', {
    body: valued('lost', { namespace: 'nowhere' }),
    ...loose,
  }),
  asks('secret: made', 'gateway POST /system/secrets', { body: valued('asked-secret'), because: ['plain-200'] }),
  asks('secret: made again', 'gateway POST /system/secrets', { body: valued('asked-secret'), ...loose }),
  asks('secret: changed', 'gateway PUT /system/secrets', { body: valued('asked-secret'), because: ['plain-200'] }),
  asks('secrets: one', 'gateway GET /system/secrets', { values: [''], ...loose }),
  asks('secrets: unknown namespace', 'gateway GET /system/secrets?namespace=nowhere', { because: ['coarse-codes'] }),
  asks('secret: changed, unknown', 'gateway PUT /system/secrets', { body: valued('unknown'), ...loose }),
  { forgetSecret: 'unknown' },
  asks('secret: deleted, no JSON', 'gateway DELETE /system/secrets', { body: '{', ...loose }),
  asks('secret: deleted, unknown', 'gateway DELETE /system/secrets', { body: name('never-there'), ...loose }),
  asks('secret: deleted', 'gateway DELETE /system/secrets', { body: name('asked-secret'), because: ['plain-200'] }),
  asks('secret: deleted again', 'gateway DELETE /system/secrets', { body: name('asked-secret'), ...loose }),
  asks('secret: another method', 'gateway PATCH /system/secrets', { body: name('asked-secret') }),
];

export const questions: readonly Step[] = [
  ...open,
  ...credentials,
  ...info,
  ...namespaces,
  ...secrets,
  ...functionQuestions,
];
