import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { ask, assertRefused, post, type Running, start } from './function.ts';

/** Stripes of one pixel, black and white: what averages makes grey of them, what picks pixels does not. */
function stripes(width: number, height: number): Sharp {
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, at) => 255 * (Math.floor(at / 3) % 2)));
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

async function thumbnail(fn: Running, query: string, image: Buffer): Promise<Buffer> {
  const answer = await ask(fn, { method: 'POST', path: `/?${query}`, body: image, chunked: true, encoding: 'latin1' });
  assert.deepEqual({ ...answer, body: '' }, { status: 200, contentType: 'image/png', body: '' }, answer.body);
  return Buffer.from(answer.body, 'latin1');
}

test('thumbnail fits and keeps its shape, and is never larger', async (t) => {
  const fn = await start(t, { WORKLOAD: 'thumbnail' });
  for (const [width, height, query, expected] of [
    [512, 256, '', '128×64'],
    [256, 512, '', '64×128'],
    [100, 40, 'width=50&height=50', '50×20'],
    [100, 50, 'width=33&height=2048', '33×17'],
    [1000, 2, 'width=10&height=10', '10×1'],
    [20, 10, 'width=2048&height=2048', '20×10'],
    [1, 1, 'width=1&height=1', '1×1'],
  ] as const) {
    const image = await stripes(width, height).png().toBuffer();
    const got = await sharp(await thumbnail(fn, query, image)).metadata();
    assert.equal(`${got.width}×${got.height}`, expected, `${width}×${height} ${query}`);
  }
});

test('thumbnail averages, and has no alpha where there was none', async (t) => {
  const fn = await start(t, { WORKLOAD: 'thumbnail' });
  for (const image of [
    await stripes(512, 512).png().toBuffer(),
    await stripes(512, 512).jpeg({ quality: 95 }).toBuffer(),
    await stripes(512, 512).toColourspace('rgb16').png().toBuffer(),
  ]) {
    const { data, info } = await sharp(await thumbnail(fn, '', image))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const grey = data.at(64 * 128 * 3 + 64 * 3) ?? 0;
    assert.ok(grey >= 117 && grey <= 138, `${grey}`);
    assert.equal(info.channels, 3);
  }
  const transparent = await stripes(256, 256).ensureAlpha(0.5).png().toBuffer();
  assert.equal((await sharp(await thumbnail(fn, '', transparent)).metadata()).channels, 4);
});

test('thumbnail refuses what is no PNG and no JPEG', async (t) => {
  const fn = await start(t, { WORKLOAD: 'thumbnail' });
  const whole = await stripes(64, 64).png().toBuffer();
  const webp = await stripes(64, 64).webp().toBuffer();
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
  const headOnly = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);
  for (const body of [Buffer.alloc(0), webp, svg, whole.subarray(0, 20), whole.subarray(0, 60), headOnly]) {
    assertRefused(await post(fn, '/', body), 400, 'image');
  }
  for (const [query, word] of Object.entries({ 'width=0': 'width', 'height=2049': 'height', 'width=1.5': 'width' })) {
    assertRefused(await post(fn, `/?${query}`, whole), 400, word);
  }
});

test('thumbnail refuses an image of too many pixels without reading them', async (t) => {
  const fn = await start(t, { WORKLOAD: 'thumbnail' });
  assertRefused(await post(fn, '/', pngHead(5001, 5000)), 413, 'pixels');
  assertRefused(await post(fn, '/', pngHead(5000, 5000)), 400, 'image');
});

/** Claims a size, and has no pixels. */
function pngHead(width: number, height: number): Buffer {
  const chunk = Buffer.alloc(17);
  chunk.write('IHDR');
  chunk.writeUInt32BE(width, 4);
  chunk.writeUInt32BE(height, 8);
  chunk.set([8, 2, 0, 0, 0], 12);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(13);
  sum.writeUInt32BE(crc32(chunk));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), length, chunk, sum, Buffer.from('\0\0\0\0IDAT')]);
}
