/**
 * What an operator of a substitution makes of a variable's value, as <https://github.com/drone/envsubst> does. Lengths
 * and offsets are in bytes of UTF-8.
 *
 * @returns undefined for a length below zero, of which faas-cli dies, and for a cut through a character
 */
export function apply(operator: string, value: string, words: readonly string[]): string | undefined {
  const [first = '', second] = words;
  switch (operator) {
    case ',':
      return firstOf(value, (letter) => letter.toLowerCase());
    case ',,':
      return value.toLowerCase();
    case '^':
      return firstOf(value, (letter) => letter.toUpperCase());
    case '^^':
      return value.toUpperCase();
    case '#':
    case '##':
      return withoutStart(value, first, operator === '##');
    case '%':
    case '%%':
      return reversed(withoutStart(reversed(value), reversed(first), operator === '%%'));
    case ':':
      return sectionOf(value, first, second);
    case '/':
      return value.replace(first, () => second ?? '');
    case '//':
      return value.replaceAll(first, () => second ?? '');
    case '/#':
      return second !== undefined && value.startsWith(first) ? second + value.slice(first.length) : value;
    case '/%':
      return second !== undefined && value.endsWith(first)
        ? value.slice(0, value.length - first.length) + second
        : value;
    default:
      return value === '' ? words.join('') : value;
  }
}

function firstOf(text: string, change: (letter: string) => string): string {
  const [letter = '', ...rest] = text;
  return change(letter) + rest.join('');
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}

/** The text without the longest or shortest beginning, of one character at least, that the pattern matches whole. */
function withoutStart(text: string, pattern: string, longest: boolean): string {
  const matcher = globPattern(pattern);
  if (matcher === undefined) return text;
  const letters = [...text];
  const lengths = letters.map((_, index) => index + 1);
  const length = (longest ? lengths.reverse() : lengths).find((it) => matcher.test(letters.slice(0, it).join('')));
  return length === undefined ? text : letters.slice(length).join('');
}

/** `*` is any text, `?` one character, `[…]` and `[^…]` one of a class; undefined for what is no pattern. */
function globPattern(glob: string): RegExp | undefined {
  const source = glob.replaceAll(/\\(.)|\*|\?|\[\^?(?:\\.|[^\]\\])+\]|./gsu, (part: string, escaped?: string) => {
    if (escaped !== undefined) return literally(escaped);
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.length > 2 && part.startsWith('[') ? part : literally(part);
  });
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return undefined;
  }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
}

/** Counted from the end where `offset` is below zero; what is no number leaves the text as it is. */
function sectionOf(text: string, offset: string, length: string | undefined): string | undefined {
  const bytes = Buffer.from(text);
  const number = /^[+-]?\d+$/;
  if (!number.test(offset) || (length !== undefined && !number.test(length))) return text;
  const from = Number(offset) < 0 ? Math.max(0, bytes.length + Number(offset)) : Number(offset);
  const to = length === undefined ? bytes.length : from + Number(length);
  if (to < from && to < bytes.length) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(from, to));
  } catch {
    return undefined;
  }
}
