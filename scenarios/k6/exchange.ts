/** What every script here knows of a request and its answer: the part of the settings that they share. */
import crypto from 'k6/crypto';
import exec from 'k6/execution';
import type { RefinedResponse, ResponseType } from 'k6/http';
import { Counter } from 'k6/metrics';

export interface Exchange {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Path of the file whose bytes are sent; null for no body. */
  readonly bodyFile: string | null;
  readonly status: number;
  /** What the right answer's body is; null: nothing is asked of it. */
  readonly body: string | null;
  readonly bodyBytes: number | null;
  readonly bodySha256: string | null;
}

/** Of a script: its own defaults, which go by hand, under what givre passes in GIVRE_LOAD, as JSON. */
export function settingsOf<T extends object>(defaults: T): Exchange & T {
  return {
    url: __ENV.GIVRE_URL ?? '',
    headers: {},
    bodyFile: __ENV.GIVRE_BODY ?? null,
    status: 200,
    body: null,
    bodyBytes: null,
    bodySha256: null,
    ...defaults,
    ...(JSON.parse(__ENV.GIVRE_LOAD ?? '{}') as Partial<Exchange & T>),
  };
}

/** To be called where a script begins: once per virtual user, which is where k6 keeps the bytes. */
export function payloadOf({ bodyFile }: Exchange): ArrayBuffer | null {
  return bodyFile === null ? null : open(bodyFile, 'b');
}

/** As what k6 is to keep an answer's body: always, since a wrong answer says in it what is wrong. */
export function responseTypeOf({ bodyBytes, bodySha256 }: Exchange): ResponseType {
  return bodyBytes === null && bodySha256 === null ? 'text' : 'binary';
}

export function isRightBody(expected: Exchange, body: unknown): boolean {
  if (expected.body !== null) return body === expected.body;
  if (expected.bodyBytes === null && expected.bodySha256 === null) return true;
  const bytes = body instanceof ArrayBuffer ? body : new ArrayBuffer(0);
  if (expected.bodyBytes !== null && bytes.byteLength !== expected.bodyBytes) return false;
  return expected.bodySha256 === null || crypto.sha256(bytes, 'hex') === expected.bodySha256;
}

/** One for each wrong answer, with what it says in the metadatum `w`: unlike a tag it makes no time series of its own. */
const failed = new Counter('givre_failed');
const LOOKED_AT = 400;

/** Lets out whose a wrong answer is and what it says: `[header, gateway forwarded it, has a type, is bytes, words]`. */
export function tellFailure({ headers, body, error }: RefinedResponse<ResponseType>): void {
  const isBytes = body instanceof ArrayBuffer;
  const said = isBytes ? String.fromCharCode(...new Uint8Array(body, 0, Math.min(body.byteLength, LOOKED_AT))) : body;
  // No half of a pair of surrogates, which cannot be encoded.
  const words = String(said ?? error)
    .slice(0, LOOKED_AT)
    .trim()
    .replace(/[\r\n].*|[\ud800-\udfff]/gs, '');
  const about = [headers['X-Openfaas-Internal'] ?? '', 'X-Start-Time' in headers, 'Content-Type' in headers, isBytes];
  exec.vu.metrics.metadata.w = encodeURIComponent(JSON.stringify([...about, words]));
  failed.add(1);
  delete exec.vu.metrics.metadata.w;
}
