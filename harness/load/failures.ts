import { inertLine, withoutCredentials } from '../core/inert.ts';
import type { FailureCount, Origin } from '../runs/schema.ts';
import { type Answer, originOf, type Via } from './origin.ts';

/** Why one request failed: whose answer it was, and what it said. */
export interface Blame {
  readonly origin: Origin;
  /** One line, inert; null where nothing was said. */
  readonly words: string | null;
}

/** What was sent, as far as it tells whose a wrong answer is. */
export interface Blamed {
  readonly via: Via;
  /** Of the plan: each request carries it with its own number, which an answer may repeat. */
  readonly id: string;
}

const WORDS_BYTES = 200;

export function blame(answer: Answer, { via, id }: Blamed): Blame {
  const words = inertWords(answer.words.replaceAll(id, '{id}'));
  return { origin: originOf(answer, via), words: words === '' ? null : words };
}

/**
 * The first line of foreign text: at most 200 bytes, without characters that could steer a terminal or turn text around,
 * without what looks like a credential, and without what differs from one request to the next for no reason (ports of
 * connections, our own number of the request).
 */
export function inertWords(text: string): string {
  const [line = ''] = text.trim().split(/[\r\n]/);
  const plain = withoutCredentials(inertLine(line))
    .replace(/\b(Basic|Bearer)\s+[\w+/=.~-]{4,}/gi, '$1 [hidden]')
    .replace(
      /\b([\w-]*(?:passw(?:or)?d|secret|token|api[-_]?key|authorization)["']?\s*[=:]\s*)("[^"]*"|\S+)/gi,
      '$1[hidden]',
    )
    .replace(/\{id\}-\d+/g, '{id}')
    .replace(/:\d+->/g, ':…->')
    .trim();
  return withinBytes(plain, WORDS_BYTES);
}

function withinBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  let kept = '';
  let bytes = Buffer.byteLength('…');
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    kept += character;
  }
  return `${kept}…`;
}

/** So many different words are kept of one measurement; of what says still others, status and origin are counted. */
const MOST_WORDS = 40;

/** Counts failures by status, origin and words; what it holds does not grow with their number. */
export function failureCounter() {
  const counts = new Map<string, FailureCount>();
  let withWords = 0;
  const count = ({ status, origin, words, n }: FailureCount): void => {
    const isNew = words !== null && !counts.has(keyOf({ status, origin, words }));
    const kept = isNew && withWords >= MOST_WORDS ? null : words;
    if (isNew && kept !== null) withWords += 1;
    const key = keyOf({ status, origin, words: kept });
    counts.set(key, { status, origin, words: kept, n: (counts.get(key)?.n ?? 0) + n });
  };
  return {
    count,
    /** Most frequent first. */
    list: (): readonly FailureCount[] => [...counts.values()].sort((a, b) => b.n - a.n),
  };
}

function keyOf({ status, origin, words }: Omit<FailureCount, 'n'>): string {
  return JSON.stringify([status, origin, words]);
}

/** Several measurements' failures as one. */
export function mergeFailures(lists: readonly (readonly FailureCount[])[]): readonly FailureCount[] {
  const all = failureCounter();
  for (const one of lists.flat()) all.count(one);
  return all.list();
}
