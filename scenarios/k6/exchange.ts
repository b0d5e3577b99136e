/** What every script here knows of a request and its answer: the part of the settings that they share. */
import crypto from 'k6/crypto';
import type { ResponseType } from 'k6/http';

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

/** As what k6 is to keep an answer's body: it takes time, where nobody looks at it. */
export function responseTypeOf({ body, bodyBytes, bodySha256 }: Exchange): ResponseType {
  if (body !== null) return 'text';
  return bodyBytes === null && bodySha256 === null ? 'none' : 'binary';
}

export function isRightBody(expected: Exchange, body: unknown): boolean {
  if (expected.body !== null) return body === expected.body;
  const bytes = body instanceof ArrayBuffer ? body : new ArrayBuffer(0);
  if (expected.bodyBytes !== null && bytes.byteLength !== expected.bodyBytes) return false;
  return expected.bodySha256 === null || crypto.sha256(bytes, 'hex') === expected.bodySha256;
}
