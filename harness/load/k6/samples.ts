import { GivreError } from '../../core/errors.ts';
import { type Blame, type Blamed, blame } from '../failures.ts';
import type { FinishedRequest } from '../reduce.ts';
import { numberOf, toldOf } from './told.ts';

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
  blame: Blame | null;
}

/**
 * Reads the CSV that k6 writes (`--out csv=-`, time format `unix_nano`): a line per metric, so about a dozen for each
 * request, told apart by the metadata `n` that our script sets; of one that failed it tells more in `w`. A request is
 * complete when its iteration is: only then is it known whether its body was right.
 *
 * @see https://grafana.com/docs/k6/latest/results-output/real-time/csv/
 */
export function sampleReader(sink: SampleSink, sent: Blamed): { push(chunk: Buffer): void; end(): void } {
  const requests = requestsOf(sink, sent);
  const line = linesOf(sink, requests);
  let rest = '';
  let header: Header | undefined;
  return {
    push(chunk) {
      // Latin-1 keeps bytes apart from each other whatever they are; nothing that is used here goes beyond ASCII.
      const text = rest + chunk.toString('latin1');
      let from = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
        if (header === undefined) header = headerOf(text.slice(from, end));
        else {
          // Eight lines of thirteen are not needed: of them nothing is looked at but the name.
          const metric = metricOf(text, from);
          if (USED.has(metric)) line(metric, text.slice(from, end), header);
        }
        from = end + 1;
      }
      rest = text.slice(from);
    },
    end: requests.giveUp,
  };
}

type OnLine = (metric: string, text: string, columns: Header) => void;

/** Places lines in time. Before the start is known nothing can be placed: what comes earlier waits for it. */
function linesOf(sink: SampleSink, requests: Requests): OnLine {
  let startMs: number | undefined;
  let early: string[] = [];

  const start = (realtimeMs: number, columns: Header): void => {
    if (startMs !== undefined) return;
    startMs = realtimeMs;
    sink.started(realtimeMs);
    const waiting = early;
    early = [];
    for (const text of waiting) line(metricOf(text, 0), text, columns);
  };
  const line: OnLine = (metric, text, columns) => {
    const valueAt = text.indexOf(',', metric.length + 1) + 1;
    const value = Number(text.slice(valueAt, text.indexOf(',', valueAt)));
    if (metric === 'givre_started') {
      start(value, columns);
      return;
    }
    if (startMs === undefined) {
      early.push(text);
      return;
    }
    const time = text.slice(metric.length + 1, valueAt - 1);
    if (metric === 'dropped_iterations') {
      sink.dropped(value, sinceNs(time, startMs));
      return;
    }
    const number = numberOf(text);
    if (number === undefined) return;
    if (metric === 'http_req_duration')
      requests.answered(number, answerOf(text, columns, sinceNs(time, startMs), value));
    else requests.told(number, metric, value, text);
  };
  return line;
}

/** Requests that are put together from what k6 says of each, metric by metric. */
interface Requests {
  answered(number: number, answer: Pending): void;
  told(number: number, metric: string, value: number, text: string): void;
  /** Of iterations that k6 gave up at its end: their request was answered, or it would not be here. */
  giveUp(): void;
}

function requestsOf(sink: SampleSink, sent: Blamed): Requests {
  const pending = new Map<number, Pending>();
  const finish = (number: number, it: Pending, iterationMs: number | null): void => {
    pending.delete(number);
    sink.request(finishedOf(number, it, iterationMs, sent));
  };
  return {
    answered(number, answer) {
      pending.set(number, answer);
    },
    told(number, metric, value, text) {
      const known = pending.get(number);
      if (known === undefined) return;
      if (metric === 'iteration_duration') finish(number, known, value);
      else if (metric === 'givre_failed') fail(known, text, sent);
      else more(known, metric, value);
    },
    giveUp() {
      for (const [number, it] of pending) finish(number, it, null);
    },
  };
}

function finishedOf(number: number, it: Pending, iterationMs: number | null, sent: Blamed): FinishedRequest {
  // k6 counts no time for a request that got no connection; the iteration is nothing but the request.
  const measuredMs = it.blockedMs + it.durationMs;
  const serviceMs = measuredMs === 0 && iterationMs !== null ? iterationMs : measuredMs;
  return {
    request: number,
    endNs: it.endNs,
    serviceNs: Math.round(serviceMs * 1e6),
    status: it.status,
    error: it.error,
    // k6 may have given an iteration up before it told anything.
    blame: it.ok ? null : (it.blame ?? blame({ status: it.status, headers: {}, words: it.error ?? '' }, sent)),
    ok: it.ok,
    newConnection: it.connectingMs > 0,
  };
}

function answerOf(text: string, columns: Header, endNs: number, durationMs: number): Pending {
  const fields = text.split(',');
  return {
    endNs,
    durationMs,
    blockedMs: 0,
    connectingMs: 0,
    ok: true,
    status: Number(fields[columns.status] ?? 0),
    error: errorOf(fields[columns.errorCode] ?? ''),
    blame: null,
  };
}

function fail(it: Pending, text: string, sent: Blamed): void {
  const told = toldOf(text, it.status);
  // Of a right status only our script knows that the body was wrong.
  if (it.ok) it.error = 'wrong body';
  it.ok = false;
  if (told !== undefined) it.blame = blame(told, sent);
}

/** What else k6 says of a request. */
function more(it: Pending, metric: string, value: number): void {
  switch (metric) {
    case 'http_req_blocked':
      it.blockedMs = value;
      return;
    case 'http_req_connecting':
      it.connectingMs = value;
      return;
    case 'http_req_failed':
      it.ok = value === 0;
      return;
  }
}

const USED = new Set([
  'givre_started',
  'http_req_duration',
  'http_req_blocked',
  'http_req_connecting',
  'http_req_failed',
  'givre_failed',
  'iteration_duration',
  'dropped_iterations',
]);

interface Header {
  readonly status: number;
  readonly errorCode: number;
}

function headerOf(text: string): Header {
  const names = text.trim().split(',');
  const place = (name: string): number => {
    const index = names.indexOf(name);
    if (index === -1) throw otherCsv(`has no column ${name}`, text);
    return index;
  };
  if (place('metadata') !== names.length - 1) throw otherCsv('ends with another column than metadata', text);
  return { status: place('status'), errorCode: place('error_code') };
}

function otherCsv(how: string, header: string): GivreError {
  return new GivreError({
    code: 'E_K6_OUTPUT',
    message: `what k6 writes ${how}: ${header.slice(0, 200)}`,
    hint: 'leave out --k6, which builds the version that is known to work; or is a variable K6_… set where load comes from?',
  });
}

/** k6's own numbers: https://grafana.com/docs/k6/latest/javascript-api/error-codes/ */
function errorOf(code: string): string | null {
  return code === '' ? null : `k6 error ${code}`;
}

function metricOf(text: string, from: number): string {
  return text.slice(from, text.indexOf(',', from));
}

/** A double cannot hold nanoseconds since 1970; the distance to the start it can. */
function sinceNs(unixNano: string, startMs: number): number {
  return (Number(unixNano.slice(0, -6)) - startMs) * 1e6 + Number(unixNano.slice(-6));
}
