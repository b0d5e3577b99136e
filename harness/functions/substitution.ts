import { usageError } from '../core/errors.ts';
import { apply } from './substitution-operators.ts';

/** Where reading stands in a text; what is read is substituted at once. */
interface Reading {
  readonly text: string;
  at: number;
  depth: number;
  readonly valueOf: (name: string) => string;
  readonly fail: (why: string) => Error;
}

const DEEPEST = 50;
const NAME = /[\p{L}\p{Nd}_]+/uy;
const OPERATOR = /:(?=[-=?+])[-=?+]|=|[,^]{1,2}|\/[/#%]?|#{1,2}|%{1,2}|:/y;

/**
 * Puts environment variables into a stack file's text before it is parsed, as faas-cli does: by the rules of
 * <https://github.com/drone/envsubst>, which are those of bash in part. A variable that is not set is empty; `:-`, `:=`,
 * `=`, and, unlike bash, `:+` and `:?` too, give a default for an empty one, which may hold further substitutions;
 * `-` without a colon is none. `$$`, `\/` and `\\` stand for their second character; `$NAME` without braces stays.
 *
 * @throws GivreError `E_STACK_VARIABLE` with line and column, and nothing of the text, for all that is none.
 */
export function substitute(text: string, environment: NodeJS.ProcessEnv, path: string): string {
  const reading: Reading = {
    text,
    at: 0,
    depth: 0,
    valueOf: (name) => (Object.hasOwn(environment, name) ? (environment[name] ?? '') : ''),
    fail: (why) => notSubstituted(text, reading.at, path, why),
  };
  let whole = '';
  while (reading.at < text.length) {
    whole += literal(reading, '', true);
    if (reading.at < text.length) whole += expression(reading);
  }
  return whole;
}

function notSubstituted(text: string, at: number, path: string, why: string): Error {
  const before = text.slice(0, at).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  const hint = 'write ${NAME} or ${NAME:-default}, or $${NAME} to keep it as it is';
  return usageError('E_STACK_VARIABLE', `${path}, ${place}: cannot substitute this: ${why}`, hint);
}

/** Text up to the next substitution, or to one of the characters in `end`. */
function literal(reading: Reading, end: string, escapes: boolean): string {
  const { text } = reading;
  let read = '';
  for (; reading.at < text.length; reading.at += 1) {
    const pair = text.slice(reading.at, reading.at + 2);
    if (pair === '${') break;
    if (escapes && (pair === '$$' || pair === '\\/' || pair === '\\\\')) reading.at += 1;
    else if (end.includes(pair.charAt(0))) break;
    read += text.charAt(reading.at);
  }
  return read;
}

/** One `${…}`. */
function expression(reading: Reading): string {
  reading.depth += 1;
  if (reading.depth > DEEPEST) throw reading.fail(`more than ${DEEPEST} lie in each other`);
  reading.at += 2;
  const isLength = taken(reading, /#/y) !== undefined;
  const name = taken(reading, NAME);
  if (name === undefined) throw reading.fail('no name of a variable follows');
  const value = reading.valueOf(name);
  const operator = isLength ? '' : (taken(reading, OPERATOR) ?? '');
  const words = wordsOf(reading, operator);
  if (taken(reading, /\}/y) === undefined) throw reading.fail('a } is missing, or it has no form that faas-cli knows');
  reading.depth -= 1;
  if (isLength) return String(Buffer.byteLength(value));
  const result = apply(operator, value, words);
  if (result === undefined) throw reading.fail('its length is below zero, or it cuts through a character');
  return result;
}

function wordsOf(reading: Reading, operator: string): readonly string[] {
  switch (operator) {
    case '':
    case ',':
    case ',,':
    case '^':
    case '^^':
    case ',^':
    case '^,':
      return [];
    case '/':
    case '//':
    case '/#':
    case '/%':
      return replacement(reading);
    case ':':
      return section(reading);
    case '#':
    case '##':
    case '%':
    case '%%':
      return [word(reading, '}', false)];
    default:
      return defaults(reading);
  }
}

/** What stands after the operators that give a default: any number of texts and substitutions. */
function defaults(reading: Reading): readonly string[] {
  const words: string[] = [];
  while (reading.text.charAt(reading.at) !== '}') words.push(word(reading, '}', false));
  return words;
}

/** `${NAME:offset}` or `${NAME:offset:length}`. */
function section(reading: Reading): readonly string[] {
  const offset = word(reading, ':}', false);
  return taken(reading, /:+/y) === undefined ? [offset] : [offset, word(reading, '}', false)];
}

/** `${NAME/pattern/text}`, the text of which may be empty. */
function replacement(reading: Reading): readonly string[] {
  const pattern = word(reading, '/', true);
  if (taken(reading, /\/+/y) === undefined) throw reading.fail('a / is missing');
  return reading.text.charAt(reading.at) === '}' ? [pattern] : [pattern, word(reading, '}', true)];
}

/** A text or a substitution, one of them and not nothing. */
function word(reading: Reading, end: string, escapes: boolean): string {
  if (reading.text.startsWith('${', reading.at)) return expression(reading);
  const begun = reading.at;
  const read = literal(reading, end, escapes);
  if (reading.at === begun) throw reading.fail('something is missing here');
  return read;
}

/** What the pattern finds at this very place, which is then read. */
function taken(reading: Reading, pattern: RegExp): string | undefined {
  pattern.lastIndex = reading.at;
  const found = pattern.exec(reading.text)?.[0];
  reading.at += found?.length ?? 0;
  return found;
}
