import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../core/paths.ts';
import { readVectors } from '../vectors.ts';
import { differenceInPicture } from './picture.ts';
import { decodePng, type Picture } from './png.ts';

const folder = join(repositoryRoot, 'peer-functions/vectors');

/** Weight of a source pixel by its distance, in the usual words of resampling. */
interface Filter {
  readonly radius: number;
  readonly weight: (distance: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const triangle: Filter = { radius: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) };
const lanczos: Filter = { radius: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) };
const catmullRom: Filter = {
  radius: 2,
  weight(x) {
    const t = Math.abs(x);
    if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
    return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
  },
};

type Row = readonly number[];

/** One row of one channel to another width; when it shrinks, the filter widens, so that every pixel counts. */
function resampled(row: Row, width: number, { radius, weight }: Filter): Row {
  const scale = row.length / width;
  const stretch = Math.max(1, scale);
  return Array.from({ length: width }, (_, index) => {
    const centre = (index + 0.5) * scale;
    const from = Math.max(0, Math.floor(centre - radius * stretch));
    const to = Math.min(row.length, Math.ceil(centre + radius * stretch));
    let [sum, weights] = [0, 0];
    for (let at = from; at < to; at += 1) {
      const share = weight((at + 0.5 - centre) / stretch);
      sum += (row[at] ?? 0) * share;
      weights += share;
    }
    return sum / weights;
  });
}

const nearest = (row: Row, width: number): Row =>
  Array.from({ length: width }, (_, index) => row[Math.floor(((index + 0.5) * row.length) / width)] ?? 0);

type Resize = (row: Row, width: number) => Row;
const by =
  (filter: Filter): Resize =>
  (row, width) =>
    resampled(row, width, filter);
const transposed = (rows: readonly Row[]): readonly Row[] =>
  (rows[0] ?? []).map((_, x) => rows.map((row) => row[x] ?? 0));

function resizedTo(picture: Picture, width: number, height: number, resize: Resize): Uint8Array {
  const channels = [0, 1, 2].map((channel) => {
    const rows = Array.from({ length: picture.height }, (_, y) =>
      Array.from({ length: picture.width }, (_, x) => picture.rgba[(y * picture.width + x) * 4 + channel] ?? 0),
    );
    const narrow = rows.map((row) => resize(row, width));
    return transposed(transposed(narrow).map((column) => resize(column, height)));
  });
  const at = (channel: number, x: number, y: number): number =>
    Math.min(255, Math.max(0, Math.round(channels[channel]?.[y]?.[x] ?? 0)));
  const pixels = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => [0, 1, 2].map((channel) => at(channel, x, y))).flat(),
  );
  return png(width, height, 2, pixels);
}

/** A PNG of colour type 2 (RGB) or 6 (RGBA) without row filters. */
function png(width: number, height: number, colour: number, rows: readonly Row[]): Uint8Array {
  const chunk = (kind: string, content: Uint8Array): Buffer => {
    const named = Buffer.concat([Buffer.from(kind), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, colour, 0, 0, 0], 8);
  const data = deflateSync(Buffer.from(rows.flatMap((row) => [0, ...row])));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** A vector whose source is an RGB PNG, with the picture that Pillow made of it. */
async function vector(name: string) {
  const found = (await readVectors(folder)).byWorkload.get('thumbnail')?.find((it) => it.name === name);
  const { body } = found?.request ?? {};
  const expected = found?.expect.body ?? { text: '' };
  if (body === undefined || !('file' in body) || !('psnr' in expected)) throw new Error(`${name} is no such vector`);
  return {
    source: decodePng(await readFile(resolve(folder, body.file))),
    expected: await readFile(resolve(folder, expected.psnr.file)),
    decibel: expected.psnr.decibel,
  };
}

describe.each(['PNG, default size', 'PNG, to an odd size', 'taller than wide', 'a line stays one pixel high'])(
  'the threshold of "%s"',
  (name) => {
    async function differenceOf(resize: Resize, [wider, higher] = [0, 0]): Promise<string | undefined> {
      const { source, expected, decibel } = await vector(name);
      const { width, height } = decodePng(expected);
      return differenceInPicture(resizedTo(source, width + wider, height + higher, resize), expected, decibel);
    }

    test('lets every filter pass that averages over the source', async () => {
      for (const filter of [triangle, catmullRom, lanczos]) expect(await differenceOf(by(filter))).toBeUndefined();
    });

    test('refuses picked pixels, and a size that is off by one', async () => {
      expect(await differenceOf(nearest)).toMatch(/^[12]\d\.\d dB from the expected picture instead of /);
      expect(await differenceOf(by(triangle), [1, 0])).toContain('pixels instead of');
      expect(await differenceOf(by(triangle), [0, 1])).toContain('pixels instead of');
    });
  },
);

test('an alpha channel that the input does not have, and none where it has one, are different', () => {
  const rgb = png(1, 1, 2, [[1, 2, 3]]);
  const rgba = png(1, 1, 6, [[1, 2, 3, 255]]);
  expect(differenceInPicture(rgb, rgb, 34)).toBeUndefined();
  expect(differenceInPicture(rgba, rgb, 34)).toBe('has an alpha channel');
  expect(differenceInPicture(rgb, rgba, 34)).toBe('has no alpha channel');
});

test.each([
  ['a text', Buffer.from('no picture'), 'does not begin like a PNG'],
  ['a PNG that was cut off', png(1, 1, 2, [[1, 2, 3]]).subarray(0, 40), 'ends too early'],
  ['a palette', png(1, 1, 3, [[0]]), 'colour type 3'],
  ['too few rows', png(1, 2, 2, [[1, 2, 3]]), 'instead of 8'],
  ['half a row', png(1, 2, 2, [[1, 2, 3], [9]]), 'instead of 8'],
])('%s is no picture', (_what, bytes, message) => {
  expect(differenceInPicture(bytes, png(1, 1, 2, [[1, 2, 3]]), 34)).toMatch(new RegExp(`^no picture: .*${message}`));
});
