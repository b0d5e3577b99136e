/**
 * One request per iteration, in an open loop at a constant rate, or at one that changes evenly; run by givre, or by hand
 * with plain k6 2.x:
 *
 *   k6 run -e GIVRE_URL=http://127.0.0.1:8080/function/rust-hello -e GIVRE_RATE=100 -e GIVRE_DURATION=10s scenarios/k6/request.ts
 *
 * By hand a URL, a rate and a duration will do, GIVRE_RAMP_TO, the rate at the end, and GIVRE_BODY, the path of a file to
 * be sent; givre passes everything in GIVRE_LOAD, as JSON.
 */
import crypto from 'k6/crypto';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

interface Settings {
  readonly id: string;
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Path of the file whose bytes are sent; null for no body. */
  readonly bodyFile: string | null;
  readonly status: number;
  readonly body: string | null;
  readonly bodyBytes: number | null;
  readonly bodySha256: string | null;
  readonly rate: number;
  /** The rate at the end; null when it stays. */
  readonly rampTo: number | null;
  readonly duration: string;
  readonly virtualUsers: number;
  readonly timeout: string;
}

const settings: Settings = {
  id: 'by-hand',
  url: __ENV.GIVRE_URL ?? '',
  method: 'POST',
  headers: {},
  bodyFile: __ENV.GIVRE_BODY ?? null,
  status: 200,
  body: null,
  bodyBytes: null,
  bodySha256: null,
  rate: Number(__ENV.GIVRE_RATE ?? 10),
  rampTo: __ENV.GIVRE_RAMP_TO === undefined ? null : Number(__ENV.GIVRE_RAMP_TO),
  duration: __ENV.GIVRE_DURATION ?? '10s',
  virtualUsers: 100,
  timeout: '10s',
  ...(JSON.parse(__ENV.GIVRE_LOAD ?? '{}') as Partial<Settings>),
};

const entries = Object.entries(settings.headers);
const looksAtBytes = settings.bodyBytes !== null || settings.bodySha256 !== null;
const looksAtBody = settings.body !== null || looksAtBytes;

export const options = {
  scenarios: {
    open: {
      ...arrivals(),
      timeUnit: '1s',
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

function arrivals(): object {
  const { rate, rampTo, duration } = settings;
  if (rampTo === null) return { executor: 'constant-arrival-rate', rate, duration };
  return { executor: 'ramping-arrival-rate', startRate: rate, stages: [{ target: rampTo, duration }] };
}

http.setResponseCallback(http.expectedStatuses(settings.status));

/** Answers with the right status and the wrong body; k6 itself takes them for good. */
const wrongBody = new Counter('givre_wrong_body');
/** When the scenario began, once per virtual user's first request: k6 tells it to nobody else. */
const started = new Counter('givre_started');
let told = false;

/** Read once per virtual user, which is where k6 keeps it. */
const payload = settings.bodyFile === null ? null : open(settings.bodyFile, 'b');

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
    responseType: looksAtBytes ? 'binary' : looksAtBody ? 'text' : 'none',
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
  const bytes = body instanceof ArrayBuffer ? body : new ArrayBuffer(0);
  if (settings.bodyBytes !== null && bytes.byteLength !== settings.bodyBytes) return false;
  return settings.bodySha256 === null || crypto.sha256(bytes, 'hex') === settings.bodySha256;
}
