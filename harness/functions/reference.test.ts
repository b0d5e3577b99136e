import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import { poll } from '../core/poll.ts';
import { runOrFail } from '../core/subprocess.ts';
import { imageCatalog } from '../images/catalog.ts';
import { buildFunction } from './build.ts';
import { readStack, type StackFunction } from './stack.ts';

const stamp = { version: 'test', commit: 'test' };
const greeting = 'Hello from givre\n';
const contentType = 'text/plain; charset=utf-8';

async function docker(...args: readonly string[]): Promise<string> {
  return (await runOrFail(['docker', ...args], `docker ${args[0]}`, { timeoutMs: 60_000 })).stdout.trim();
}

/** By the engine, so that the start of no client of it counts: on a busy machine that takes longer than some functions. */
async function endedAtMs(id: string): Promise<number> {
  return Date.parse(await docker('inspect', '--format', '{{.State.FinishedAt}}', id));
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  /** Sent chunked, piece by piece. */
  readonly body?: readonly Uint8Array[];
}

interface Answer {
  readonly status: number | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

async function ask(port: number, { method = 'GET', path = '/', body }: Ask): Promise<Answer> {
  const headers = body === undefined ? {} : { 'Transfer-Encoding': 'chunked' };
  const sent = request({ host: '127.0.0.1', port, method, path, headers, timeout: 10_000, agent: false });
  sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
  for (const piece of body ?? []) sent.write(piece);
  sent.end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode, contentType: response.headers['content-type'], body: text };
}

/** Sends the head of a POST and waits until the function asks for its body: it has the request then. */
async function beginPost(port: number) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8').setTimeout(10_000);
  socket.on('timeout', () => socket.destroy(new Error('the function went silent')));
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n');
  const [goOn] = await once(socket, 'data');
  expect(goOn).toMatch(/^HTTP\/1\.1 100 /);
  return socket;
}

describe.each([
  ['rust-functions', 'rust-hello'],
  ['peer-functions', 'go-hello'],
  ['peer-functions', 'node-hello'],
  ['peer-functions', 'python-hello'],
])('%s: %s', (family, name) => {
  const containers: string[] = [];
  let fn: StackFunction;
  let image = '';

  async function start(): Promise<{ readonly id: string; readonly port: number }> {
    const id = await docker('run', '--detach', '--publish', '127.0.0.1::8080', image);
    containers.push(id);
    const port = Number((await docker('port', id, '8080/tcp')).split(':').pop());
    await poll(
      async () => {
        const answer = await ask(port, {}).catch((error: Error) => error.message);
        return typeof answer === 'string' ? { done: false, seen: answer } : { done: true, value: answer };
      },
      { what: `${name} to answer`, deadlineMs: 15_000, everyMs: 20 },
    );
    return { id, port };
  }

  beforeAll(async () => {
    const { functions } = await readStack(`${repositoryRoot}/${family}/stack.yaml`);
    const found = functions.find((it) => it.name === name);
    if (found === undefined) throw new Error(`${family}/stack.yaml has no ${name}`);
    fn = found;
    const { builder } = await imageCatalog({ root: repositoryRoot, gateway: stamp, queueWorker: stamp });
    image = (await buildFunction(fn, { builder })).id;
  });

  afterAll(async () => {
    if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers);
  });

  test('answers every method, path and body with the same greeting', async () => {
    const { port } = await start();
    const expected = { status: 200, contentType, body: greeting };
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const path of ['/', '/deep/er?x=1&y=%20', '//double/../dots', '/_/healthy']) {
        expect({ method, path, ...(await ask(port, { method, path })) }).toEqual({ method, path, ...expected });
      }
    }
    const pieces = Array.from({ length: 64 }, () => Buffer.alloc(65_536, 'x'));
    expect(await ask(port, { method: 'POST', body: pieces })).toEqual(expected);
    expect(await ask(port, { method: 'POST', body: [] })).toEqual(expected);
    expect(fn.annotations['dev.givre/expected-body']).toBe(greeting);
  });

  test('keeps a connection alive, and answers HEAD with the length of a body but none', async () => {
    const { port } = await start();
    const socket = connect(port, '127.0.0.1').setEncoding('utf8').setTimeout(10_000);
    socket.on('timeout', () => socket.destroy(new Error('the function went silent')));
    socket.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    const [head = '', got = '', body, ...more] = text.split('\r\n\r\n');
    for (const part of [head, got]) {
      expect(part).toMatch(/^HTTP\/1\.1 200 /);
      expect(part).toMatch(new RegExp(`^content-length: ${greeting.length}$`, 'im'));
    }
    expect([body, ...more]).toEqual([greeting]);
  });

  test('answers health and ready', async () => {
    const { port } = await start();
    for (const path of ['/_/health', '/_/ready']) {
      expect(await ask(port, { path })).toEqual({ status: 200, contentType, body: 'ok\n' });
    }
  });

  test('outlives malformed requests', async () => {
    const { port } = await start();
    for (const nonsense of [
      'nonsense\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ]) {
      const socket = connect(port, '127.0.0.1').setEncoding('utf8').setTimeout(10_000);
      socket.on('timeout', () => socket.destroy(new Error('no answer')));
      socket.write(nonsense);
      const [answer] = await once(socket, 'data');
      expect(answer).toMatch(/^HTTP\/1\.[01] 400 /);
      socket.destroy();
    }
    expect((await ask(port, {})).body).toBe(greeting);
  });

  test('runs as a numeric user that is not root', async () => {
    const { id } = await start();
    expect(await docker('inspect', '--format', '{{.Config.User}}', id)).toBe('65532:65532');
    const pid = await docker('inspect', '--format', '{{.State.Pid}}', id);
    expect((await runOrFail(['ps', '-o', 'uid=', '-p', pid], 'ps')).stdout.trim()).toBe('65532');
  });

  test('ends on SIGTERM at once, and with exit code 0, when nothing is in flight', async () => {
    const { id, port } = await start();
    await ask(port, {});
    await docker('kill', '--signal', 'TERM', id);
    const begunMs = Date.now();
    expect(await docker('wait', id)).toBe('0');
    expect((await endedAtMs(id)) - begunMs).toBeLessThan(2_000);
  });

  test('lets a request in flight finish on SIGTERM, and takes no new connection meanwhile', async () => {
    const { id, port } = await start();
    const socket = await beginPost(port);
    await docker('kill', '--signal', 'TERM', id);
    const answered = () =>
      ask(port, {}).then(
        () => true,
        () => false,
      );
    await expect.poll(answered, { timeout: 10_000 }).toBe(false);
    socket.write('the rest');
    const [answer] = await once(socket, 'data');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    let rest = String(answer);
    for await (const chunk of socket) rest += chunk;
    expect(rest).toContain(greeting);
    expect(await docker('wait', id)).toBe('0');
  });

  test('ends within 5 s of SIGTERM even when a client stalls', async () => {
    const { id, port } = await start();
    const socket = await beginPost(port);
    socket.on('error', () => {});
    await docker('kill', '--signal', 'TERM', id);
    const begunMs = Date.now();
    expect(await docker('wait', id)).toBe('0');
    expect((await endedAtMs(id)) - begunMs).toBeLessThan(5_000);
    socket.destroy();
  });

  if (name.startsWith('rust-')) {
    test('is an image of one layer and at most 2.5 MB', async () => {
      const format = '{{.Size}} {{len .RootFS.Layers}}';
      const [size, layers] = (await docker('inspect', '--format', format, image)).split(' ');
      expect(Number(size)).toBeLessThanOrEqual(2_500_000);
      expect(layers).toBe('1');
    });
  }

  test("carries nothing of the host's certificates", async () => {
    const id = await docker('create', image);
    containers.push(id);
    const listing = await runOrFail(['sh', '-c', 'docker export "$1" | tar -t', 'sh', id], 'listing the image');
    expect(listing.stdout).not.toMatch(/\.(crt|pem)$/m);
    expect(listing.stdout).not.toContain('opt/givre');
  });
});
