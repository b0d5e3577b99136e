import { type Document, type ErrorCode, isMap, LineCounter, parseAllDocuments, Scalar, visit } from 'yaml';
import { z } from 'zod';
import { usageError } from '../core/errors.ts';

const PLAIN = Symbol('plain');

/** A scalar without quotes: what it means, `yes` or a text, is for its place to say. */
interface PlainScalar {
  readonly [PLAIN]: string;
}

const NOTHING = new Set(['', '~', 'null', 'Null', 'NULL']);
const YES = new Set('y Y yes Yes YES true True TRUE on On ON'.split(' '));
const NO = new Set('n N no No NO false False FALSE off Off OFF'.split(' '));
/** YAML allows no control characters but these, which end a line or indent. */
const CONTROL = /(?![\t\n\r\u0085])\p{Cc}/u;

/** What goes wrong most, in words that show nothing of the file, which may hold secrets. */
const WORDS: Partial<Record<ErrorCode, string>> = {
  BAD_INDENT: 'the indentation is wrong',
  BAD_SCALAR_START: 'a text must be quoted that begins so',
  BLOCK_AS_IMPLICIT_KEY: 'a colon and a space too many, or a text that must be quoted',
  DUPLICATE_KEY: 'the key stands twice in one map',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing',
  MULTIPLE_ANCHORS: 'two anchors for one value, or a text with & that must be quoted',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing, or a quote',
  TAB_AS_INDENT: 'a tab, where YAML wants spaces',
  UNEXPECTED_TOKEN: 'something stands here that does not belong here',
};

/**
 * Parses YAML as faas-cli does: the first document alone, and every scalar as written, until its place says what it is.
 * To be read by a shape of `text` and `flag`, below.
 *
 * @param about the key that a further document may not have, because what stands below it would be lost
 *
 * @throws GivreError `E_STACK_YAML` with line and column, and nothing of the file.
 */
export function parseYaml(text: string, path: string, about: 'functions' | 'environment'): unknown {
  const lineCounter = new LineCounter();
  const wrong = (offset: number | undefined, words: string): Error => {
    const { line, col } = lineCounter.linePos(offset ?? 0);
    const place = offset === undefined ? path : `${path}, line ${line}, column ${col}`;
    return usageError('E_STACK_YAML', `${place} is not YAML that faas-cli reads: ${words}`, 'correct the file');
  };
  const options = {
    schema: 'failsafe',
    merge: true,
    resolveKnownTags: false,
    prettyErrors: false,
    lineCounter,
  } as const;
  const [document, ...others] = parseAllDocuments(text, options);
  const control = CONTROL.exec(text);
  if (control !== null) throw wrong(control.index, 'a control character');
  if (document === undefined) return undefined;
  const [error] = document.errors;
  if (error !== undefined) throw wrong(error.pos[0], WORDS[error.code] ?? `(${error.code})`);
  const left = others.find(({ contents }) => isMap(contents) && contents.has(about));
  if (left !== undefined) {
    throw wrong(left.range[0], 'a second document begins after ---, of which faas-cli reads nothing: make it a file');
  }
  try {
    return dataOf(document);
  } catch {
    throw wrong(undefined, 'an alias (*name) without its anchor (&name) before it, or too many of them');
  }
}

function dataOf(document: Document.Parsed): unknown {
  visit(document, {
    Scalar: (key, scalar) => {
      const { value, type, tag } = scalar;
      if (key === 'key' || type !== Scalar.PLAIN || typeof value !== 'string') return;
      if (tag === undefined || tag.endsWith(':bool')) scalar.value = { [PLAIN]: value } satisfies PlainScalar;
    },
  });
  return document.toJS();
}

function isPlain(value: unknown): value is PlainScalar {
  return typeof value === 'object' && value !== null && PLAIN in value;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (isPlain(value) && NOTHING.has(value[PLAIN]));
}

/** A key without a value, or with one that says nothing (`~`), means the same as no key. */
export function optional<T extends z.ZodType>(type: T) {
  return z.preprocess((value) => (isNothing(value) ? undefined : value), type.optional());
}

/** For shapes of maps: nothing is an empty one, and every scalar and list is none. */
export function map<T extends z.ZodType>(type: T) {
  return z.preprocess((value) => {
    if (value !== undefined && isNothing(value)) return {};
    return isPlain(value) || Array.isArray(value) ? 'no map' : value;
  }, type);
}

/** Every scalar is a text, as written: `yes`, `1.10` and `0600` are not altered. Nothing is an empty one. */
export const text = z.preprocess((value) => {
  if (isNothing(value)) return '';
  return isPlain(value) ? value[PLAIN] : value;
}, z.string('expected a text'));

/** YAML 1.1's booleans, without quotes. */
export const flag = z.preprocess((value) => {
  if (!isPlain(value)) return value;
  return YES.has(value[PLAIN]) ? true : NO.has(value[PLAIN]) ? false : value;
}, z.boolean('expected true or false, without quotes'));
