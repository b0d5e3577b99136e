import type { FunctionSpec } from '../platforms/gateway-schemas.ts';

/** A whole answer of a function. */
export interface FunctionAnswer {
  readonly status: number;
  /** Empty where there is none. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** First byte sent → last byte received. */
  readonly tookMs: number;
}

/** What a function is sent unless another body is asked for: by POST, without parameters. */
export interface OwnRequest {
  readonly from: 'vector' | 'file';
  readonly name: string;
  /** Null: the request has no such header. */
  readonly contentType: string | null;
  readonly body: Uint8Array;
  /** Other bytes in its place are refused (`only`), not read (`dropped`), or as good (`any`). */
  readonly others: 'only' | 'dropped' | 'any';
  /** What is wrong with an answer, undefined when nothing is; null where nobody can tell. */
  readonly differenceIn: ((answer: FunctionAnswer) => Promise<string | undefined>) | null;
}

/** One function as the harness deploys and calls it. */
export interface Deployable {
  readonly name: string;
  /** What it computes; `unknown` for functions that do not say. */
  readonly workload: string;
  /** Body of `POST /system/functions`. */
  readonly deployment: FunctionSpec;
  /** Reference of its image inside the machine, pinned by digest. */
  readonly image: string;
  /** The answer that counts as correct; without a body any body does. */
  readonly expect: { readonly status: number; readonly bodyBase64?: string };
  /** Undefined for a function of which nobody says what it takes: it is asked without a body. */
  readonly request?: OwnRequest | undefined;
}

/** The right answer's body as text; undefined where any will do. */
export function expectedBody({ expect: { bodyBase64 } }: Deployable): string | undefined {
  return bodyBase64 === undefined ? undefined : Buffer.from(bodyBase64, 'base64').toString('utf8');
}
