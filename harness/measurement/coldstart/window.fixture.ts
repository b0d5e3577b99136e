import type { Exchange, Measurement } from '../../agent/protocol.ts';

const MS = 1e6;

/** An answered request; times in ms from the start of the window. */
export function exchange(sentMs: number, doneMs: number, more: Partial<Exchange> = {}): Exchange {
  return {
    sentNs: sentMs * MS,
    connectedNs: sentMs * MS,
    firstByteNs: doneMs * MS,
    doneNs: doneMs * MS,
    status: 200,
    error: null,
    headers: { 'x-start-time': '1' },
    bodyBase64: '',
    bodyBytes: 0,
    correct: true,
    ...more,
  };
}

/** A wrong first answer as a provider's proxy gives it. */
export function refused(sentMs: number, doneMs: number): Exchange {
  return exchange(sentMs, doneMs, {
    status: 500,
    correct: false,
    headers: { 'x-openfaas-internal': 'proxy', 'x-start-time': '1' },
    bodyBase64: Buffer.from("Can't reach service for: hello.").toString('base64'),
  });
}

function event(topic: string, atMs: number, pid: number | null = null): Measurement['events'][number] {
  return { topic, ns: atMs * MS, subject: 'hello', pid, exitStatus: null };
}

function packet(
  kind: 'request' | 'response',
  atMs: number,
  clientPort: number,
  path: string | null,
): Measurement['packets'][number] {
  const method = kind === 'request' ? 'POST' : null;
  return { kind, ns: atMs * MS, method, path, status: kind === 'response' ? 202 : null, clientPort };
}

/** A textbook start at L1: every edge seen, 100 ms in all. */
export function processStart(more: Partial<Measurement> = {}): Measurement {
  return {
    t0RealtimeNs: '1700000000000000000',
    clockDriftNs: 0,
    trigger: null,
    attempts: [exchange(0, 100)],
    firstCorrectNs: 100 * MS,
    events: [event('/tasks/delete', 10, 41), event('/tasks/create', 50, 42), event('/tasks/start', 85, 42)],
    cni: [
      { plugin: 'bridge', openedNs: 12 * MS, closedNs: 15 * MS },
      { plugin: 'bridge', openedNs: 51 * MS, closedNs: 70 * MS },
      { plugin: 'firewall', openedNs: 71 * MS, closedNs: 80 * MS },
    ],
    packets: [
      packet('request', 3, 7, '/system/function/hello'),
      packet('response', 4, 7, null),
      packet('request', 5, 7, '/system/scale-function/hello'),
      packet('response', 6, 8, null),
      packet('response', 94, 7, null),
      packet('request', 96, 7, '/function/hello'),
    ],
    listening: { ns: 90 * MS, pid: 42, resolutionNs: 1000 },
    before: { status: 'stopped', pid: 41, containerPresent: true },
    after: { status: 'running', pid: 42, containerPresent: true },
    warnings: [],
    ...more,
  };
}

/** A deployment from nothing: container, task, then the invocation. */
export function containerStart(more: Partial<Measurement> = {}): Measurement {
  return processStart({
    trigger: exchange(0, 95),
    attempts: [exchange(95, 100)],
    events: [
      event('/images/create', 12),
      event('/containers/create', 20),
      event('/tasks/create', 50, 42),
      event('/tasks/start', 85, 42),
    ],
    cni: [{ plugin: 'bridge', openedNs: 51 * MS, closedNs: 80 * MS }],
    packets: [
      packet('request', 2, 7, '/system/functions'),
      packet('response', 94, 7, null),
      packet('request', 96, 9, '/function/hello'),
    ],
    before: { status: 'absent', pid: null, containerPresent: false },
    ...more,
  });
}
