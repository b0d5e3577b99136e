const SHOWN = '***';
/** JSON within JSON doubles its backslashes: four levels deep. */
const MOST_BACKSLASHES = 16;
/** So many letters of a secret are one, however it goes on: an answer may quote only its beginning. */
const TELLING_LETTERS = 32;

/** Anything else stands for itself. */
const BEGINS_A_CODE = /[\\%&+]/;

const ENTITIES: Readonly<Record<string, string>> = {
  '"': '&quot;',
  "'": '&apos;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\b': 'b',
  '\f': 'f',
};

/**
 * Blacks secrets out of foreign text, in whatever way that text writes them: as they are, or with the escapes of JSON, HTML,
 * URLs or Python's `repr`, also one within the other. To be called before a text is shortened, which may cut a secret in two.
 */
export function conceal(text: string, secrets: readonly (string | undefined)[]): string {
  const known = secrets.flatMap((it) => (it === undefined || it === '' ? [] : [it]));
  return known.toSorted((a, b) => b.length - a.length).reduce(concealOne, text);
}

function concealOne(text: string, secret: string): string {
  const letters = lettersOf(secret);
  let shown = '';
  let kept = 0;
  for (let at = 0; at < text.length; ) {
    const end = endOf(text, at, letters);
    if (end === undefined) at += 1;
    else {
      shown += text.slice(kept, at) + SHOWN;
      kept = end;
      at = end;
    }
  }
  return shown + text.slice(kept);
}

/** One letter of a secret, or a run of its backslashes, and how it may be written. */
interface Letter {
  readonly text: string;
  /** Of a run of backslashes; otherwise 0. */
  readonly backslashes: number;
  /** Behind backslashes, which may belong to those of the secret before it. Lower case, as the text is compared. */
  readonly escapes: readonly string[];
  /** Several escapes for one letter, each behind backslashes of its own: its UTF-16 units, its UTF-8 bytes. */
  readonly sequences: readonly (readonly string[])[];
  /** By themselves; lower case. */
  readonly codes: readonly string[];
}

/** Each is described once, when it is first looked for. */
function lettersOf(secret: string): (index: number) => Letter | undefined {
  const parts = secret.match(/\\+|[^\\]/gsu) ?? [];
  const described = new Map<string, Letter>();
  return (index) => {
    const text = parts[index];
    if (text === undefined) return undefined;
    const letter = described.get(text) ?? describe(text);
    described.set(text, letter);
    return letter;
  };
}

function describe(text: string): Letter {
  const letter = text.startsWith('\\') ? '\\' : text;
  const bytes = [...Buffer.from(letter, 'utf8')].map((byte) => hex(byte, 2));
  const code = letter.codePointAt(0) ?? 0;
  const short = SHORT_ESCAPES[letter];
  const entity = ENTITIES[letter];
  return {
    text,
    backslashes: letter === '\\' ? text.length : 0,
    escapes: [
      ...(letter.length === 1 ? [`u${hex(code, 4)}`] : []),
      ...(code < 0x100 ? [`x${hex(code, 2)}`] : []),
      ...(short === undefined ? [] : [short]),
    ],
    sequences: [
      Array.from({ length: letter.length }, (_, index) => `u${hex(letter.charCodeAt(index), 4)}`),
      bytes.map((byte) => `x${byte}`),
    ],
    codes: [
      bytes.map((byte) => `%${byte}`).join(''),
      `&#${code};`,
      `&#x${hex(code, 1)};`,
      `&#x${hex(code, 2)};`,
      ...(letter === ' ' ? ['+'] : []),
      ...(entity === undefined ? [] : [entity]),
    ],
  };
}

/** Where a secret that begins there ends; undefined where none does. */
function endOf(text: string, from: number, letters: ReturnType<typeof lettersOf>): number | undefined {
  let at = from;
  for (let index = 0; ; index++) {
    const letter = letters(index);
    if (letter === undefined) return at;
    const next = letter.backslashes > 0 ? afterRun(text, at, letter) : afterLetter(text, at, letter);
    if (next === undefined) return index >= TELLING_LETTERS ? at : undefined;
    at = next;
  }
}

/** Several backslashes of the secret are one run in the text, however many they have become. */
function afterRun(text: string, from: number, { backslashes, escapes, codes }: Letter): number | undefined {
  let at: number | undefined = from;
  for (let count = 0; count < backslashes && at !== undefined; count++) {
    at = afterEscape(text, at, escapes, 1) ?? afterOneOf(text, at, codes);
  }
  if (at !== undefined) return at;
  // Whole runs only: to begin at each backslash of a long one would take for ever.
  if (text[from - 1] === '\\') return undefined;
  const end = afterBackslashes(text, from, backslashes * MOST_BACKSLASHES);
  return end - from >= backslashes ? end : undefined;
}

function afterLetter(text: string, from: number, letter: Letter): number | undefined {
  // What comes before may have taken the backslashes of its escape.
  const least = text[from - 1] === '\\' ? 0 : 1;
  if (least === 1 && !BEGINS_A_CODE.test(text[from] ?? '')) {
    return text.startsWith(letter.text, from) ? from + letter.text.length : undefined;
  }
  const [units = [], bytes = []] = letter.sequences;
  const escaped =
    afterEscape(text, from, letter.escapes, least) ??
    afterEach(text, from, units, least) ??
    afterEach(text, from, bytes, least) ??
    afterOneOf(text, from, letter.codes);
  if (escaped !== undefined) return escaped;
  const at = afterBackslashes(text, from, MOST_BACKSLASHES);
  return text.startsWith(letter.text, at) ? at + letter.text.length : undefined;
}

function afterEach(text: string, from: number, escapes: readonly string[], least: number): number | undefined {
  let at: number | undefined = from;
  for (const [index, each] of escapes.entries()) {
    at = at === undefined ? undefined : afterEscape(text, at, [each], index === 0 ? least : 1);
  }
  return at;
}

function afterEscape(text: string, from: number, escapes: readonly string[], least: number): number | undefined {
  const at = afterBackslashes(text, from, MOST_BACKSLASHES);
  return at - from < least ? undefined : afterOneOf(text, at, escapes);
}

function afterOneOf(text: string, at: number, words: readonly string[]): number | undefined {
  const found = words.find((word) => text.slice(at, at + word.length).toLowerCase() === word);
  return found === undefined ? undefined : at + found.length;
}

function afterBackslashes(text: string, from: number, most: number): number {
  let at = from;
  while (at - from < most && text[at] === '\\') at += 1;
  return at;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
