import { asks, type Step } from './steps.ts';

/** What is asked while the function `asked` runs, since its update: invocations, queue and logs. */

const said = { wholeText: true };
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const invoked: readonly Step[] = [
  asks('invoke: GET', 'gateway GET /function/asked', said),
  asks('invoke: HEAD', 'gateway HEAD /function/asked'),
  ...METHODS.map((method) =>
    asks(`invoke: ${method}`, `gateway ${method} /function/asked/a/b`, { body: 'ping', ...said }),
  ),
  asks('invoke: TRACE', 'gateway TRACE /function/asked'),
  asks('invoke: path and query', 'gateway GET /function/asked/a%20b/c;d?x=1&y=%2F&x=2', said),
  asks('invoke: a slash at the end', 'gateway GET /function/asked/', said),
  asks('invoke: an empty part of a path', 'gateway GET /function/asked//a'),
  asks('invoke: a path that goes up', 'gateway GET /function/asked/a/../b'),
  asks('invoke: NAME.NAMESPACE', 'gateway GET /function/asked.openfaas-fn/a', said),
  asks('invoke: a call id', 'gateway GET /function/asked', { headers: { 'X-Call-Id': 'of-the-caller' } }),
  asks('invoke: an event stream', 'gateway GET /function/asked/a', {
    headers: { Accept: 'text/event-stream' },
    ...said,
  }),
  asks('invoke: unknown', 'gateway GET /function/nobody'),
  asks('invoke: unknown, in an unknown namespace', 'gateway GET /function/nobody.nowhere'),
  asks('invoke: no name', 'gateway GET /function/'),
  asks('invoke: at the provider', 'provider GET /function/asked/a?x=1', said),
  asks('invoke: unknown, at the provider', 'provider GET /function/nobody', { because: ['proxy-503'] }),
  asks('invoke: unknown, at the provider, an event stream', 'provider GET /function/nobody', {
    headers: { Accept: 'text/event-stream' },
    because: ['proxy-503'],
  }),
];

const queued: readonly Step[] = [
  asks('queue', 'gateway POST /async-function/asked/a?x=1', { body: 'ping' }),
  asks('queue: another method', 'gateway GET /async-function/asked'),
  asks('queue: unknown function', 'gateway POST /async-function/nobody', { body: 'ping' }),
  asks('queue: a callback that is no address', 'gateway POST /async-function/asked', {
    body: 'ping',
    headers: { 'X-Callback-Url': '::' },
  }),
];

const journal = { because: ['journal-logs'] };

/** It has logged one line since it was updated, and one before. */
const logs: readonly Step[] = [
  asks('logs', 'gateway GET /system/logs?name=asked&follow=false', journal),
  asks('logs: at the provider', 'provider GET /system/logs?name=asked', journal),
  asks('logs: the last one', 'provider GET /system/logs?name=asked&tail=1'),
  asks('logs: a number of lines that is none', 'gateway GET /system/logs?name=asked&tail=x'),
  asks('logs: a number of lines that is none, at the provider', 'provider GET /system/logs?name=asked&tail=x'),
  asks('logs: a time that is none', 'provider GET /system/logs?name=asked&since=yesterday'),
  asks('logs: of the last years', 'provider GET /system/logs?name=asked&since=2020-01-01T00:00:00Z', journal),
  asks('logs: since after all of them', 'provider GET /system/logs?name=asked&since=NOW'),
  asks('logs: since the future', 'provider GET /system/logs?name=asked&since=2100-01-01T00:00:00Z', journal),
  asks('logs: its own instance', 'provider GET /system/logs?name=asked&instance=asked', journal),
  asks('logs: another instance', 'provider GET /system/logs?name=asked&instance=other', journal),
  asks('logs: unknown function', 'gateway GET /system/logs?name=nobody'),
  asks('logs: unknown namespace', 'provider GET /system/logs?name=asked&namespace=nowhere'),
  asks('logs: no name', 'provider GET /system/logs'),
  asks('logs: another method', 'gateway POST /system/logs?name=asked'),
];

export const invocationQuestions: readonly Step[] = [...invoked, ...queued, { waitMs: 2_100 }, ...logs];
