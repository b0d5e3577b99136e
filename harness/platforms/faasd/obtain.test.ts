import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pins } from '../pins.ts';
import { type FaasdRequest, faasdCacheDir, obtainFaasd, probeFaasd } from './obtain.ts';
import { upstreamCoreImages } from './upstream-images.ts';

/** What the release server hands out; obtaining does not run it, so it need not be a program. */
const PROGRAM = Buffer.from('\x7fELF and 300 kB that stand for faasd\n'.repeat(8_000));
const DIGEST = createHash('sha256').update(PROGRAM).digest('hex');
const OLDEST_VERSION_UNDER_EULA = '0.19.1';

let folder: string;
let server: Server | undefined;
let requests: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-obtain-'));
  requests = [];
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

function request(more: Partial<FaasdRequest>): FaasdRequest {
  const signal = AbortSignal.timeout(60_000);
  return { architecture: 'x64', cacheDir: join(folder, 'cache'), signal, progress: () => {}, ...more };
}

/** Serves a release on 127.0.0.1; `faults` replaces single answers. */
async function release(faults: Readonly<Record<string, RequestListener>> = {}): Promise<string> {
  const listener: RequestListener = (incoming, response) => {
    const path = incoming.url ?? '';
    requests.push(path);
    const fault = faults[path];
    if (fault !== undefined) fault(incoming, response);
    else if (path === '/faasd' || path === '/faasd-arm64') response.end(PROGRAM);
    else if (path === '/faasd.sha256') response.end(`${DIGEST}  bin/faasd\n`);
    else if (path === '/faasd-arm64.sha256') response.end(`${DIGEST}  bin/faasd-arm64\n`);
    else response.writeHead(404).end('no such release\n');
  };
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Every file below the cache, so that nothing half-done can hide. */
async function cacheFiles(): Promise<readonly string[]> {
  const entries = await readdir(join(folder, 'cache'), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('obtaining faasd from a release', () => {
  test('takes a good file, marks it as not pinned, and leaves it executable in the cache', async () => {
    const baseUrl = await release();
    const binary = await obtainFaasd(request({ baseUrl }));
    expect(binary).toEqual({
      path: join(folder, 'cache', pins.faasd.version, 'x64', 'faasd'),
      version: pins.faasd.version,
      source: `${baseUrl}/faasd`,
      digest: `sha256:${DIGEST}`,
      digestStatus: 'unpinned',
    });
    expect(await readFile(binary.path)).toEqual(PROGRAM);
    expect((await stat(binary.path)).mode & 0o111).not.toBe(0);
    expect((await cacheFiles()).toSorted()).toEqual(['faasd', 'faasd.json']);
  });

  test('asks for the other architecture’s file where the machine has it', async () => {
    await obtainFaasd(request({ baseUrl: await release(), architecture: 'arm64' }));
    expect(requests).toEqual(['/faasd-arm64.sha256', '/faasd-arm64']);
  });

  test('asks the server only once, and again when the cached file was changed', async () => {
    const baseUrl = await release();
    const first = await obtainFaasd(request({ baseUrl }));
    expect(await obtainFaasd(request({ baseUrl }))).toEqual(first);
    expect(requests.length).toBe(2);
    await writeFile(first.path, 'something else');
    const said: string[] = [];
    expect(await obtainFaasd(request({ baseUrl, progress: (line) => said.push(line) }))).toEqual(first);
    expect(await readFile(first.path)).toEqual(PROGRAM);
    expect(said[0]).toContain('is damaged');
    expect(requests.length).toBe(4);
  });

  test('lets two runs at once have the same file', async () => {
    const baseUrl = await release();
    const [one, two] = await Promise.all([obtainFaasd(request({ baseUrl })), obtainFaasd(request({ baseUrl }))]);
    expect(one).toEqual(two);
    expect((await cacheFiles()).toSorted()).toEqual(['faasd', 'faasd.json']);
  });

  test.each([
    {
      fault: 'a wrong digest',
      answers: { '/faasd.sha256': (_, response) => response.end(`${'0'.repeat(64)}  faasd\n`) },
      code: 'E_DIGEST_MISMATCH',
      says: DIGEST,
    },
    {
      fault: 'a digest file that holds no digest',
      answers: { '/faasd.sha256': (_, response) => response.end('<html>Sign in</html>') },
      code: 'E_DIGEST_FORMAT',
      says: 'Sign in',
    },
    {
      fault: 'a missing file',
      answers: { '/faasd': (_, response) => response.writeHead(404).end() },
      code: 'E_DOWNLOAD_STATUS',
      says: '404',
    },
    {
      fault: 'a missing digest',
      answers: { '/faasd.sha256': (_, response) => response.writeHead(404).end() },
      code: 'E_DOWNLOAD_STATUS',
      says: '404',
    },
    {
      fault: 'a file cut in the middle',
      answers: {
        '/faasd': (_, response) => {
          response.writeHead(200, { 'content-length': PROGRAM.length });
          response.write(PROGRAM.subarray(0, 100_000), () => response.destroy());
        },
      },
      code: 'E_DOWNLOAD_CUT',
      says: `of ${PROGRAM.length} bytes`,
    },
    {
      fault: 'a file cut in the middle whose length was never announced',
      answers: { '/faasd': (_, response) => response.write(PROGRAM.subarray(0, 100_000), () => response.destroy()) },
      code: 'E_DOWNLOAD_CUT',
      says: 'unknown number of bytes',
    },
    {
      fault: 'a server that stops sending',
      answers: {
        '/faasd': (_, response) => {
          response.writeHead(200, { 'content-length': PROGRAM.length });
          response.write(PROGRAM.subarray(0, 100_000));
        },
      },
      code: 'E_DOWNLOAD_TIMEOUT',
      says: '400 ms',
    },
    {
      fault: 'a server that never answers',
      answers: { '/faasd.sha256': () => {} },
      code: 'E_DOWNLOAD_TIMEOUT',
      says: '400 ms',
    },
  ] satisfies { fault: string; answers: Record<string, RequestListener>; code: string; says: string }[])(
    'names $fault and keeps nothing',
    async ({ answers, code, says }) => {
      const baseUrl = await release(answers);
      await expect(obtainFaasd(request({ baseUrl, timeoutMs: 400 }))).rejects.toMatchObject({
        code,
        exitCode: 4,
        message: expect.stringContaining(says),
        hint: expect.stringMatching(/\S/),
      });
      expect(await cacheFiles()).toEqual([]);
    },
  );

  test('says so when there is no network', async () => {
    const baseUrl = await release();
    server?.close();
    await expect(obtainFaasd(request({ baseUrl }))).rejects.toMatchObject({
      code: 'E_DOWNLOAD_NETWORK',
      exitCode: 4,
      message: expect.stringContaining('ECONNREFUSED'),
      hint: expect.stringContaining('--platform faasd=PATH'),
    });
  });

  test('says so when the cache cannot be written', async () => {
    const file = join(folder, 'in-the-way');
    await writeFile(file, '');
    const failure = obtainFaasd(request({ baseUrl: await release(), cacheDir: file }));
    await expect(failure).rejects.toMatchObject({ code: 'E_DOWNLOAD_WRITE', exitCode: 4 });
  });

  test('stops when it is aborted and keeps nothing', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const baseUrl = await release({
      '/faasd': (_, response) => response.write(PROGRAM.subarray(0, 10), () => stop.abort(reason)),
    });
    await expect(obtainFaasd(request({ baseUrl, signal: stop.signal }))).rejects.toBe(reason);
    expect(await cacheFiles()).toEqual([]);
  });
});

describe('which version', () => {
  test('wants a source named for any but the pinned one', async () => {
    await expect(obtainFaasd(request({ version: '0.18.0' }))).rejects.toMatchObject({
      code: 'E_FAASD_VERSION',
      exitCode: 2,
    });
    const binary = await obtainFaasd(request({ version: '0.18.0', baseUrl: await release() }));
    expect(binary.version).toBe('0.18.0');
  });

  test.each([OLDEST_VERSION_UNDER_EULA, 'v0.19.7', '0.20.0', '1.0.0'])(
    'takes %s only with the EULA accepted',
    async (version) => {
      const baseUrl = await release();
      await expect(obtainFaasd(request({ version, baseUrl }))).rejects.toMatchObject({
        code: 'E_CE_EULA',
        exitCode: 2,
      });
      expect(requests).toEqual([]);
      expect(await obtainFaasd(request({ version, baseUrl, acceptCeEula: true }))).toMatchObject({ version });
    },
  );

  test('knows the architectures that upstream builds for', async () => {
    await expect(obtainFaasd(request({ architecture: 'riscv64' }))).rejects.toMatchObject({
      code: 'E_FAASD_ARCHITECTURE',
      exitCode: 2,
    });
  });
});

describe('the core services that upstream ships', () => {
  test('are taken only with their terms accepted', () => {
    expect(() => upstreamCoreImages(false)).toThrowError(expect.objectContaining({ code: 'E_CE_EULA', exitCode: 2 }));
    expect(upstreamCoreImages(true).gateway).toMatch(/^ghcr\.io\/openfaas\/gateway:/);
  });
});

describe('a binary that the user names', () => {
  const here = process.arch;
  const elsewhere = here === 'arm64' ? 'x64' : 'arm64';

  test.each([
    { what: 'is not there', make: async () => join(folder, 'nothing'), says: 'no such file' },
    { what: 'is a folder', make: async () => folder, says: 'it is no file' },
    { what: 'is a script', make: () => file('#!/bin/sh\necho faasd version: 0.19.0\n', 0o755), says: 'no ELF program' },
    { what: 'is empty', make: () => file('', 0o755), says: 'no ELF program' },
    { what: 'is another program', make: async () => '/bin/true', says: 'does not name faasd' },
    { what: 'is not executable', make: () => copyOf('/bin/true', 0o644), says: 'not executable' },
    { what: 'does not end', make: async () => '/usr/bin/yes', says: '"version" command' },
  ])(
    'is refused when it $what',
    async ({ make, says }) => {
      const path = await make();
      await expect(obtainFaasd(request({ path, architecture: here }))).rejects.toMatchObject({
        code: 'E_NOT_FAASD',
        exitCode: 2,
        message: expect.stringContaining(says),
        hint: expect.stringContaining('GIVRE_FAASD_BINARY'),
      });
    },
    20_000,
  );

  test('is refused when it is built for another architecture', async () => {
    await expect(obtainFaasd(request({ path: '/bin/true', architecture: elsewhere }))).rejects.toMatchObject({
      code: 'E_NOT_FAASD',
      message: expect.stringContaining('another architecture'),
    });
  });

  const real = process.env.GIVRE_FAASD_BINARY;
  const needsFaasd = { meta: { skipReason: 'GIVRE_FAASD_BINARY names no faasd' } };
  test.skipIf(real === undefined)('is taken when it is faasd', needsFaasd, async () => {
    const path = real ?? '';
    expect(await obtainFaasd(request({ path, architecture: here }))).toEqual({
      path,
      version: expect.stringMatching(/^(dev|v?\d+\.\d+\.\d+.*)$/),
      source: path,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      digestStatus: 'unchecked',
    });
  });

  async function file(content: string, mode: number): Promise<string> {
    const path = join(folder, 'faasd');
    await writeFile(path, content, { mode });
    return path;
  }
  async function copyOf(source: string, mode: number): Promise<string> {
    const path = join(folder, 'copy');
    await copyFile(source, path);
    await chmod(path, mode);
    return path;
  }
});

describe('asking whether faasd can be had', () => {
  test('says yes when a release answers, and fetches no program', async () => {
    const baseUrl = await release();
    expect(await probeFaasd(request({ baseUrl }))).toEqual({ available: true, how: `${baseUrl}/faasd` });
    expect(requests).toEqual(['/faasd.sha256']);
  });

  test('says yes without asking anybody when it is in the cache', async () => {
    const baseUrl = await release();
    const { path } = await obtainFaasd(request({ baseUrl }));
    server?.closeAllConnections();
    server?.close();
    expect(await probeFaasd(request({ baseUrl }))).toEqual({ available: true, how: path });
  });

  test('gives up in time', async () => {
    const baseUrl = await release({ '/faasd.sha256': () => {} });
    const began = performance.now();
    expect(await probeFaasd(request({ baseUrl }), 200)).toMatchObject({
      available: false,
      why: expect.stringContaining('200 ms'),
    });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('does not turn a wrong path into another platform', async () => {
    await expect(probeFaasd(request({ path: '/bin/true', architecture: process.arch }))).rejects.toMatchObject({
      code: 'E_NOT_FAASD',
    });
  });
});

describe('the cache folder', () => {
  test('follows the XDG base directory specification', () => {
    expect(faasdCacheDir({}, '/home/somebody')).toBe('/home/somebody/.cache/givre/faasd');
    expect(faasdCacheDir({ XDG_CACHE_HOME: '/var/cache/x' }, '/home/somebody')).toBe('/var/cache/x/givre/faasd');
  });
});
