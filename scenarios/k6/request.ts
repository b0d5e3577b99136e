/**
 * One request per iteration, in an open loop at a constant rate, or at one that changes evenly; run by givre, or by hand
 * with plain k6 2.x:
 *
 *   k6 run -e GIVRE_URL=http://127.0.0.1:8080/function/rust-hello -e GIVRE_RATE=100 -e GIVRE_DURATION=10s scenarios/k6/request.ts
 *
 * By hand a URL, a rate and a duration will do, GIVRE_RAMP_TO, the rate at the end, and GIVRE_BODY, the path of a file to
 * be sent; givre passes everything in GIVRE_LOAD, as JSON.
 */
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { isRightBody, payloadOf, responseTypeOf, settingsOf, tellFailure } from './exchange.ts';

interface Own {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  readonly rate: number;
  /** The rate at the end; null when it stays. */
  readonly rampTo: number | null;
  readonly duration: string;
  readonly virtualUsers: number;
  readonly timeout: string;
}

const settings = settingsOf<Own>({
  id: 'by-hand',
  method: 'POST',
  rate: Number(__ENV.GIVRE_RATE ?? 10),
  rampTo: __ENV.GIVRE_RAMP_TO === undefined ? null : Number(__ENV.GIVRE_RAMP_TO),
  duration: __ENV.GIVRE_DURATION ?? '10s',
  virtualUsers: 100,
  timeout: '10s',
});

const entries = Object.entries(settings.headers);
const responseType = responseTypeOf(settings);

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

/** When the scenario began, once per virtual user's first request: k6 tells it to nobody else. */
const started = new Counter('givre_started');
let told = false;

const payload = payloadOf(settings);

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
    responseType,
  });
  if (response.status !== settings.status || !isRightBody(settings, response.body)) tellFailure(response);
}

/** `{id}` stands for the request's own name. */
function headersOf(number: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of entries) headers[name] = value.replace('{id}', `${settings.id}-${number}`);
  return headers;
}
