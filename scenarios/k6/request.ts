/**
 * One request per iteration, at a constant rate in an open loop; run by givre, or by hand with plain k6 2.x:
 *
 *   k6 run -e GIVRE_URL=http://127.0.0.1:8080/function/rust-hello -e GIVRE_RATE=100 -e GIVRE_DURATION=10s scenarios/k6/request.ts
 *
 * By hand a URL, a rate and a duration will do; givre passes everything in GIVRE_LOAD, as JSON.
 */
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

interface Settings {
  readonly id: string;
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly payloadBytes: number;
  readonly status: number;
  readonly body: string | null;
  readonly bodyBytes: number | null;
  readonly rate: number;
  readonly duration: string;
  readonly virtualUsers: number;
  readonly timeout: string;
}

const settings: Settings = {
  id: 'by-hand',
  url: __ENV.GIVRE_URL ?? '',
  method: 'POST',
  headers: {},
  payloadBytes: 0,
  status: 200,
  body: null,
  bodyBytes: null,
  rate: Number(__ENV.GIVRE_RATE ?? 10),
  duration: __ENV.GIVRE_DURATION ?? '10s',
  virtualUsers: 100,
  timeout: '10s',
  ...(JSON.parse(__ENV.GIVRE_LOAD ?? '{}') as Partial<Settings>),
};

const entries = Object.entries(settings.headers);
const looksAtBody = settings.body !== null || settings.bodyBytes !== null;

export const options = {
  scenarios: {
    open: {
      executor: 'constant-arrival-rate',
      rate: settings.rate,
      timeUnit: '1s',
      duration: settings.duration,
      // All from the start: k6 drops the request for which it has to make a virtual user first.
      preAllocatedVUs: settings.virtualUsers,
      maxVUs: settings.virtualUsers,
      gracefulStop: settings.timeout,
    },
  },
  // Each tag is a column of every line that k6 writes.
  systemTags: ['status', 'error_code'],
  noCookiesReset: true,
};

http.setResponseCallback(http.expectedStatuses(settings.status));

/** Answers with the right status and the wrong body; k6 itself takes them for good. */
const wrongBody = new Counter('givre_wrong_body');
/** When the scenario began, once per virtual user's first request: k6 tells it to nobody else. */
const started = new Counter('givre_started');
let told = false;

// Letters, because a Redis-like or text function may take its body for a word. Made once per virtual user.
const payload =
  settings.payloadBytes === 0
    ? null
    : 'abcdefghijklmnopqrstuvwxyz012345'.repeat(Math.ceil(settings.payloadBytes / 32)).slice(0, settings.payloadBytes);

export default function request(): void {
  const number = exec.scenario.iterationInTest;
  // Metadata does not make a time series of its own out of every request, as a tag would.
  exec.vu.metrics.metadata.n = String(number);
  if (!told) {
    told = true;
    started.add(exec.scenario.startTime);
  }
  const response = http.request(settings.method, settings.url, payload, {
    headers: { ...headersOf(number), 'X-Givre-Request': `${settings.id}-${number}` },
    timeout: settings.timeout,
    redirects: 0,
    responseType: looksAtBody ? (settings.bodyBytes === null ? 'text' : 'binary') : 'none',
  });
  if (looksAtBody && response.status === settings.status && !rightBody(response.body)) wrongBody.add(1);
}

/** `{id}` stands for the request's own name. */
function headersOf(number: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of entries) headers[name] = value.replace('{id}', `${settings.id}-${number}`);
  return headers;
}

function rightBody(body: unknown): boolean {
  if (settings.body !== null) return body === settings.body;
  return (body instanceof ArrayBuffer ? body.byteLength : 0) === settings.bodyBytes;
}
