import type { OwnRequest } from '../core/own-request.ts';
import type { FunctionSpec } from '../platforms/gateway-schemas.ts';

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
