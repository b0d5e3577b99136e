import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runOrFail } from '../core/subprocess.ts';
import { failureOf } from './cloud-server.fixture.ts';
import { openDispatchers, type ProxyWords } from './dispatchers.ts';
import type { TlsFiles } from './tls-files.ts';
import { type Answer, openTransport } from './transport.ts';

/** Real certificates, TLS and proxies on this machine. */

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-tls-'));
  for (const name of ['service', 'client']) {
    const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = ['-x509', '-newkey', 'ed25519', '-nodes', '-days', '2'];
    await runOrFail(['openssl', 'req', ...kind, ...subject, ...files], 'making a certificate');
  }
});
afterAll(() => rm(folder, { recursive: true }));

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Says which client certificate it was shown. */
async function secureService(): Promise<string> {
  const [key, cert, ca] = await Promise.all(
    ['service.key', 'service.pem', 'client.pem'].map((name) => readFile(join(folder, name))),
  );
  const options = { key, cert, ca, requestCert: true, rejectUnauthorized: false };
  const server = createHttps(options, ({ socket }, response) => {
    response.end(socket instanceof TLSSocket ? `client ${socket.getPeerCertificate().subject?.CN ?? 'unknown'}` : '');
  });
  return `https://127.0.0.1:${await listen(server)}/`;
}

async function plainService(): Promise<string> {
  return `http://127.0.0.1:${await listen(createHttp((_, response) => response.end('plain')))}/`;
}

/** Forwards http and tunnels https, as squid does; writes down what for. */
async function startProxy(): Promise<{ address: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createHttp(async ({ url = '', headers }, response) => {
    seen.push(`GET ${url} ${headers['proxy-authorization'] ?? ''}`.trim());
    response.end(await (await fetch(url)).text());
  });
  server.on('connect', ({ url = '' }, socket) => {
    seen.push(`CONNECT ${url}`);
    const [host = '', port] = url.split(':');
    const beyond = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(beyond).pipe(socket);
    });
    for (const end of [socket, beyond]) end.on('error', () => [socket, beyond].map((it) => it.destroy()));
  });
  return { address: `127.0.0.1:${await listen(server)}`, seen };
}

const files: TlsFiles = { caPath: undefined, certPath: undefined, keyPath: undefined, verify: true };
const noWords: ProxyWords = { httpProxy: undefined, httpsProxy: undefined, noProxy: undefined };

async function get(url: string, tls: Partial<TlsFiles> = {}, words: Partial<ProxyWords> = {}): Promise<Answer> {
  const transport = openTransport(await openDispatchers({ ...files, ...tls }, { ...noWords, ...words }));
  try {
    const exchange = { service: 'compute', method: 'GET', url, headers: {}, body: null, timeoutMs: 5_000 } as const;
    return await transport.exchange(exchange);
  } finally {
    await transport.close();
  }
}

describe('TLS', () => {
  test('believes the authority that the settings name, and no unknown one', async () => {
    const url = await secureService();
    expect((await get(url, { caPath: join(folder, 'service.pem') })).status).toBe(200);
    expect(await failureOf(get(url))).toMatchObject({
      code: 'E_CLOUD_TLS',
      uncertain: false,
      message: expect.stringMatching(/^compute at https:.* cannot be reached for GET \/: self-signed certificate/),
      hint: expect.stringContaining('cacert'),
    });
  });

  test('believes anybody when verification is off', async () => {
    expect((await get(await secureService(), { verify: false })).status).toBe(200);
  });

  test('shows the client’s certificate, from two files or from one', async () => {
    const url = await secureService();
    const certPath = join(folder, 'client.pem');
    const keyPath = join(folder, 'client.key');
    const caPath = join(folder, 'service.pem');
    expect((await get(url, { caPath, certPath, keyPath })).text).toBe('client client');
    const both = join(folder, 'both.pem');
    await writeFile(both, Buffer.concat([await readFile(certPath), await readFile(keyPath)]));
    expect((await get(url, { caPath, certPath: both })).text).toBe('client client');
    expect((await get(url, { caPath })).text).toBe('client unknown');
  });

  test('with files that are not there, or not what they should be, is a mistake in the settings', async () => {
    const gone = join(folder, 'gone.pem');
    expect(await failureOf(get('https://127.0.0.1/', { caPath: gone }))).toMatchObject({
      code: 'E_CLOUD_TLS_FILE',
      exitCode: 2,
      message: expect.stringContaining(gone),
    });
    const certPath = join(folder, 'client.pem');
    const caPath = join(folder, 'client.key');
    for (const wrong of [{ certPath }, { caPath }] as const) {
      expect(await failureOf(get('https://127.0.0.1/', wrong))).toMatchObject({
        code: 'E_CLOUD_TLS_FILE',
        message: expect.stringContaining('certPath' in wrong ? certPath : caPath),
      });
    }
  });

  test('is not what a service without TLS speaks', async () => {
    const url = (await plainService()).replace('http:', 'https:');
    expect(await failureOf(get(url))).toMatchObject({
      code: 'E_CLOUD_TLS',
      hint: expect.stringContaining('plain http'),
    });
  });
});

describe('a proxy', () => {
  test('forwards http and tunnels https, with TLS to the service itself', async () => {
    const { address, seen } = await startProxy();
    const [plain, secure] = [await plainService(), await secureService()];
    const caPath = join(folder, 'service.pem');
    const words = { httpProxy: `http://${address}`, httpsProxy: address };
    expect((await get(plain, { caPath }, words)).text).toBe('plain');
    expect((await get(secure, { caPath }, words)).text).toBe('client unknown');
    expect(await failureOf(get(secure, {}, words))).toMatchObject({ code: 'E_CLOUD_TLS' });
    expect(seen).toEqual([`GET ${plain}`, ...Array(2).fill(`CONNECT ${new URL(secure).host}`)]);
  });

  test('for http is not used for https, nor the other way round', async () => {
    const { address, seen } = await startProxy();
    await get(await secureService(), { verify: false }, { httpProxy: address });
    await get(await plainService(), {}, { httpsProxy: address });
    expect(seen).toEqual([]);
  });

  test.each(['127.0.0.1', 'example.com,127.0.0.0/8', '*', '10.0.0.0/8 127.0.0.1/32'])(
    'is left out for what NO_PROXY has: %s',
    async (noProxy) => {
      const { address, seen } = await startProxy();
      expect((await get(await plainService(), {}, { httpProxy: address, noProxy })).text).toBe('plain');
      expect(seen).toEqual([]);
    },
  );

  test('is used for what NO_PROXY has not', async () => {
    const { address, seen } = await startProxy();
    const noProxy = '10.0.0.0/8,example.com,::1/128,127.0.0.1/nonsense';
    await get(await plainService(), {}, { httpProxy: address, noProxy });
    expect(seen).toHaveLength(1);
  });

  test('is told the user’s name and password; neither gets into an error', async () => {
    const { address, seen } = await startProxy();
    await get(await plainService(), {}, { httpProxy: `http://me:hidden@${address}` });
    expect(seen[0]).toContain(`Basic ${Buffer.from('me:hidden').toString('base64')}`);
    const wrong = await failureOf(get('http://h/', {}, { httpProxy: 'gopher://me:hidden@h' }));
    expect(wrong).toMatchObject({ code: 'E_CLOUD_PROXY', exitCode: 2 });
    expect(String(wrong)).not.toContain('hidden');
  });

  test('that cannot be reached is an error that says so', async () => {
    const dead = createHttp();
    const address = `127.0.0.1:${await listen(dead)}`;
    dead.close();
    const error = await failureOf(get(await secureService(), {}, { httpsProxy: `http://me:hidden@${address}` }));
    expect(error).toMatchObject({
      code: 'E_CLOUD_UNREACHABLE',
      message: expect.stringContaining(`ECONNREFUSED ${address}`),
    });
    expect(String(error)).not.toContain('hidden');
  });
});
