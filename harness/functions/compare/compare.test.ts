import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Expectation } from '../vectors.ts';
import { differenceIn } from './index.ts';

interface Got {
  readonly status?: number;
  readonly contentType?: string;
  readonly tookMs?: number;
}

/** Compares a body that is answered as text/plain with status 200, unless told otherwise. */
function difference(
  body: string | Uint8Array,
  expected: Expectation['body'],
  got: Got = {},
  more: Partial<Expectation> = {},
): Promise<string | undefined> {
  return differenceIn(
    { status: 200, contentType: 'text/plain', tookMs: 5, ...got, body: Buffer.from(body) },
    { status: 200, contentType: 'text/plain', body: expected, ...more },
    { readFile: () => Promise.reject(new Error('no file is needed here')) },
  );
}

const sha256 = (text: string) => ({ sha256: createHash('sha256').update(text).digest('hex'), bytes: text.length });

describe('an answer is as expected', () => {
  test.each([
    ['the same text', 'a\n', { text: 'a\n' }],
    ['the same bytes', Buffer.from([0, 255]), { base64: 'AP8=' }],
    ['the same digest', 'abc', sha256('abc')],
    ['JSON in another order and layout', '{"b": [1, "x"],\n"a": null}', { json: { a: null, b: [1, 'x'] } }],
    ['a number within its tolerance', '{"a":1.0000000001}', { json: { a: 1 }, tolerance: 1e-9 }],
    ['a whole number with a fraction of zero', '[1.0]', { json: [1] }],
    ['a key called __proto__', '{"__proto__":1}', { json: JSON.parse('{"__proto__":1}') }],
    ['HTML with other references and line ends', '<b>\r\n  &#x27;&#34;&lt;\n</b>', { html: '<b>&#39;&quot;&lt;</b>' }],
    ['HTML with references by name', '<b>&eacute;&copy;</b>', { html: '<b>é&#169;</b>' }],
    ['HTML with a line end more', '<p>a</p>\n\n<p>b</p>\n', { html: '<p>a</p><p>b</p>' }],
    ['gzip of it', gzipSync('abc'), { gzip: { text: 'abc' } }],
    ['zstd of it', zstdCompressSync('abc'), { zstd: sha256('abc') }],
    ['a sentence', 'n is out of its range\n', { sentence: 'n' }],
  ])('%s', async (_what, body, expected) => {
    expect(await difference(body, expected)).toBeUndefined();
  });

  test('with a charset more, or written otherwise', async () => {
    const got = { contentType: 'Text/Plain;Charset="UTF-8"' };
    expect(await difference('a', { text: 'a' }, got)).toBeUndefined();
    expect(await difference('a', { text: 'a' }, got, { contentType: 'text/plain; charset=utf-8' })).toBeUndefined();
  });
});

describe('an answer is different', () => {
  test.each([
    ['a byte more', 'a\n\n', { text: 'a\n' }, 'from byte 2'],
    ['a byte less', '', { text: 'a' }, 'from byte 0'],
    ['another byte', Buffer.from([0, 254]), { base64: 'AP8=' }, 'from byte 1'],
    ['another length than the digest’s', 'ab', sha256('abc'), '2 bytes instead of 3'],
    ['another digest', 'abd', sha256('abc'), 'SHA-256'],
    ['no JSON', '{"a":', { json: {} }, 'no JSON'],
    ['JSON that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), { json: '\ufffd' }, 'no JSON'],
    ['a value that is missing', '{"a":{}}', { json: { a: { b: 1 } } }, 'a.b is missing'],
    ['a value too much', '{"a":1,"b":2}', { json: { a: 1 } }, 'b should not be there'],
    ['an element too much', '[1,2]', { json: [1] }, '1 should not be there'],
    ['elements in another order', '[2,1]', { json: [1, 2] }, '0 is 2 instead of 1'],
    ['a list for a map', '[]', { json: {} }, 'the whole is [] instead of {}'],
    ['a text for a number', '{"a":"1"}', { json: { a: 1 } }, 'a is "1" instead of 1'],
    ['a number beyond its tolerance', '[1.00000001]', { json: [1], tolerance: 1e-9 }, '0 is 1.00000001 instead of 1'],
    ['a number almost the same, without a tolerance', '[0.30000000000000004]', { json: [0.3] }, 'instead of 0.3'],
    ['null for a number', '[null]', { json: [0], tolerance: 1 }, '0 is null instead of 0'],
    ['markup that was not escaped', '<p><b>x</b></p>', { html: '<p>&lt;b&gt;x&lt;/b&gt;</p>' }, 'the tag <b>'],
    ['an ampersand that was not escaped', '<p>&lt;</p>', { html: '<p>&amp;lt;</p>' }, 'the text "<"'],
    ['a reference without its semicolon', '<p>&lt</p>', { html: '<p>&lt;</p>' }, 'the text "&lt"'],
    ['what was escaped twice', '<p>&amp;amp;</p>', { html: '<p>&amp;</p>' }, 'the text "&amp;"'],
    ['HTML that ends too early', '<p>a', { html: '<p>a</p>' }, 'part 3 is missing'],
    ['spaces lost inside a text', '<p>ab</p>', { html: '<p>a b</p>' }, 'the text "ab"'],
    ['what is not compressed', 'abc', { gzip: { text: 'abc' } }, 'no gzip'],
    ['gzip for zstd', gzipSync('abc'), { zstd: { text: 'abc' } }, 'no zstd'],
    ['gzip that was cut off', gzipSync('abc').subarray(0, 20), { gzip: { text: 'abc' } }, 'no gzip'],
    ['gzip of something else', gzipSync('abd'), { gzip: { text: 'abc' } }, 'after decompression: from byte 2'],
    ['an empty sentence', '\n', { sentence: '' }, 'instead of one sentence'],
    ['two lines for a sentence', 'a\nb\n', { sentence: '' }, 'instead of one sentence'],
    ['a sentence without its line feed', 'a', { sentence: '' }, 'instead of one sentence'],
    ['a sentence that does not name the parameter', 'out of range\n', { sentence: 'rounds' }, 'does not name "rounds"'],
  ])('%s', async (_what, body, expected, message) => {
    expect(await difference(body, expected)).toContain(message);
  });

  test.each([
    ['another status', { status: 201 }, {}, 'status 201 instead of 200'],
    ['another type', { contentType: 'text/html' }, {}, 'Content-Type "text/html" instead of "text/plain"'],
    ['no type', { contentType: '' }, {}, 'Content-Type ""'],
    ['no charset', {}, { contentType: 'text/plain; charset=utf-8' }, 'instead of "text/plain; charset=utf-8"'],
    ['too early', { tookMs: 99 }, { afterMs: 100 }, 'answered after 99.0 ms instead of 100 ms or more'],
  ])('%s', async (_what, got, more, message) => {
    expect(await difference('a', { text: 'a' }, got, more)).toContain(message);
  });
});
