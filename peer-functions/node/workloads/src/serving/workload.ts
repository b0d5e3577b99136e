import type { Readable } from 'node:stream';

/** A request, parsed as far as every workload needs it. */
export interface Call {
  readonly method: string;
  readonly parameters: URLSearchParams;
  readonly contentType: string | undefined;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  readonly body: Body;
}

/** A request's body with the most bytes that the workload takes, and how many there were so far. */
export interface Body {
  readonly source: Readable;
  readonly limitBytes: number;
  readBytes: number;
}

export interface Answer {
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** What a function computes. Each module of `workloads/` exports one. */
export interface Workload {
  /** Infinity where any size will do. */
  readonly bodyLimitBytes: number;
  /** @throws Problem for what the client has to know. */
  answer(call: Call): Answer | Promise<Answer>;
}

export function plainText(text: string, status = 200): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: text };
}

export function json(value: unknown): Answer {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}
