import type { FinishedRequest } from '../reduce.ts';

/** What becomes of k6's samples. Times are nanoseconds after the scenario's start, as k6 knows it (whole milliseconds). */
export interface SampleSink {
  /** The wall clock's millisecond in which the scenario began; comes before everything else. */
  started(realtimeMs: number): void;
  request(request: FinishedRequest): void;
  dropped(count: number, atNs: number): void;
}

interface Pending {
  endNs: number;
  durationMs: number;
  blockedMs: number;
  connectingMs: number;
  ok: boolean;
  status: number;
  error: string | null;
}

/**
 * Reads the CSV that k6 writes (`--out csv=-`, time format `unix_nano`): a line per metric, so about a dozen for each
 * request, told apart by the metadata `n` that our script sets. A request is complete when its iteration is: only then is
 * it known whether its body was right.
 *
 * @see https://grafana.com/docs/k6/latest/results-output/real-time/csv/
 */
export function sampleReader(sink: SampleSink): { push(chunk: Buffer): void; end(): void } {
  const pending = new Map<string, Pending>();
  let rest = '';
  let header: Header | undefined;
  let startMs: number | undefined;
  /** Before the start is known nothing can be placed in time. */
  let early: string[] = [];

  const finish = (number: string, it: Pending, iterationMs: number | null): void => {
    pending.delete(number);
    // k6 counts no time for a request that got no connection; the iteration is nothing but the request.
    const measuredMs = it.blockedMs + it.durationMs;
    const serviceMs = measuredMs === 0 && iterationMs !== null ? iterationMs : measuredMs;
    sink.request({
      request: Number(number),
      endNs: it.endNs,
      serviceNs: Math.round(serviceMs * 1e6),
      status: it.status,
      error: it.error,
      ok: it.ok,
      newConnection: it.connectingMs > 0,
    });
  };

  const line = (text: string, columns: Header): void => {
    // Two lines of three are not needed: they must cost as little as can be.
    const metric = text.slice(0, text.indexOf(','));
    if (!USED.has(metric)) return;
    const fields = text.split(',');
    const [, time = '', value = ''] = fields;
    if (metric === 'givre_started') {
      start(Number(value));
      return;
    }
    if (startMs === undefined) {
      early.push(text);
      return;
    }
    const atNs = sinceNs(time, startMs);
    if (metric === 'dropped_iterations') {
      sink.dropped(Number(value), atNs);
      return;
    }
    const number = numberOf(fields[columns.metadata] ?? '');
    if (number === undefined) return;
    const known = pending.get(number);
    switch (metric) {
      case 'http_req_duration':
        pending.set(number, {
          endNs: atNs,
          durationMs: Number(value),
          blockedMs: 0,
          connectingMs: 0,
          ok: true,
          status: Number(fields[columns.status] ?? 0),
          error: errorOf(fields[columns.errorCode] ?? ''),
        });
        return;
      case 'http_req_blocked':
        if (known !== undefined) known.blockedMs = Number(value);
        return;
      case 'http_req_connecting':
        if (known !== undefined) known.connectingMs = Number(value);
        return;
      case 'http_req_failed':
        if (known !== undefined) known.ok = Number(value) === 0;
        return;
      case 'givre_wrong_body':
        if (known !== undefined) {
          known.ok = false;
          known.error = 'wrong body';
        }
        return;
      case 'iteration_duration':
        if (known !== undefined) finish(number, known, Number(value));
        return;
    }
  };

  const start = (realtimeMs: number): void => {
    if (startMs !== undefined || header === undefined) return;
    startMs = realtimeMs;
    sink.started(realtimeMs);
    const waiting = early;
    early = [];
    for (const text of waiting) line(text, header);
  };

  return {
    push(chunk) {
      // Latin-1 keeps bytes apart from each other whatever they are; nothing that is used here goes beyond ASCII.
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        if (header === undefined) header = headerOf(text);
        else line(text, header);
      }
    },
    end() {
      // Iterations that k6 gave up at its end: their request was answered, or it would not be here.
      for (const [number, it] of pending) finish(number, it, null);
    },
  };
}

const USED = new Set([
  'givre_started',
  'http_req_duration',
  'http_req_blocked',
  'http_req_connecting',
  'http_req_failed',
  'givre_wrong_body',
  'iteration_duration',
  'dropped_iterations',
]);

interface Header {
  readonly metadata: number;
  readonly status: number;
  readonly errorCode: number;
}

function headerOf(text: string): Header {
  const names = text.trim().split(',');
  const place = (name: string): number => {
    const index = names.indexOf(name);
    if (index === -1) throw new Error(`k6's CSV has no column ${name}: ${text}`);
    return index;
  };
  return { metadata: place('metadata'), status: place('status'), errorCode: place('error_code') };
}

/** k6's own numbers: https://grafana.com/docs/k6/latest/javascript-api/error-codes/ */
function errorOf(code: string): string | null {
  return code === '' ? null : `k6 error ${code}`;
}

/** `n=123`, the only metadata that the script sets. */
function numberOf(metadata: string): string | undefined {
  return metadata.startsWith('n=') ? metadata.slice(2).trimEnd() : undefined;
}

/** A double cannot hold nanoseconds since 1970; the distance to the start it can. */
function sinceNs(unixNano: string, startMs: number): number {
  return (Number(unixNano.slice(0, -6)) - startMs) * 1e6 + Number(unixNano.slice(-6));
}
