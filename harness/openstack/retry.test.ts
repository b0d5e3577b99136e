import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  type Behaviour,
  countOf,
  cutOff,
  FLAVORS,
  failureOf,
  newServer,
  SERVERS,
  SIGN_IN,
  sayJson,
  sayToken,
  startCloudServer,
  status,
} from './cloud-server.fixture.ts';

/** Faults that a healthy cloud does not show on demand; the real one is behind `client.cloud.test.ts`. */

/** Does as told for the first so many requests to a path, and then answers as it should. */
function faulty(path: string, times: number, fault: Behaviour, answer: object): Behaviour {
  let seen = 0;
  return (asked, response) => {
    if (asked.url.split('?')[0] !== path) return false;
    seen += 1;
    return seen <= times ? fault(asked, response) : sayJson(response, 200, answer);
  };
}

const text =
  (body: string): Behaviour =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    return true;
  };

describe('what only reads or removes', () => {
  test.each([
    ['a lost connection', cutOff],
    ['429', status(429)],
    ['500', status(500)],
    ['502', status(502)],
    ['503', status(503, { 'retry-after': '0' })],
    ['504', status(504)],
    ['HTML with status 200', text('<html><body>Please sign in to the hotel</body></html>')],
    ['JSON that breaks off', text('{"flavors": [{"id": "1", "na')],
  ])('is asked again after %s', async (_, fault) => {
    await using server = await startCloudServer(faulty(FLAVORS, 3, fault, { flavors: [] }));
    const cloud = await server.open();
    expect(await cloud.compute.listFlavors()).toEqual([]);
    expect(countOf(server, FLAVORS)).toBe(4);
  });

  test('is given up after six times, with the service’s words and the request’s id', async () => {
    await using server = await startCloudServer(faulty(FLAVORS, 99, status(503), {}));
    const error = await failureOf((await server.open()).compute.listFlavors());
    expect(error).toMatchObject({
      code: 'E_CLOUD_ANSWER',
      status: 503,
      service: 'compute',
      requestId: 'req-00000000-0000-4000-8000-000000000001',
      serviceMessage: 'not now',
      message: expect.stringMatching(/^compute answered GET .*503: not now \[req-.*\] \(asked 6 times\)$/),
    });
    expect(countOf(server, FLAVORS)).toBe(6);
  });

  test('is not asked again when the answer would be the same', async () => {
    await using server = await startCloudServer(faulty(FLAVORS, 99, status(400), {}));
    expect(await failureOf((await server.open()).compute.listFlavors())).toMatchObject({ status: 400 });
    expect(countOf(server, FLAVORS)).toBe(1);
  });

  test('is gone when a repeated DELETE finds nothing', async () => {
    let seen = 0;
    await using server = await startCloudServer((asked, response) => {
      if (asked.method !== 'DELETE') return false;
      seen += 1;
      return seen === 1 ? cutOff(asked, response) : status(404)(asked, response);
    });
    await (await server.open()).compute.deleteServer('x');
    expect(seen).toBe(2);
  });

  test('waits as long as the service asks, unless that is longer than its patience', async () => {
    await using server = await startCloudServer(
      faulty(FLAVORS, 1, status(429, { 'retry-after': '1' }), { flavors: [] }),
    );
    const cloud = await server.open();
    const begin = performance.now();
    await cloud.compute.listFlavors();
    expect(performance.now() - begin).toBeGreaterThan(990);
    await using strict = await startCloudServer(faulty(FLAVORS, 9, status(429, { 'retry-after': '900' }), {}));
    const begun = performance.now();
    expect(await failureOf((await strict.open()).compute.listFlavors())).toMatchObject({
      code: 'E_CLOUD_BUSY',
      retryAfterMs: 900_000,
      hint: expect.stringContaining('900 s'),
    });
    expect(performance.now() - begun).toBeLessThan(4_000);
  });

  test('waits until a date of the service’s own clock, whatever ours says', async () => {
    const at = (ms: number): string => new Date(Date.now() - 3 * 3_600_000 + ms).toUTCString();
    const fault: Behaviour = (asked, response) =>
      status(503, { date: at(0), 'retry-after': at(1_000) })(asked, response);
    await using server = await startCloudServer(faulty(FLAVORS, 1, fault, { flavors: [] }));
    const cloud = await server.open();
    const begin = performance.now();
    await cloud.compute.listFlavors();
    expect(performance.now() - begin).toBeGreaterThan(990);
  });
});

describe('what creates', () => {
  test.each([
    ['a lost connection', cutOff, 'E_CLOUD_UNREACHABLE'],
    ['500', status(500), 'E_CLOUD_ANSWER'],
    ['503', status(503), 'E_CLOUD_ANSWER'],
    ['JSON that breaks off', text('{"server": {"id": "'), 'E_CLOUD_BROKEN'],
    ['an answer of another shape', text('{"server": {}}'), 'E_CLOUD_FORMAT'],
  ])('is not asked again after %s, and leaves its caller uncertain', async (_, fault, code) => {
    await using server = await startCloudServer(faulty(SERVERS, 1, fault, { server: { id: 'x' } }));
    const cloud = await server.open();
    expect(await failureOf(cloud.compute.createServer(newServer))).toMatchObject({ code, uncertain: true });
    expect(countOf(server, SERVERS, 'POST')).toBe(1);
  });

  test('keeps status and request id of an answer that never ends or breaks off', async () => {
    for (const end of [cutOff, () => true] as const) {
      await using server = await startCloudServer((asked, response) => {
        if (asked.url !== SERVERS) return false;
        response.writeHead(202, { 'x-openstack-request-id': 'req-7' }).write('{"server":');
        setTimeout(() => end(asked, response), 50);
        return true;
      });
      const cloud = await server.open({ patience: { requestMs: end === cutOff ? 30_000 : 1_500 } });
      expect(await failureOf(cloud.compute.createServer(newServer))).toMatchObject({
        code: end === cutOff ? 'E_CLOUD_UNREACHABLE' : 'E_CLOUD_TIMEOUT',
        status: 202,
        requestId: 'req-7',
        uncertain: true,
        message: expect.stringMatching(/ 202 .*POST .*\[req-7\]$|POST .* 202 came, but no end \[req-7\]$/),
      });
    }
  });

  test('leaves its caller uncertain when the answer comes too late', async () => {
    await using server = await startCloudServer(({ url }) => url === SERVERS);
    const cloud = await server.open({ patience: { requestMs: 200 } });
    expect(await failureOf(cloud.compute.createServer(newServer))).toMatchObject({
      code: 'E_CLOUD_TIMEOUT',
      uncertain: true,
    });
    expect(countOf(server, SERVERS)).toBe(1);
  });

  test('is asked again after 429 and 401, which surely made nothing', async () => {
    await using busy = await startCloudServer(faulty(SERVERS, 2, status(429), { server: { id: 'x' } }));
    expect(await (await busy.open()).compute.createServer(newServer)).toEqual({ id: 'x' });
    await using forgetful = await startCloudServer(faulty(SERVERS, 1, status(401), { server: { id: 'y' } }));
    expect(await (await forgetful.open()).compute.createServer(newServer)).toEqual({ id: 'y' });
  });

  test('is certain to have failed after a refusal', async () => {
    await using server = await startCloudServer(faulty(SERVERS, 1, status(400), {}));
    const cloud = await server.open();
    expect(await failureOf(cloud.compute.createServer(newServer))).toMatchObject({ status: 400, uncertain: false });
  });

  test('refuses user-data that Nova would not take, before anything is sent', async () => {
    await using server = await startCloudServer(faulty(SERVERS, 0, cutOff, { server: { id: 'x' } }));
    const cloud = await server.open();
    const most = 'x'.repeat((65_535 / 4) * 3 - 2);
    await cloud.compute.createServer({ ...newServer, userData: most });
    const error = await failureOf(cloud.compute.createServer({ ...newServer, userData: `${most}xxx` }));
    expect(error).toMatchObject({ code: 'E_USER_DATA_TOO_LONG', exitCode: 2 });
    expect(countOf(server, SERVERS)).toBe(1);
  });
});

describe('a service that cannot be reached', () => {
  test('is an error that says so; a request that was not sent is sent again', async () => {
    const port = createServer().listen(0, '127.0.0.1');
    await once(port, 'listening');
    const address = port.address();
    const number = typeof address === 'object' ? address?.port : 0;
    port.close();
    await using moved = await startCloudServer((asked, response) => {
      if (asked.url !== SIGN_IN) return false;
      const endpoints = [{ interface: 'public', region_id: 'RegionOne', url: `http://127.0.0.1:${number}` }];
      const catalog = ['compute', 'network', 'image'].map((type) => ({ type, endpoints }));
      return sayToken(response, '', 't', { catalog });
    });
    const lost = await moved.open();
    expect(
      await failureOf(lost.network.createPort({ name: 'n', description: '', networkId: 'x', securityGroupIds: [] })),
    ).toMatchObject({
      code: 'E_CLOUD_UNREACHABLE',
      uncertain: false,
      message: expect.stringMatching(
        /^network at http:\/\/127\.0\.0\.1:\d+ cannot be reached for POST .*ECONNREFUSED.*\(asked 6 times\)/,
      ),
    });
  });

  test('does not keep anybody waiting past the deadline', async () => {
    await using server = await startCloudServer(({ url }) => url === FLAVORS);
    const cloud = await server.open({ patience: { requestMs: 200, callMs: 300, firstPauseMs: 5, attempts: 1_000 } });
    const begin = performance.now();
    expect(await failureOf(cloud.compute.listFlavors())).toMatchObject({
      code: 'E_CLOUD_TIMEOUT',
      message: expect.stringContaining('did not answer GET /compute/v2.1/flavors/detail within 200 ms'),
    });
    // So many requests take minutes.
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  test('answers nothing any more once the cloud is closed', async () => {
    await using server = await startCloudServer(() => false);
    const cloud = await server.open();
    await cloud.close();
    expect(await failureOf(cloud.compute.listFlavors())).toMatchObject({ code: 'E_CLOUD_CLOSED' });
  });
});
