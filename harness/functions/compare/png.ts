import { inflateSync } from 'node:zlib';

/** A picture with 8 bits a channel, every pixel as red, green, blue, alpha. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Has the file an alpha channel? */
  readonly alpha: boolean;
  readonly rgba: Uint8Array;
}

const SIGNATURE = '89504e470d0a1a0a';
/** Channels by the colour type of PNG's header (W3C PNG, 11.2.1); palettes are not among what the contract allows. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/**
 * Decodes what functions may answer: PNG with 8 bits a channel, not interlaced, grey or colour, with alpha or without.
 *
 * By hand, because a picture whose data ends within a row must not pass for a whole one: pngjs 7 and fast-png 8 fill it up
 * with zeros and say nothing, and neither puts a limit to what data unpacks to.
 *
 * @throws Error for anything else.
 */
export function decodePng(bytes: Uint8Array): Picture {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.subarray(0, 8).toString('hex') !== SIGNATURE) throw new Error('it does not begin like a PNG');
  const { header, data } = chunksOf(file);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, colour, interlaced] = [header.readUInt8(8), header.readUInt8(9), header.readUInt8(12)];
  const channels = CHANNELS[colour];
  if (depth !== 8 || channels === undefined || interlaced !== 0) {
    throw new Error(
      `a PNG of colour type ${colour} with ${depth} bits, interlace ${interlaced}, is not what was asked`,
    );
  }
  const limit = (width * channels + 1) * height;
  const raw = inflateSync(data, { maxOutputLength: limit });
  if (raw.length !== limit) throw new Error(`its data has ${raw.length} bytes instead of ${limit}`);
  const pixels = unfiltered(raw, width * channels, channels);
  return { width, height, alpha: channels % 2 === 0, rgba: toRgba(pixels, channels) };
}

function chunksOf(file: Buffer): { readonly header: Buffer; readonly data: Buffer } {
  const parts: Buffer[] = [];
  let header: Buffer | undefined;
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const kind = file.toString('latin1', at + 4, at + 8);
    const content = file.subarray(at + 8, at + 8 + length);
    if (kind === 'IHDR') header = content;
    if (kind === 'IDAT') parts.push(content);
    // Transparency by one colour is an alpha channel in disguise.
    if (kind === 'tRNS') throw new Error('a PNG with a transparent colour is not what was asked');
    if (kind === 'IEND' && header?.length === 13) return { header, data: Buffer.concat(parts) };
    at += 12 + length;
  }
  throw new Error('the PNG ends too early');
}

/** Takes back the filter of each row (W3C PNG, 9.2). */
function unfiltered(raw: Uint8Array, stride: number, channels: number): Uint8Array {
  const rows = raw.length / (stride + 1);
  const out = new Uint8Array(rows * stride);
  for (let row = 0; row < rows; row += 1) {
    const filter = raw[row * (stride + 1)] ?? 0;
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column;
      const left = column < channels ? 0 : (out[at - channels] ?? 0);
      const up = row === 0 ? 0 : (out[at - stride] ?? 0);
      const corner = row === 0 || column < channels ? 0 : (out[at - stride - channels] ?? 0);
      out[at] = (raw[row * (stride + 1) + 1 + column] ?? 0) + predicted(filter, left, up, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4:
      return paeth(left, up, corner);
    default:
      throw new Error(`there is no row filter ${filter}`);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function toRgba(pixels: Uint8Array, channels: number): Uint8Array {
  const count = pixels.length / channels;
  const rgba = new Uint8Array(count * 4);
  const grey = channels <= 2;
  for (let index = 0; index < count; index += 1) {
    const from = index * channels;
    for (let channel = 0; channel < 3; channel += 1) {
      rgba[index * 4 + channel] = pixels[from + (grey ? 0 : channel)] ?? 0;
    }
    rgba[index * 4 + 3] = channels % 2 === 0 ? (pixels[from + channels - 1] ?? 0) : 255;
  }
  return rgba;
}
