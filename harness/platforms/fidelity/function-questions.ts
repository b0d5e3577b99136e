import { invocationQuestions } from './invocation-questions.ts';
import { asks, type Step } from './steps.ts';

/** Functions: deployed, told, scaled, updated, deleted. One function, `asked`, lives from the first answer to the last. */

const deployment = (service: string, more: object = {}): string => JSON.stringify({ service, image: 'IMAGE', ...more });
const coarse = { because: ['coarse-codes'] };
const plain = { because: ['plain-200'] };

/** Every field that a deployment has. */
const ASKED = {
  envProcess: 'cat',
  envVars: { PLAIN: 'b', WITH_EQUALS: 'c=d' },
  labels: { 'made-by': 'givre' },
  annotations: { topic: 'fidelity' },
  constraints: ['none'],
  limits: { memory: '131072Ki', cpu: '500m' },
  requests: { memory: '64Mi' },
  readOnlyRootFilesystem: true,
};
const TOLD = [
  'name',
  'namespace',
  'envProcess',
  'envVars',
  'labels',
  'annotations',
  'constraints',
  'limits',
  'requests',
];
const COUNTED = ['readOnlyRootFilesystem', 'replicas', 'availableReplicas', 'secrets'];
const one = [...TOLD, ...COUNTED];
const listed = one.map((field) => `[].${field}`);

const deployed: readonly Step[] = [
  asks('functions: none', 'gateway GET /system/functions', { values: [''] }),
  asks('functions: unknown namespace', 'gateway GET /system/functions?namespace=nowhere', coarse),
  asks('functions: another method', 'gateway PATCH /system/functions', { body: '{}' }),
  asks('deploy: no JSON', 'gateway POST /system/functions', { body: '{' }),
  asks('deploy: no body', 'gateway POST /system/functions'),
  asks('deploy: empty', 'gateway POST /system/functions', { body: '{}' }),
  asks('deploy: no image', 'gateway POST /system/functions', { body: '{"service":"asked"}' }),
  asks('deploy: no name', 'gateway POST /system/functions', { body: '{"image":"IMAGE"}' }),
  asks('deploy: a name that no container can have', 'gateway POST /system/functions', { body: deployment('a--b') }),
  asks('deploy: no image reference', 'gateway POST /system/functions', { body: deployment('asked', { image: 'A b' }) }),
  asks('deploy: an image that is nowhere', 'gateway POST /system/functions', {
    body: deployment('asked', { image: '127.0.0.1:5000/givre/never-made:1' }),
    ...coarse,
  }),
  asks('deploy: unknown namespace', 'gateway POST /system/functions', {
    body: deployment('asked', { namespace: 'nowhere' }),
    ...coarse,
  }),
  asks('deploy: unknown secret', 'gateway POST /system/functions', {
    body: deployment('asked', { secrets: ['nobody'] }),
  }),
  asks('deploy: a limit of memory that is no quantity', 'gateway POST /system/functions', {
    body: deployment('unread', { limits: { memory: 'lots' } }),
    because: ['ignore-limits'],
  }),
  { remove: 'unread' },
  asks('deploy: two replicas at least', 'gateway POST /system/functions', {
    body: deployment('twice', { labels: { 'com.openfaas.scale.min': '2' } }),
    because: ['ignore-replicas'],
  }),
  { remove: 'twice' },
  asks('deploy: less memory than a process needs', 'gateway POST /system/functions', {
    body: deployment('small', { limits: { memory: '64Ki' } }),
    ...coarse,
  }),
  asks('status: of what could not be started', 'gateway GET /system/function/small', {
    because: ['deploy-leaves'],
    values: ['replicas'],
  }),
  { remove: 'small' },
  asks('deploy', 'gateway POST /system/functions', { body: deployment('asked', ASKED), ...plain }),
  asks('deploy: exists already', 'gateway POST /system/functions', { body: deployment('asked', ASKED), ...coarse }),
];

const told: readonly Step[] = [
  asks('status', 'gateway GET /system/function/asked', { values: one, because: ['lossy-status'] }),
  asks('status: with usage', 'gateway GET /system/function/asked?usage=true', { because: ['lossy-status'] }),
  asks('status: in its namespace', 'gateway GET /system/function/asked?namespace=openfaas-fn', {
    because: ['lossy-status'],
  }),
  asks('status: NAME.NAMESPACE', 'gateway GET /system/function/asked.openfaas-fn', { because: ['body-only'] }),
  asks('status: unknown', 'gateway GET /system/function/nobody', coarse),
  asks('status: unknown namespace', 'gateway GET /system/function/asked?namespace=nowhere', coarse),
  asks('functions: one', 'gateway GET /system/functions', { values: listed, because: ['lossy-status'] }),
  asks('functions: one, of the provider', 'provider GET /system/functions', {
    values: listed,
    because: ['lossy-status'],
  }),
  asks('functions: in an empty namespace', 'gateway GET /system/functions?namespace=asked-ns', { values: [''] }),
  { untilAnswers: 'asked' },
];

const scale = (serviceName: string, replicas: number, more: object = {}): string =>
  JSON.stringify({ serviceName, replicas, ...more });
const replicas = { values: ['replicas', 'availableReplicas'], because: ['lossy-status'] };

const scaled: readonly Step[] = [
  asks('scale: no JSON', 'gateway POST /system/scale-function/asked', { body: '{' }),
  asks('scale: unknown', 'gateway POST /system/scale-function/nobody', { body: scale('nobody', 1) }),
  asks('scale: unknown namespace', 'gateway POST /system/scale-function/asked', {
    body: scale('asked', 1, { namespace: 'nowhere' }),
    ...coarse,
  }),
  asks('scale: the query names an unknown namespace', 'gateway POST /system/scale-function/asked?namespace=nowhere', {
    body: scale('asked', 1),
    because: ['body-only'],
  }),
  asks('scale: the body names another function', 'gateway POST /system/scale-function/asked', {
    body: scale('nobody', 1),
    because: ['body-only'],
  }),
  asks('scale: the body names no function', 'gateway POST /system/scale-function/asked', {
    body: '{"replicas":1}',
    because: ['body-only'],
  }),
  asks('scale: below zero', 'gateway POST /system/scale-function/asked', { body: scale('asked', -1) }),
  asks('scale: three', 'gateway POST /system/scale-function/asked', {
    body: scale('asked', 3),
    because: ['ignore-replicas'],
  }),
  asks('scale: another method', 'gateway GET /system/scale-function/asked'),
  asks('scale: to zero', 'gateway POST /system/scale-function/asked', { body: scale('asked', 0), ...plain }),
  asks('status: scaled to zero', 'gateway GET /system/function/asked', replicas),
  asks('invoke: paused, at the provider', 'provider GET /function/asked', { because: ['stopped-is-gateway'] }),
  asks('scale: to zero again', 'gateway POST /system/scale-function/asked', { body: scale('asked', 0), ...plain }),
  asks('status: scaled to zero twice', 'gateway GET /system/function/asked', {
    values: ['replicas', 'availableReplicas'],
    because: ['zero-resumes', 'lossy-status'],
  }),
  asks('scale: to one', 'gateway POST /system/scale-function/asked', { body: scale('asked', 1), ...plain }),
  asks('status: scaled to one', 'gateway GET /system/function/asked', replicas),
];

const removed = { because: ['update-removes'] };

const updated: readonly Step[] = [
  asks('update: no JSON', 'gateway PUT /system/functions', { body: '{' }),
  asks('update: unknown', 'gateway PUT /system/functions', { body: deployment('nobody') }),
  asks('update: unknown namespace', 'gateway PUT /system/functions', {
    body: deployment('asked', { namespace: 'nowhere' }),
    ...coarse,
  }),
  asks('deploy: a second function', 'gateway POST /system/functions', { body: deployment('victim'), ...plain }),
  asks('update: an image that is nowhere', 'gateway PUT /system/functions', {
    body: deployment('victim', { image: '127.0.0.1:5000/givre/never-made:1' }),
  }),
  asks('status: after an update that could not be pulled', 'gateway GET /system/function/victim', removed),
  { remove: 'victim' },
  asks('deploy: a third function', 'gateway POST /system/functions', { body: deployment('naked'), ...plain }),
  asks('update: no image', 'gateway PUT /system/functions', { body: '{"service":"naked"}', ...removed }),
  asks('status: after an update without an image', 'gateway GET /system/function/naked', removed),
  { remove: 'naked' },
  asks('deploy: a fourth function', 'gateway POST /system/functions', { body: deployment('sealed'), ...plain }),
  asks('update: unknown secret', 'gateway PUT /system/functions', {
    body: deployment('sealed', { secrets: ['nobody'] }),
  }),
  asks('status: after an update with an unknown secret', 'gateway GET /system/function/sealed', {
    values: ['replicas'],
    ...removed,
  }),
  { remove: 'sealed' },
  asks('update', 'gateway PUT /system/functions', {
    body: deployment('asked', { envVars: { PLAIN: 'new' } }),
    ...plain,
  }),
  { untilAnswers: 'asked' },
  asks('status: updated', 'gateway GET /system/function/asked', { values: ['envVars'], because: ['lossy-status'] }),
];

const remove = (functionName: string, more: object = {}): string => JSON.stringify({ functionName, ...more });

const deleted: readonly Step[] = [
  asks('delete: no JSON', 'gateway DELETE /system/functions', { body: '{' }),
  asks('delete: no name', 'gateway DELETE /system/functions', { body: '{}', ...coarse }),
  asks('delete: unknown', 'gateway DELETE /system/functions', { body: remove('nobody') }),
  asks('delete: unknown namespace', 'gateway DELETE /system/functions', {
    body: remove('asked', { namespace: 'nowhere' }),
    ...coarse,
  }),
  asks('delete', 'gateway DELETE /system/functions', { body: remove('asked'), ...plain }),
  asks('delete: again', 'gateway DELETE /system/functions', { body: remove('asked') }),
  asks('status: deleted', 'gateway GET /system/function/asked', coarse),
  asks('logs: of a function that was deleted', 'provider GET /system/logs?name=asked', { because: ['journal-logs'] }),
  asks('deploy: a function that does not end when it is asked to', 'gateway POST /system/functions', {
    body: deployment('stubborn', { envVars: { IGNORE_TERM: '1' } }),
    slow: true,
    ...plain,
  }),
  { untilAnswers: 'stubborn', slow: true },
  asks('delete: a function that does not end in time', 'gateway DELETE /system/functions', {
    body: remove('stubborn'),
    slow: true,
    because: ['drain-500'],
  }),
  asks('delete: the same again', 'gateway DELETE /system/functions', {
    body: remove('stubborn'),
    slow: true,
    because: ['drain-500'],
  }),
];

/** A function outside of the default namespace. */
const elsewhere: readonly Step[] = [
  asks('deploy: elsewhere', 'gateway POST /system/functions', {
    body: deployment('elsewhere', { namespace: 'asked-ns' }),
    ...plain,
  }),
  { untilAnswers: 'elsewhere.asked-ns' },
  asks('invoke: elsewhere', 'gateway POST /function/elsewhere.asked-ns/x', { body: 'ping', wholeText: true }),
  asks('status: elsewhere', 'gateway GET /system/function/elsewhere?namespace=asked-ns', {
    values: ['namespace', 'replicas'],
    because: ['lossy-status'],
  }),
  asks('logs: elsewhere', 'provider GET /system/logs?name=elsewhere&namespace=asked-ns'),
  asks('namespace: deleted while it holds a function', 'provider DELETE /system/namespace/asked-ns', {
    body: '{"name":"asked-ns","labels":{"openfaas":"1"}}',
    because: ['strict-namespaces'],
  }),
  asks('scale: elsewhere to zero', 'gateway POST /system/scale-function/elsewhere', {
    body: scale('elsewhere', 0, { namespace: 'asked-ns' }),
    ...plain,
  }),
  { waitMs: 300 },
  asks('invoke: elsewhere, from zero', 'gateway GET /function/elsewhere.asked-ns', { because: ['body-only'] }),
  asks('scale: elsewhere to one', 'gateway POST /system/scale-function/elsewhere', {
    body: scale('elsewhere', 1, { namespace: 'asked-ns' }),
    ...plain,
  }),
  asks('delete: elsewhere', 'gateway DELETE /system/functions', {
    body: remove('elsewhere', { namespace: 'asked-ns' }),
    ...plain,
  }),
];

export const functionQuestions: readonly Step[] = [
  ...deployed,
  ...told,
  ...elsewhere,
  ...scaled,
  ...updated,
  ...invocationQuestions,
  ...deleted,
];
