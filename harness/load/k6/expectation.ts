import { createHash } from 'node:crypto';
import type { LoadRequest } from '../load.ts';

/** What the scripts look at of an answer; null: at nothing. */
interface ScriptExpectation {
  readonly status: number;
  readonly body: string | null;
  readonly bodyBytes: number | null;
  /** Hex. k6 is slow at comparing bytes in its JavaScript, and quick at this, which it has in Go. */
  readonly bodySha256: string | null;
}

export function scriptExpectation({ status, body, bodyBytes }: LoadRequest['expect']): ScriptExpectation {
  return {
    status,
    body: typeof body === 'string' ? body : null,
    bodyBytes: bodyBytes ?? null,
    bodySha256: body === undefined || typeof body === 'string' ? null : createHash('sha256').update(body).digest('hex'),
  };
}
