import { describe, expect, test } from 'vitest';
import { conceal } from './conceal.ts';
import { seededRandom } from './random.ts';

/** Every character by its number, as Python's `json.dumps` writes what is beyond ASCII. */
function inAscii(text: string): string {
  return JSON.stringify(text).replaceAll(/[^\x20-\x7e]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const inHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const WAYS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in JSON': (text) => JSON.stringify(text),
  'in JSON of ASCII only': inAscii,
  'in JSON within JSON': (text) => JSON.stringify({ message: JSON.stringify({ auth: text }) }),
  'in ASCII JSON within ASCII JSON': (text) => inAscii(inAscii(text)),
  'with escaped slashes, as PHP writes JSON': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'in HTML': inHtml,
  'in HTML by numbers': (text) => [...text].map((it) => `&#x${it.codePointAt(0)?.toString(16)};`).join(''),
  'in a URL': (text) => encodeURIComponent(text),
  'in a form': (text) => new URLSearchParams([['p', text]]).toString(),
};

const HOSTILE = ['"', '\\', '\\\\', "'", '&', '<', '>', '/', 'é', '密', '😀', '\n', '\t', ' ', '%', '$', '(', '*', 'a'];

describe('a secret', () => {
  test.each(Object.entries(WAYS))('is blacked out where it is quoted %s', (_, write) => {
    const random = seededRandom(12);
    const pick = (): string => HOSTILE[Math.floor(random() * HOSTILE.length)] ?? '';
    for (let round = 0; round < 300; round++) {
      const secret = `S${Array.from({ length: 1 + Math.floor(random() * 10) }, pick).join('')}E`;
      const shown = conceal(`bad password <${write(secret)}>, said the server`, [secret]);
      expect(shown).toMatch(/^bad password <.*\*\*\*.*>, said the server$/s);
      expect(shown).not.toMatch(/S.*E/s);
    }
  });

  test('that holds another one is blacked out whole', () => {
    expect(conceal('key and key-2', ['key', 'key-2'])).toBe('*** and ***');
  });

  test('that is empty or unknown hides nothing', () => {
    expect(conceal('all of it', ['', undefined])).toBe('all of it');
  });

  test.each([200, 5_000, 65_000])('of %i letters is blacked out whole, escapes and all', (length) => {
    const secret = 'key "é" 😀/line\n'.repeat(length).slice(0, length);
    for (const write of [(it: string) => it, JSON.stringify, inAscii]) {
      expect(conceal(`<${write(secret)}>`, [secret])).toMatch(/^<"?\*\*\*"?>$/);
    }
  });

  test('of a megabyte takes no time to be looked for', () => {
    const secret = 'x\\"é\n'.repeat(200_000);
    const begun = performance.now();
    expect(conceal(`no: ${JSON.stringify(secret).slice(0, 50_000)}`, [secret])).toMatch(/^no: "\*\*\*/);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test('of which only the beginning is quoted is blacked out as far as it goes', () => {
    const secret = 'abcdefghij'.repeat(20);
    expect(conceal(`<${secret.slice(0, 100)}…`, [secret])).toBe('<***…');
    expect(conceal('<abc', [secret])).toBe('<abc');
  });

  test('takes no time to be looked for in a text made to take long', () => {
    const secret = `${'\\'.repeat(40)}${'"\\'.repeat(20)}x`;
    const begun = performance.now();
    conceal('\\'.repeat(200_000), [secret]);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
