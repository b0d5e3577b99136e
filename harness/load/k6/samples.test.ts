import { describe, expect, test } from 'vitest';
import type { FinishedRequest } from '../reduce.ts';
import { sampleReader } from './samples.ts';

/** What k6 2.1 wrote with our script; times shortened to what matters here. */
const HEADER = 'metric_name,timestamp,metric_value,error_code,status,extra_tags,metadata';
const START_MS = 1_700_000_000_000;

function at(ns: number): string {
  return `1700000000${String(ns).padStart(9, '0')}`;
}

function requestLines(n: number, endNs: number, serviceMs: number, more: { status?: number; errorCode?: string } = {}) {
  const { status = 200, errorCode = '' } = more;
  const line = (metric: string, value: string) => `${metric},${at(endNs)},${value},${errorCode},${status},,n=${n}`;
  return [
    line('http_reqs', '1.000000'),
    line('http_req_duration', (serviceMs * 0.9).toFixed(6)),
    line('http_req_blocked', (serviceMs * 0.1).toFixed(6)),
    line('http_req_connecting', '0.000000'),
    line('http_req_tls_handshaking', '0.000000'),
    line('http_req_sending', '0.010000'),
    line('http_req_waiting', '0.900000'),
    line('http_req_receiving', '0.090000'),
    line('http_req_failed', status === 200 ? '0.000000' : '1.000000'),
  ];
}

const started = `givre_started,${at(5)},${START_MS}.000000,,,,n=0`;
const failedLine = (n: number, told: unknown) =>
  `givre_failed,${at(1_000_100)},1.000000,,,,n=${n}&w=${encodeURIComponent(JSON.stringify(told))}`;
const iteration = (n: number, endNs: number, ms: number) =>
  `iteration_duration,${at(endNs)},${ms.toFixed(6)},,,,n=${n}`;

function read(lines: readonly string[], chunkBytes = 10_000) {
  const requests: FinishedRequest[] = [];
  const drops: [number, number][] = [];
  const starts: number[] = [];
  const reader = sampleReader(
    {
      started: (ms) => starts.push(ms),
      request: (request) => requests.push(request),
      dropped: (count, atNs) => drops.push([count, atNs]),
    },
    { via: 'gateway', id: 'plan' },
  );
  const bytes = Buffer.from(`${[HEADER, ...lines].join('\n')}\n`);
  for (let i = 0; i < bytes.length; i += chunkBytes) reader.push(bytes.subarray(i, i + chunkBytes));
  reader.end();
  return { requests, drops, starts };
}

describe('k6’s samples', () => {
  test.each([1, 7, 10_000])(
    'become requests, with connecting part of the service time, in chunks of %i bytes',
    (chunk) => {
      const lines = [started, ...requestLines(3, 34_000_000, 4), iteration(3, 34_100_000, 4.2)];
      expect(read(lines, chunk).requests).toEqual([
        {
          request: 3,
          endNs: 34_000_000,
          serviceNs: 4_000_000,
          status: 200,
          error: null,
          blame: null,
          ok: true,
          newConnection: false,
        },
      ]);
    },
  );

  test('are read the same wherever chunks are cut', () => {
    const request = (n: number) => [...requestLines(n, n * 10_000_000, 4), iteration(n, n * 10_000_000 + 100, 4.2)];
    const late = { status: 0, errorCode: '1050' };
    const lines = [...request(1), started, ...request(2), ...requestLines(3, 31_000_000, 9, late), ...request(4)];
    const whole = read(lines, 1e6);
    expect(whole.requests.map((it) => it.request)).toEqual([1, 2, 4, 3]);
    for (let chunk = 1; chunk < 200; chunk++) expect(read(lines, chunk)).toEqual(whole);
  });

  test('of many virtual users at once are told apart', () => {
    const [a, b] = [requestLines(0, 1_000_000, 1), requestLines(1, 1_000_001, 2)];
    const mixed = a.flatMap((line, i) => [line, b[i] ?? '']);
    const lines = [started, ...mixed, iteration(1, 1_100_000, 2), iteration(0, 1_100_000, 1)];
    expect(read(lines).requests.map((it) => [it.request, it.serviceNs])).toEqual([
      [1, 2_000_000],
      [0, 1_000_000],
    ]);
  });

  test('with a wrong body are failures, although k6 takes them for good', () => {
    const wrong = failedLine(0, ['', true, true, false, 'Hello, wrong world']);
    const lines = [started, ...requestLines(0, 1_000_000, 1), wrong, iteration(0, 1_100_000, 1)];
    expect(read(lines).requests).toMatchObject([
      { ok: false, status: 200, error: 'wrong body', blame: { origin: 'function', words: 'Hello, wrong world' } },
    ]);
  });

  test('that failed say whose answer it was and what it said, in whichever order k6 writes the two', () => {
    const told = failedLine(0, ['proxy', true, true, true, "Can't reach, caf\u00c3\u00a9"]);
    const other = told.replace(/,n=0&(.*)$/, ',$1&n=0');
    for (const line of [told, other]) {
      const lines = [started, ...requestLines(0, 1_000_000, 1, { status: 500, errorCode: '1500' }), line];
      expect(read([...lines, iteration(0, 1_100_000, 1)]).requests).toMatchObject([
        { ok: false, status: 500, error: 'k6 error 1500', blame: { origin: 'provider', words: "Can't reach, café" } },
      ]);
    }
  });

  test('without an answer take as long as their iteration', () => {
    const lines = [
      started,
      ...requestLines(0, 900_000_000, 0, { status: 0, errorCode: '1212' }),
      iteration(0, 900_000_000, 900),
    ];
    expect(read(lines).requests).toMatchObject([
      {
        ...{ ok: false, status: 0, error: 'k6 error 1212', serviceNs: 900_000_000 },
        blame: { origin: 'gateway', words: 'k6 error 1212' },
      },
    ]);
  });

  test('that came before the start was known are placed once it is', () => {
    const lines = [...requestLines(0, 2_000_000, 1), started, iteration(0, 2_100_000, 1)];
    expect(read(lines)).toMatchObject({ requests: [{ endNs: 2_000_000 }], starts: [START_MS] });
  });

  test('of iterations that k6 gave up at its end are not lost', () => {
    expect(read([started, ...requestLines(0, 2_000_000, 1)]).requests).toHaveLength(1);
  });

  test('of requests that were never sent are counted', () => {
    expect(read([started, `dropped_iterations,${at(7_000_000)},3.000000,,,,`]).drops).toEqual([[3, 7_000_000]]);
  });

  test('in another form than expected are refused, not guessed at', () => {
    const reader = sampleReader({ started() {}, request() {}, dropped() {} }, { via: 'direct', id: 'plan' });
    expect(() => reader.push(Buffer.from('metric,value\n'))).toThrow('no column metadata');
    const another = HEADER.replace('extra_tags,metadata', 'metadata,extra_tags');
    expect(() => reader.push(Buffer.from(`${another}\n`))).toThrow('another column than metadata');
  });
});
