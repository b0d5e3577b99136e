/**
 * What can steer a terminal or turn text around, or cannot be seen: controls (escape sequences begin with one), formats
 * (bidirectional overrides, zero width, tags), separators of lines and paragraphs, halves of surrogate pairs.
 */
export const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** The same, but for line ends and tabs. */
const STEERING_WITHIN_LINES = /(?!\r\n|[\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const ESCAPE = '\u001b';
/** The colours that our own reports have, and nothing else that SGR can do (it can hide text). */
const OWN_STYLE = new RegExp(`(${ESCAPE}\\[(?:1|2|22|31|32|33|39)m)`);

/** Foreign text that is to stay on one line. */
export function inertLine(text: string): string {
  return text.replace(STEERING, '�');
}

/** Foreign text whose lines and tabs stay. */
export function inertText(text: string): string {
  return text.replace(STEERING_WITHIN_LINES, '�');
}

/** Text of ours in which foreign text was made inert before it was painted. */
export function inertPainted(text: string): string {
  return text
    .split(OWN_STYLE)
    .map((part, i) => (i % 2 === 1 ? part : inertText(part)))
    .join('');
}

/** JSON of exactly this value, in which whatever could steer is escaped: inert wherever it is printed. */
export function inertJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(STEERING_WITHIN_LINES, unicodeEscape);
}

/** As JSON and JavaScript have it, one for each unit of UTF-16. */
export function unicodeEscape(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** User names and passwords in addresses, up to the last @ before their path: `http://user:word@host`. */
const CREDENTIALS = /:\/\/[^\s/?#"]*@/g;

/** Without the passwords of addresses, as a proxy's may have one. */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIALS, '://[hidden]@');
}
