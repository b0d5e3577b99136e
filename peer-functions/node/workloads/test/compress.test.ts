import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { ask, assertRefused, post, start } from './function.ts';

test('compress is undone by decompressing', async (t) => {
  const fn = await start(t, { WORKLOAD: 'compress' });
  for (const text of ['', 'x', 'givre '.repeat(1 << 18)]) {
    for (const [query, format, decompress] of [
      ['', 'gzip', gunzipSync],
      ['?format=gzip', 'gzip', gunzipSync],
      ['?format=zstd', 'zstd', zstdDecompressSync],
    ] as const) {
      for (const chunked of [false, true]) {
        const answer = await ask(fn, { method: 'POST', path: `/${query}`, body: text, chunked, encoding: 'latin1' });
        assert.equal(answer.status, 200);
        assert.equal(answer.contentType, `application/${format}`);
        assert.equal(decompress(Buffer.from(answer.body, 'latin1')).toString(), text);
        assert.ok(answer.body.length < 100 + text.length / 100);
      }
    }
  }
});

test('compress refuses other formats and larger bodies', async (t) => {
  const fn = await start(t, { WORKLOAD: 'compress' });
  for (const format of ['', 'GZIP', 'br', 'gzip,zstd', 'constructor']) {
    assertRefused(await post(fn, `/?format=${format}`, 'x'), 400, 'format');
  }
  assertRefused(await post(fn, '/', Buffer.alloc(16 * 1024 * 1024 + 1)), 413, 'larger');
});
