/**
 * Many clients at the same moment, each repeating its request until the answer is right; run by givre, or by hand:
 *
 *   k6 run -e GIVRE_URL=http://127.0.0.1:8080/function/rust-hello scenarios/k6/burst.ts
 */
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { isRightBody, payloadOf, responseTypeOf, settingsOf, tellFailure } from './exchange.ts';

interface Own {
  readonly clients: number;
  readonly deadlineMs: number;
}

const settings = settingsOf<Own>({ clients: 10, deadlineMs: 20_000 });

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
const right = new Counter('givre_burst_right');

const payload = payloadOf(settings);
const responseType = responseTypeOf(settings);

export default function burst(): void {
  exec.vu.metrics.metadata.n = String(exec.vu.idInTest);
  sent.add(1);
  const end = Date.now() + settings.deadlineMs;
  for (let attempt = 0; Date.now() < end; attempt++) {
    const response = http.post(settings.url, payload, {
      headers: { ...settings.headers },
      timeout: `${settings.deadlineMs}ms`,
      redirects: 0,
      responseType,
    });
    const isRight = response.status === settings.status && isRightBody(settings, response.body);
    if (attempt === 0) first.add(response.status);
    if (attempt === 0 && !isRight) tellFailure(response);
    if (isRight) {
      right.add(1);
      return;
    }
  }
}
