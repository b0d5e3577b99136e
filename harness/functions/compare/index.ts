import { createHash } from 'node:crypto';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { messageOf } from '../../core/errors.ts';
import type { FunctionAnswer } from '../../core/send.ts';
import type { Expectation, ExpectedBody } from '../vectors.ts';
import { differenceInHtml } from './html.ts';
import { differenceInJson } from './json.ts';
import { differenceInPicture } from './picture.ts';

interface CompareOptions {
  /** Reads a file that a vector names. */
  readonly readFile: (name: string) => Promise<Uint8Array>;
}

/** In a few words what is wrong with an answer; undefined when it is as expected. */
export async function differenceIn(
  answer: FunctionAnswer,
  expected: Expectation,
  options: CompareOptions,
): Promise<string | undefined> {
  if (answer.status !== expected.status) {
    return `status ${answer.status} instead of ${expected.status}: ${shown(answer.body)}`;
  }
  if (!sameType(answer.contentType, expected.contentType)) {
    return `Content-Type "${answer.contentType}" instead of "${expected.contentType}"`;
  }
  const { afterMs = 0 } = expected;
  if (answer.tookMs < afterMs) return `answered after ${answer.tookMs.toFixed(1)} ms instead of ${afterMs} ms or more`;
  return await differenceInBody(answer.body, expected.body, options);
}

async function differenceInBody(
  body: Uint8Array,
  expected: ExpectedBody,
  options: CompareOptions,
): Promise<string | undefined> {
  if ('text' in expected) return differenceInBytes(body, Buffer.from(expected.text));
  if ('base64' in expected) return differenceInBytes(body, Buffer.from(expected.base64, 'base64'));
  if ('json' in expected) return differenceInJson(body, expected.json, expected.tolerance ?? 0);
  if ('html' in expected) return differenceInHtml(Buffer.from(body).toString(), expected.html);
  if ('sentence' in expected) return differenceInSentence(Buffer.from(body).toString(), expected.sentence);
  if ('psnr' in expected) {
    return differenceInPicture(body, await options.readFile(expected.psnr.file), expected.psnr.decibel);
  }
  if ('sha256' in expected) {
    if (body.length !== expected.bytes) return `${body.length} bytes instead of ${expected.bytes}`;
    const sha256 = createHash('sha256').update(body).digest('hex');
    return sha256 === expected.sha256 ? undefined : `SHA-256 ${sha256} instead of ${expected.sha256}`;
  }
  const [format, inner] = 'gzip' in expected ? (['gzip', expected.gzip] as const) : (['zstd', expected.zstd] as const);
  let plain: Uint8Array;
  try {
    plain = format === 'gzip' ? gunzipSync(body) : zstdDecompressSync(body);
  } catch (error) {
    return `no ${format}: ${messageOf(error)}`;
  }
  const difference = await differenceInBody(plain, inner, options);
  return difference === undefined ? undefined : `after decompression: ${difference}`;
}

function differenceInBytes(body: Uint8Array, expected: Uint8Array): string | undefined {
  if (Buffer.compare(body, expected) === 0) return undefined;
  const at = body.findIndex((byte, index) => byte !== expected[index]);
  const where = at < 0 ? Math.min(body.length, expected.length) : at;
  const part = (bytes: Uint8Array): string => shown(bytes.subarray(Math.max(0, where - 20), where + 60));
  return `from byte ${where} on ${part(body)} instead of ${part(expected)}`;
}

function differenceInSentence(text: string, word: string): string | undefined {
  if (!/^[^\n]*\S[^\n]*\n$/.test(text)) return `${shown(Buffer.from(text))} instead of one sentence and a line feed`;
  return text.includes(word) ? undefined : `${JSON.stringify(text)} does not name "${word}"`;
}

/** The same type, and each parameter that is expected; others (a charset) may be added. */
function sameType(got: string, expected: string): boolean {
  const [type, ...parameters] = partsOf(got);
  const [expectedType, ...expectedParameters] = partsOf(expected);
  return type === expectedType && expectedParameters.every((it) => parameters.includes(it));
}

function partsOf(contentType: string): readonly string[] {
  return contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim().replaceAll('"', ''));
}

/** The beginning of a body, for messages. */
function shown(bytes: Uint8Array): string {
  const text = JSON.stringify(Buffer.from(bytes.subarray(0, 120)).toString());
  return bytes.length > 120 ? `${text}… (${bytes.length} bytes)` : text;
}
