import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHere } from '../core/here.ts';
import { repositoryRoot } from '../core/paths.ts';
import { autocannonLoad } from './autocannon.ts';
import { blame, failureCounter, inertWords, mergeFailures } from './failures.ts';
import { k6Burst } from './k6/burst.ts';
import type { K6Place } from './k6/process.ts';
import { k6Load } from './k6/run.ts';
import type { LoadPlan } from './load.ts';
import { type Answer, originOf, type Via } from './origin.ts';
import { loadPrograms } from './programs.fixture.ts';

const signal = AbortSignal.timeout(120_000);
const NOT_FOUND = 'error finding function hello.openfaas-fn: Get "http://provider": socket: too many open files';

/** As the gateway of 2023, faasd's provider, of-watchdog and a wrong function answer; each seventh answer is right. */
const answers: readonly ((response: ServerResponse) => void)[] = [
  (response) => response.writeHead(404).end(NOT_FOUND),
  (response) => response.writeHead(404).end(NOT_FOUND),
  (response) =>
    response
      .writeHead(500, { 'X-OpenFaaS-Internal': 'proxy', 'X-Start-Time': '1', 'Content-Type': 'text/plain' })
      .end("\nCan't reach service for: hello.\nsecond line"),
  (response) => response.writeHead(503, { 'X-OpenFaaS-Internal': 'of-watchdog', 'X-Start-Time': '1' }).end('not ready'),
  (response) => response.writeHead(502, { 'X-Start-Time': '1' }).end(),
  (response) => response.writeHead(200, { 'X-Start-Time': '1', 'Content-Type': 'text/plain' }).end('wrong, né'),
];
const RIGHT = 'Hello, world';

let folder: string;
let k6: K6Place;
let server: Server;
let url: string;
let count = 0;

beforeAll(async () => {
  const programs = await loadPrograms();
  folder = await mkdtemp(join(tmpdir(), 'givre-failures-'));
  await cp(join(repositoryRoot, 'scenarios/k6'), folder, { recursive: true });
  k6 = { place: { open: (argv) => openHere(argv) }, program: programs.k6, scripts: folder, version: programs.version };
  server = createServer((request, response) => {
    request.resume();
    const answer = answers[count++ % (answers.length + 1)];
    if (answer === undefined) response.end(RIGHT);
    else answer(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function planFor(arrivals: LoadPlan['arrivals'], expect: LoadPlan['request']['expect'], at = url): LoadPlan {
  return {
    id: 'failures',
    request: { url: at, via: 'gateway', method: 'POST', headers: {}, body: new Uint8Array(), expect },
    arrivals,
    warmUpMs: 0,
    timeoutMs: 5_000,
    virtualUsers: 30,
  };
}

const open = { kind: 'constant', ratePerSecond: 70, durationMs: 1_000 } as const;
const closed = { kind: 'closed', connections: 3, durationMs: 1_000 } as const;
/** Of each seven answers. */
const SEEN = [
  { status: 404, origin: 'gateway', words: NOT_FOUND },
  { status: 500, origin: 'provider', words: "Can't reach service for: hello." },
  { status: 503, origin: 'watchdog', words: 'not ready' },
  { status: 502, origin: 'gateway', words: null },
  { status: 200, origin: 'function', words: 'wrong, né' },
];

/** How often the server gave the answer that {@link SEEN} has at this place; the first of them it gives twice in seven. */
function answeredWith(place: number): number {
  const turns = place === 0 ? [0, 1] : [place + 1];
  return Array.from({ length: count }, (_, n) => n % 7).filter((turn) => turns.includes(turn)).length;
}

describe('requests that failed', { timeout: 60_000 }, () => {
  test.each([
    ['compared as text', { status: 200, body: RIGHT }],
    ['compared as bytes', { status: 200, body: Buffer.from(RIGHT) }],
  ])('under k6 are all counted by status, origin and first line, %s', async (_, expected) => {
    count = 0;
    const { ok, failed, failures, requests } = await k6Load(k6).run(planFor(open, expected), signal, () => {});
    expect(count).toBeGreaterThan(40);
    expect(ok + failed).toBe(count);
    expect(new Set(failures)).toEqual(new Set(SEEN.map((it, i) => ({ ...it, n: answeredWith(i) }))));
    const kept = requests.filter((it) => !it.ok).map(({ status, origin, words }) => ({ status, origin, words }));
    expect(kept).toHaveLength(failed);
    for (const it of kept) expect(SEEN).toContainEqual(it);
    expect(requests.filter((it) => it.ok).every((it) => it.origin === null && it.words === null)).toBe(true);
  });

  test('say so as well where only the status is looked at', async () => {
    count = 0;
    const { failures } = await k6Load(k6).run(planFor(open, { status: 200 }), signal, () => {});
    const looked = SEEN.slice(0, 4).map((it, i) => ({ ...it, n: answeredWith(i) }));
    expect(new Set(failures)).toEqual(new Set(looked));
  });

  test('in a closed loop are counted in the same way', async () => {
    count = 0;
    const expected = { status: 200, body: 'Hello, world' };
    const { failed, failures } = await autocannonLoad().run(planFor(closed, expected), signal, () => {});
    expect(failures.reduce((sum, { n }) => sum + n, 0)).toBe(failed);
    const kinds = failures.map(({ n: _, ...it }) => it);
    // autocannon puts bodies together as text, piece by piece, so that only ASCII stays whole.
    for (const it of SEEN.slice(0, 4)) expect(kinds).toContainEqual(it);
    expect(kinds).toHaveLength(5);
  });

  test('of a burst are counted by their first answers', async () => {
    count = 0;
    const wishes = { url, via: 'gateway' as const, headers: {}, body: new Uint8Array(), clients: 7, deadlineMs: 3_000 };
    const { correct, wrong } = await k6Burst(k6, { ...wishes, expect: { status: 200, body: RIGHT } }, signal);
    expect(correct + wrong.reduce((sum, { n }) => sum + n, 0)).toBe(7);
    for (const { n: _, ...it } of wrong) expect(SEEN).toContainEqual(it);
    expect(wrong.length).toBeGreaterThan(0);
  });

  test.each([
    ['k6', () => k6Load(k6), open],
    ['autocannon', () => autocannonLoad(), closed],
  ] as const)('for want of a listener say so, by %s', async (_, load, arrivals) => {
    const nobody = 'http://127.0.0.1:1/';
    const { failures } = await load().run(planFor(arrivals, { status: 200 }, nobody), signal, () => {});
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ status: 0, origin: 'gateway', words: expect.stringMatching(/refused/i) });
  });
});

describe('whose a wrong answer is', () => {
  const answer = (status: number, headers: Answer['headers'] = {}, words = ''): Answer => ({ status, headers, words });
  const started = { 'x-start-time': '1' };
  test.each<[string, Answer, Via, string]>([
    ['the gateway could not find the function', answer(404, {}, NOT_FOUND), 'gateway', 'gateway'],
    ['the gateway could not reach the provider', answer(502, started), 'gateway', 'gateway'],
    ['the function itself said 502', answer(502, { ...started, 'content-type': 'text/plain' }), 'gateway', 'function'],
    [
      'the provider could not reach the function',
      answer(500, { 'x-openfaas-internal': 'proxy' }),
      'gateway',
      'provider',
    ],
    ['the watchdog said so', answer(500, { 'x-openfaas-internal': 'classic-watchdog' }), 'provider', 'watchdog'],
    ['a function at the provider', answer(404), 'provider', 'function'],
    ['the queue took nothing', answer(500, started, 'Error queuing request: nats: timeout'), 'queue', 'queue'],
    ['the gateway has no queue', answer(404, {}, '404 page not found'), 'queue', 'gateway'],
    ['nobody answered', answer(0, {}, 'dial: connection refused'), 'provider', 'provider'],
    ['the client had no descriptor left', answer(0, {}, 'socket: too many open files'), 'gateway', 'harness'],
    ['the client had no port left', answer(0, {}, 'connect: cannot assign requested address'), 'direct', 'harness'],
  ])('%s', (_, it, via, origin) => {
    expect(originOf(it, via)).toBe(origin);
  });
});

describe('the words of an answer', () => {
  test('are one inert line of at most 200 bytes', () => {
    expect(inertWords('\n\n first\nsecond')).toBe('first');
    expect(inertWords('a\u001b[2Jb\u202ec\u0000d')).toBe('a�[2Jb�c�d');
    const long = inertWords('é'.repeat(300));
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(200);
    expect(long).toMatch(/^é+…$/);
  });

  test.each([
    ['Authorization: Basic YWRtaW46c2VjcmV0', 'YWRtaW46c2VjcmV0'],
    ['sent Bearer eyJhbGciOi.J9 to it', 'eyJhbGciOi.J9'],
    ['http://admin:hunter2@10.62.0.1:8081/', 'hunter2'],
    ['{"password": "hunter2"}', 'hunter2'],
    ['DB_PASSWORD=hunter2 refused', 'hunter2'],
    ['api-key=hunter2', 'hunter2'],
  ])('hold no credential: %s', (text, secret) => {
    expect(inertWords(text)).not.toContain(secret);
    expect(inertWords(text)).toContain('[hidden]');
  });

  test('are the same where only ports and our own numbers differ', () => {
    const words = (port: number, n: number) =>
      blame(
        { status: 0, headers: {}, words: `read 10.62.0.3:${port}->10.62.0.4:8080 of plan-7-${n}: reset` },
        { via: 'gateway', id: 'plan-7' },
      ).words;
    expect(words(40_000, 1)).toBe(words(51_234, 999));
  });
});

describe('failures counted', () => {
  test('hold no more than 40 different words, and lose no request', () => {
    const counted = failureCounter();
    for (let i = 0; i < 1_000; i++)
      counted.count({ status: 500, origin: i % 2 === 0 ? 'function' : 'gateway', words: `request ${i}`, n: 1 });
    const list = counted.list();
    expect(list).toHaveLength(42);
    expect(list.slice(0, 2).map(({ words, n }) => [words, n])).toEqual([
      [null, 480],
      [null, 480],
    ]);
  });

  test('of several generators are counted together', () => {
    const one = { status: 404, origin: 'gateway' as const, words: 'no' };
    const other = { ...one, words: 'never' };
    const merged = mergeFailures([
      [{ ...one, n: 2 }],
      [
        { ...other, n: 4 },
        { ...one, n: 3 },
      ],
    ]);
    expect(merged).toEqual([
      { ...one, n: 5 },
      { ...other, n: 4 },
    ]);
  });
});
