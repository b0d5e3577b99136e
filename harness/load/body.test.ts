import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openHere } from '../core/here.ts';
import { repositoryRoot } from '../core/paths.ts';
import { autocannonLoad } from './autocannon.ts';
import { k6Burst } from './k6/burst.ts';
import type { K6Place } from './k6/process.ts';
import { k6Load } from './k6/run.ts';
import type { LoadPlan } from './load.ts';
import { loadPrograms } from './programs.fixture.ts';

/* Real generators against a real server that keeps what it gets. */

/** Every byte there is, and more of them than an argument or environment of Linux may have (128 KiB). */
const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256));
const TEXT = Buffer.from('{"count":300}\n');
const signal = AbortSignal.timeout(120_000);

let folder: string;
let k6: K6Place;
let server: Server;
let url: string;
let answer: Buffer;
const seen = { right: 0, wrong: 0, types: new Set<string | undefined>() };

beforeAll(async () => {
  const programs = await loadPrograms();
  folder = await mkdtemp(join(tmpdir(), 'givre-bodies-'));
  await cp(join(repositoryRoot, 'scenarios/k6'), folder, { recursive: true });
  k6 = { place: { open: (argv) => openHere(argv) }, program: programs.k6, scripts: folder, version: programs.version };
  server = createServer(async (request, response) => {
    const body = await buffer(request);
    seen[body.equals(BYTES) ? 'right' : 'wrong'] += 1;
    seen.types.add(request.headers['content-type']);
    response.end(answer);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  seen.right = 0;
  seen.wrong = 0;
  seen.types.clear();
});

function planFor(arrivals: LoadPlan['arrivals'], expected: Buffer): LoadPlan {
  const headers = { 'content-type': 'image/x-every-byte' };
  return {
    id: 'bodies',
    request: { url, method: 'POST', headers, body: BYTES, expect: { status: 200, body: expected } },
    arrivals,
    warmUpMs: 0,
    timeoutMs: 5_000,
    virtualUsers: 5,
  };
}

const open = { kind: 'constant', ratePerSecond: 20, durationMs: 1_000 } as const;
const closed = { kind: 'closed', connections: 2, durationMs: 1_000 } as const;

describe('a body under load', () => {
  test.each([
    ['k6', () => k6Load(k6), open, BYTES],
    ['autocannon', () => autocannonLoad(), closed, TEXT],
  ] as const)('of any bytes and size is sent by %s as it is, and each answer is compared', async (...args) => {
    const [, load, arrivals, expected] = args;
    answer = expected;
    const { sent, ok, failed } = await load().run(planFor(arrivals, expected), signal, () => {});
    expect([ok, failed]).toEqual([sent, 0]);
    expect(sent).toBeGreaterThanOrEqual(19);
    expect(seen.wrong).toBe(0);
    expect(seen.right).toBeGreaterThanOrEqual(sent);
    expect([...seen.types]).toEqual(['image/x-every-byte']);
    expect((await readdir(folder)).toSorted()).toEqual(['burst.ts', 'exchange.ts', 'request.ts', 'schedule.ts']);
  });

  test.each([
    ['k6', () => k6Load(k6), open, BYTES],
    ['autocannon', () => autocannonLoad(), closed, TEXT],
  ] as const)('whose answers by %s differ in one byte has failed', async (...args) => {
    const [, load, arrivals, expected] = args;
    answer = Buffer.from(expected);
    answer[5] = 'X'.charCodeAt(0);
    const { sent, ok, failed } = await load().run(planFor(arrivals, expected), signal, () => {});
    expect([ok, failed]).toEqual([0, sent]);
    expect(sent).toBeGreaterThanOrEqual(19);
  });

  test('is sent by each client of a burst, and answers are compared', async () => {
    const plan = {
      ...{ url, headers: {}, body: BYTES, clients: 3, deadlineMs: 1_500 },
      expect: { status: 200, body: BYTES },
    };
    answer = BYTES;
    expect(await k6Burst(k6, plan, signal)).toMatchObject({ correct: 3, wrong: [] });
    expect(seen.wrong).toBe(0);
    expect(seen.right).toBeGreaterThanOrEqual(3);
    answer = TEXT;
    const wrong = await k6Burst(k6, plan, signal);
    expect(wrong).toMatchObject({
      correct: 0,
      wrong: [{ status: 200, origin: 'function', words: '{"count":300}', n: 3 }],
      allCorrectNs: null,
    });
    expect((await readdir(folder)).toSorted()).toEqual(['burst.ts', 'exchange.ts', 'request.ts', 'schedule.ts']);
  });

  test('that cannot be written where the generator is ends the load with a sentence', async () => {
    const nowhere = k6Load({ ...k6, scripts: join(folder, 'nowhere') });
    await expect(nowhere.run(planFor(open, BYTES), signal, () => {})).rejects.toMatchObject({
      code: 'E_LOAD_GENERATOR',
      message: expect.stringMatching(/300000 bytes cannot be written into .*nowhere/),
    });
  });
});
