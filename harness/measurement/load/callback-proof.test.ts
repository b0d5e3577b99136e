import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { run } from '../../core/subprocess.ts';
import type { LoadParts } from '../parts.ts';
import { proveCallback, requestsCalledBack } from './callback-proof.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** Counts what comes and says how many, as the receiver on a machine does. */
async function receiver(): Promise<string> {
  let requests = 0;
  const server = createServer((request, response) => {
    if (request.method === 'POST') requests += 1;
    response.end(`${JSON.stringify({ requests, connections: 1 })}\n`);
  });
  return `${await listening(server)}/`;
}

interface Queue {
  /** Statuses of the first invocations; later ones are accepted. */
  readonly first?: readonly number[];
  readonly callsBack: boolean;
}

/** A gateway with a queue behind it. */
function gateway({ first = [], callsBack }: Queue): Promise<string> {
  const refusals = [...first];
  const server = createServer((request, response) => {
    request.resume();
    response.statusCode = refusals.shift() ?? 202;
    response.end();
    const callback = request.headers['x-callback-url'];
    if (response.statusCode === 202 && callsBack && typeof callback === 'string')
      void fetch(callback, { method: 'POST' });
  });
  return listening(server);
}

async function proofWith(queue: Queue, again = { patienceMs: 1_000, againMs: 300 }) {
  const signal = AbortSignal.timeout(20_000);
  const exec: LoadParts['exec'] = (argv, options) => run(argv, options);
  return await proveCallback(
    { gatewayUrl: await gateway(queue), exec, signal },
    { name: 'hello', headers: {}, body: Buffer.from('x'), receiver: await receiver() },
    again,
  );
}

describe('before asynchronous invocations are measured', () => {
  test('one callback shows that we can be reached', async () => {
    expect(await proofWith({ callsBack: true })).toMatchObject({ id: 'callback-reachable', status: 'passed' });
  });

  test('a queue that cannot reach us makes the measurement invalid, and loses nothing', async () => {
    const proof = await proofWith({ callsBack: false });
    expect(proof).toMatchObject({
      status: 'failed',
      measured: expect.stringMatching(/invocations that were accepted$/),
    });
    expect(proof.hint).toMatch(/^we could not be reached/);
  });

  test('a queue that is not there yet is waited for, and its refusal quoted when it never comes', async () => {
    expect(await proofWith({ first: [503, 503], callsBack: true })).toMatchObject({ status: 'passed' });
    const never = await proofWith({ first: Array(10).fill(503), callsBack: true });
    expect(never).toMatchObject({ status: 'failed', measured: expect.stringContaining('none accepted (status 503)') });
  });
});

test('each request of a plan that was called back counts once, and nobody else’s', async () => {
  const ids = ['hello-1a-7', 'proof-9', 'hello-1a-12', 'hello-1a-7', 'hello-1ab-3'];
  const log = [JSON.stringify({ requests: ids.length, connections: 1 }), ...ids.map((id) => JSON.stringify({ id }))];
  const url = await listening(createServer((_, response) => response.end(`${log.join('\n')}\n`)));
  const exec: LoadParts['exec'] = (argv, options) => run(argv, options);
  expect(await requestsCalledBack({ exec }, `${url}/`, 'hello-1a')).toBe(2);
  expect(await requestsCalledBack({ exec }, `${url}/`, 'other')).toBe(0);
});
