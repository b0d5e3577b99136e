/**
 * Many clients at the same moment, each repeating its request until the answer is right; run by givre, or by hand:
 *
 *   k6 run -e GIVRE_URL=http://127.0.0.1:8080/function/rust-hello scenarios/k6/burst.ts
 */
import crypto from 'k6/crypto';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

interface Settings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Path of the file whose bytes are sent; null for no body. */
  readonly bodyFile: string | null;
  readonly status: number;
  readonly body: string | null;
  readonly bodyBytes: number | null;
  readonly bodySha256: string | null;
  readonly clients: number;
  readonly deadlineMs: number;
}

const settings: Settings = {
  url: __ENV.GIVRE_URL ?? '',
  headers: {},
  bodyFile: __ENV.GIVRE_BODY ?? null,
  status: 200,
  body: null,
  bodyBytes: null,
  bodySha256: null,
  clients: 10,
  deadlineMs: 20_000,
  ...(JSON.parse(__ENV.GIVRE_LOAD ?? '{}') as Partial<Settings>),
};

export const options = {
  scenarios: {
    burst: {
      executor: 'per-vu-iterations',
      vus: settings.clients,
      iterations: 1,
      maxDuration: `${settings.deadlineMs}ms`,
    },
  },
  systemTags: ['status', 'error_code'],
};

http.setResponseCallback(http.expectedStatuses(settings.status));

/** The moment is the sample's time; the first answer's status is its value. */
const sent = new Counter('givre_burst_sent');
const first = new Counter('givre_burst_first');
const wrong = new Counter('givre_burst_wrong');
const right = new Counter('givre_burst_right');

const payload = settings.bodyFile === null ? null : open(settings.bodyFile, 'b');

export default function burst(): void {
  exec.vu.metrics.metadata.n = String(exec.vu.idInTest);
  sent.add(1);
  const end = Date.now() + settings.deadlineMs;
  for (let attempt = 0; Date.now() < end; attempt++) {
    const { status, body } = http.post(settings.url, payload, {
      headers: { ...settings.headers },
      timeout: `${settings.deadlineMs}ms`,
      redirects: 0,
      responseType: settings.body === null ? 'binary' : 'text',
    });
    const isRight = status === settings.status && rightBody(body);
    if (attempt === 0) first.add(status);
    if (attempt === 0 && !isRight) wrong.add(1);
    if (isRight) {
      right.add(1);
      return;
    }
  }
}

function rightBody(body: unknown): boolean {
  if (settings.body !== null) return body === settings.body;
  const bytes = body instanceof ArrayBuffer ? body : new ArrayBuffer(0);
  if (settings.bodyBytes !== null && bytes.byteLength !== settings.bodyBytes) return false;
  return settings.bodySha256 === null || crypto.sha256(bytes, 'hex') === settings.bodySha256;
}
