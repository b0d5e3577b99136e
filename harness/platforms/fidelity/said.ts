import type { Answer } from './exchange.ts';
import type { Question } from './steps.ts';

/** What an answer says, without what differs from machine to machine and from minute to minute: one line of text. */

/** Headers whose values are compared, and those of which it is asked only whether they are there. */
const VALUES = ['content-type', 'location', 'www-authenticate', 'x-openfaas-internal', 'x-seen'];
const PRESENCE = ['x-call-id', 'x-start-time', 'x-duration-seconds'];

/** What newer versions of Prometheus' library add to a Content-Type: `; escaping=values`. */
const ESCAPING = /; escaping=\w+$/;

/** What is answered sooner is answered at once: how busy the machine is, is not compared. */
const LONG_MS = 5_000;

/** A refusal's own sentence is not compared: it is there for people. */
const FIRST_REFUSAL = 400;

/** `200 application/json {name: "asked", replicas: number}`. */
export function said(question: Question, { status, headers, body, tookMs }: Answer): string {
  if (status === 0) return 'the connection is dropped';
  const [type, ...values] = VALUES.map((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [name === 'content-type' ? value.replace(ESCAPING, '') : `${name}: ${value}`];
  });
  const present = PRESENCE.filter((name) => headers.has(name));
  const own = question.headers?.['X-Call-Id'];
  const kept = own === undefined ? [] : [headers.get('x-call-id') === own ? 'the call id is kept' : 'another call id'];
  const seconds = question.slow && tookMs >= LONG_MS ? [`after ${Math.round(tookMs / 1_000)} s`] : [];
  const parts = [String(status), ...(type ?? []), ...values.flat(), ...present, ...kept, ...seconds];
  return [...parts, ...bodyOf(question, status, headers.get('content-type') ?? '', body)].join(' ');
}

function bodyOf(question: Question, status: number, type: string, body: string): readonly string[] {
  if (question.mentions.length > 0) {
    const absent = question.mentions.filter((text) => !body.includes(text));
    return [absent.length === 0 ? 'with all metrics' : `without ${absent.join(', ')}`];
  }
  if (body === '') return ['(empty)'];
  if (question.wholeText) return [JSON.stringify(body)];
  if (status >= FIRST_REFUSAL) return [];
  if (question.path.startsWith('/system/logs')) return [linesOf(body)];
  const json = parsed(body);
  if (json !== undefined) return [shape(json, '', new Set(question.values))];
  return type.startsWith('text/html') ? [] : ['(text)'];
}

function linesOf(body: string): string {
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  const shapes = new Set(lines.map((line) => shape(parsed(line), '', new Set(['text', 'name', 'namespace']))));
  return `${lines.length} × ${[...shapes].join(' or ')}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Keys in order, each with its kind, or its value where that is asked for. */
function shape(value: unknown, path: string, values: ReadonlySet<string>): string {
  if (values.has(path)) return literal(value);
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    const shapes = new Set(value.map((item) => shape(item, `${path}[]`, values)));
    return `[${[...shapes].join(' or ')}]`;
  }
  if (typeof value !== 'object') return typeof value === 'string' ? 'text' : typeof value;
  const fields = Object.entries(value).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  const within = (key: string): string => (path === '' ? key : `${path}.${key}`);
  return `{${fields.map(([key, it]) => `${key}: ${shape(it, within(key), values)}`).join(', ')}}`;
}

/** JSON with its keys in order. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return `{${fields.map(([key, it]) => `${JSON.stringify(key)}:${literal(it)}`).join(',')}}`;
}
