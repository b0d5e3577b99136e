import { join } from 'node:path';
import { readRegularFile } from '../core/bounded-file.ts';
import type { RequestBody } from './vectors.ts';

/** The bytes of a request's body; files are looked for below `folder`. */
export async function bodyBytes(body: RequestBody, folder: string): Promise<Uint8Array> {
  if ('text' in body) return Buffer.from(body.text);
  if ('base64' in body) return Buffer.from(body.base64, 'base64');
  if ('file' in body) return readVectorFile(folder, body.file);
  if ('repeat' in body) {
    const { text, times } = body.repeat;
    return Buffer.alloc(Buffer.byteLength(text) * times, text);
  }
  return generatedBytes(body.generated.bytes);
}

const LARGEST_BYTES = 64 * 2 ** 20;

/** A file that a vector names, of those in its own folder. */
export function readVectorFile(folder: string, name: string): Promise<Uint8Array> {
  return readRegularFile(join(folder, name), { limitBytes: LARGEST_BYTES, within: folder });
}

/** The low bytes of Marsaglia's xorshift32 from seed 42: no compressor finds anything in them. */
function generatedBytes(length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length);
  let x = 42;
  for (let index = 0; index < length; index += 1) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[index] = x & 0xff;
  }
  return bytes;
}
