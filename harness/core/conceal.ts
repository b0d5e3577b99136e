const SHOWN = '***';
/** JSON within JSON doubles its backslashes: four levels deep. */
const MOST_BACKSLASHES = 16;

const ENTITIES: Readonly<Record<string, readonly string[]>> = {
  '"': ['quot'],
  "'": ['apos'],
  '&': ['amp'],
  '<': ['lt'],
  '>': ['gt'],
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
  const known = secrets.filter((it) => it !== undefined && it !== '').sort((a = '', b = '') => b.length - a.length);
  return known.reduce<string>((rest, secret = '') => rest.replaceAll(patternOf(secret), SHOWN), text);
}

function patternOf(secret: string): RegExp {
  // Several backslashes of the secret are one run in the text, however many it has become: no two parts compete for it.
  const parts = secret.match(/\\+|[^\\]/gsu) ?? [];
  const ways = parts.map((part, index) => waysToWrite(part, parts[index - 1]?.startsWith('\\') ?? false));
  return new RegExp(ways.map((each) => `(?:${each.join('|')})`).join(''), 'g');
}

/**
 * Sources of regular expressions, each for one way in which a character may stand in a text.
 *
 * @param afterRun backslashes come before it, which have taken those of its own escape
 */
function waysToWrite(part: string, afterRun: boolean): readonly string[] {
  const lead = String.raw`\\{${afterRun ? 0 : 1},${MOST_BACKSLASHES}}`;
  if (part.startsWith('\\')) {
    const each = [String.raw`\\{1,${MOST_BACKSLASHES}}u005[cC]`, '&#92;', '&#[xX]5[cC];', '%5[cC]'].join('|');
    const most = part.length * MOST_BACKSLASHES;
    // Whole runs only: to try each part of a long one would take for ever.
    return [`(?:${each}){${part.length}}`, String.raw`(?<!\\)\\{${part.length},${most}}(?!\\)`];
  }
  const units = [...Array(part.length).keys()].map((index) => part.charCodeAt(index));
  const code = part.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(part, 'utf8')];
  const short = SHORT_ESCAPES[part];
  return [
    String.raw`\\{0,${MOST_BACKSLASHES}}${RegExp.escape(part)}`,
    units.map((unit) => `${lead}u${hex(unit, 4)}`).join(''),
    bytes.map((byte) => `${lead}x${hex(byte, 2)}`).join(''),
    bytes.map((byte) => `%${hex(byte, 2)}`).join(''),
    `&#0*${code};`,
    `&#[xX]0*${hex(code, 1)};`,
    ...(code < 0x100 ? [`${lead}x${hex(code, 2)}`] : []),
    ...(short === undefined ? [] : [`${lead}${short}`]),
    ...(part === ' ' ? [String.raw`\+`] : []),
    ...(ENTITIES[part] ?? []).map((name) => `&${name};`),
  ];
}

/** In either case. */
function hex(value: number, digits: number): string {
  const text = value.toString(16).padStart(digits, '0');
  return text.replaceAll(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}
