import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { type GatewayClient, gatewayClient } from './gateway-client.ts';

/** Answers that a healthy gateway does not give on demand; a real one is behind `install.test.ts`. */

const credentials = { user: 'admin', password: 'open-sesame' };
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function clientOf(
  listener: RequestListener,
  options: Parameters<typeof gatewayClient>[1] = {},
): Promise<GatewayClient> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return gatewayClient({ gatewayUrl: `http://127.0.0.1:${address.port}`, credentials }, options);
}

/** Answers everything with one status and one text. */
function saying(status: number, text: string): RequestListener {
  return (_, response) => response.writeHead(status).end(text);
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );
}

describe('errors of management calls', () => {
  test('keep status, path and the first line of the body', async () => {
    const client = await clientOf(saying(500, '\ncannot pull image\nstack trace\n'));
    const failure = await failureOf(client.deploy({ service: 'x', image: 'y' }));
    expect(failure).toMatchObject({
      code: 'E_GATEWAY_ANSWER',
      status: 500,
      path: '/system/functions',
      bodyLine: 'cannot pull image',
      message: 'the gateway answered POST /system/functions with 500: cannot pull image',
    });
  });

  test('never show the password or a secret’s value, even if the answer quotes them', async () => {
    const client = await clientOf(saying(400, 'bad value top-hidden from admin:open-sesame'));
    const failure = await failureOf(client.createSecret('name', 'top-hidden'));
    expect(inspect(failure, { depth: 9 })).toContain('bad value *** from admin:***');
    expect(inspect(failure, { depth: 9 })).not.toMatch(/top-hidden|open-sesame/);
  });

  test('never show them as JSON writes them, encoded for HTTP, or in an answer that is no JSON', async () => {
    const value = 'top "hidden"\\ säcret\nsecond line';
    const quoting = JSON.stringify({ message: `bad value ${value}` });
    const basic = Buffer.from('admin:open-sesame').toString('base64');
    const client = await clientOf(saying(400, `${quoting} ${basic}`));
    const failure = await failureOf(client.createSecret('name', value));
    expect(failure).toMatchObject({ bodyLine: '{"message":"bad value ***"} ***' });
    const talkative = await clientOf(saying(200, 'you said open-sesame'));
    expect(inspect(await failureOf(talkative.info()), { depth: 9 })).not.toContain('sesame');
  });

  test('say what is not the expected JSON', async () => {
    const html = await clientOf(saying(200, '<html>Welcome</html>'));
    expect(await failureOf(html.info())).toMatchObject({
      code: 'E_GATEWAY_FORMAT',
      message: expect.stringContaining('<html>Welcome'),
    });
    server?.close();
    const other = await clientOf(saying(200, '[{"name": 7}]'));
    expect(await failureOf(other.listFunctions())).toMatchObject({
      code: 'E_GATEWAY_FORMAT',
      message: expect.stringMatching(/system\/functions.*name/),
    });
  });

  test('say that nobody listens', async () => {
    const client = await clientOf(saying(200, ''));
    server?.close();
    expect(await failureOf(client.health())).toMatchObject({
      code: 'E_GATEWAY_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('say that the connection was dropped', async () => {
    const client = await clientOf((incoming) => incoming.socket.destroy());
    expect(await failureOf(client.listFunctions())).toMatchObject({ code: 'E_GATEWAY_UNREACHABLE' });
  });

  test('say that there was no answer in time, also in the middle of a body', async () => {
    const silent = await clientOf(() => {}, { timeoutMs: 150 });
    expect(await failureOf(silent.info())).toMatchObject({
      code: 'E_GATEWAY_TIMEOUT',
      message: expect.stringContaining('150 ms'),
    });
    server?.closeAllConnections();
    const halting = await clientOf((_, response) => response.write('{'), { timeoutMs: 150 });
    expect(await failureOf(halting.info())).toMatchObject({ code: 'E_GATEWAY_TIMEOUT' });
  });

  test('are the signal’s own reason when aborted', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const client = await clientOf(() => stop.abort(reason), { signal: stop.signal });
    expect(await failureOf(client.info())).toBe(reason);
  });
});

describe('what Go sends for nothing', () => {
  test('is an empty list or map', async () => {
    const client = await clientOf((incoming, response) =>
      response.end(
        incoming.url === '/system/function/f'
          ? '{"name":"f","image":"i","labels":null,"envVars":null,"secrets":null}'
          : 'null',
      ),
    );
    expect(await client.listFunctions()).toEqual([]);
    expect(await client.listSecrets()).toEqual([]);
    expect(await client.listNamespaces()).toEqual([]);
    expect(await client.functionStatus('f')).toMatchObject({ labels: {}, envVars: {}, secrets: [], replicas: 0 });
  });
});

describe('an invocation', () => {
  test('takes any status, body and redirect as the function’s own answer', async () => {
    const client = await clientOf((_, response) => response.writeHead(302, { location: '/elsewhere' }).end('moved'));
    const answer = await client.invoke('f');
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('/elsewhere');
    expect(Buffer.from(answer.body).toString()).toBe('moved');
  });

  test('does not carry the gateway’s password to the function', async () => {
    const client = await clientOf((incoming, response) => response.end(String(incoming.headers.authorization)));
    expect(Buffer.from((await client.invoke('f')).body).toString()).toBe('undefined');
    expect(Buffer.from((await client.invokeAsync('f')).body).toString()).toBe('undefined');
  });
});

describe('function logs', () => {
  test('are read line by line', async () => {
    const line = (text: string): string => JSON.stringify({ name: 'f', timestamp: '2024-01-01T00:00:00Z', text });
    const asked: (string | undefined)[] = [];
    const client = await clientOf((incoming, response) => {
      asked.push(incoming.url);
      response.end(`${line('one')}\n${line('two')}\n`);
    });
    expect((await client.logs('f', { tail: 2 })).map(({ text }) => text)).toEqual(['one', 'two']);
    expect(asked).toEqual(['/system/logs?name=f&tail=2&follow=false']);
  });
});
