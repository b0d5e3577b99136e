import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { test } from 'node:test';
import { ask, assertRefused, assertText, main, post, start } from './function.ts';

const mebibyte = 1024 * 1024;

for (const environment of [{ WORKLOAD: 'hallo' }, { WORKLOAD: 'hallo', FRAMEWORK: 'fastify' }]) {
  test(`an unknown workload ends the process with a reason: ${JSON.stringify(environment)}`, async () => {
    const child = spawn(process.execPath, [main], { env: { ...process.env, ...environment, PORT: '0' } });
    const [[code], output] = await Promise.all([once(child, 'exit'), readText(child.stderr)]);
    assert.equal(code, 1);
    assert.match(output, /WORKLOAD is "hallo"; .*json/);
  });
}

test('health and ready answer ok', async (t) => {
  const fn = await start(t, { WORKLOAD: 'json' });
  for (const path of ['/_/health', '/_/ready?x=1']) assertText(await ask(fn, { path }), 'ok\n');
});

test('every method and path reaches the workload', async (t) => {
  const fn = await start(t, { WORKLOAD: 'sleep' });
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    for (const path of ['/', '/deep/er', '//double/../dots', '/_/healthy', '/%zz']) {
      assertText(await ask(fn, { method, path: `${path}?ms=0`, body: 'dropped' }), 'slept 0 ms\n');
    }
  }
});

test('of a parameter that is given twice the first counts, and an unknown one is ignored', async (t) => {
  const fn = await start(t, { WORKLOAD: 'sleep' });
  assertText(await ask(fn, { path: '/?other=%zz&ms=1&ms=x&&=&MS=x' }), 'slept 1 ms\n');
  assertText(await ask(fn, { path: '/?%6ds=%30%31' }), 'slept 1 ms\n');
});

test('integers are ASCII digits within their range', async (t) => {
  const fn = await start(t, { WORKLOAD: 'sleep' });
  for (const value of ['', '-1', '%2B1', '+1', '1e2', '0x1', '1_0', '1.0', '60001', '%zz', '%D9%A1', '9'.repeat(400)]) {
    assertRefused(await ask(fn, { path: `/?ms=${value}` }), 400, 'ms');
  }
  assertRefused(await ask(fn, { path: '/?ms' }), 400, 'ms');
});

test('a body over the limit is refused after all of it is read', async (t) => {
  const fn = await start(t, { WORKLOAD: 'json' });
  const limit = 2 * mebibyte;
  assertRefused(await post(fn, '/', ' '.repeat(limit)), 400, 'JSON');
  assertRefused(await post(fn, '/', ' '.repeat(limit + 1)), 413, 'larger');
  assertRefused(await post(fn, '/', ' '.repeat(4 * limit)), 413, 'larger');
});

test('a body far over the limit is refused before its end', async (t) => {
  const fn = await start(t, { WORKLOAD: 'json' });
  const socket = connect(fn.port, '127.0.0.1').on('error', () => {});
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${100 * mebibyte}\r\n\r\n`);
  socket.write(Buffer.alloc(9 * mebibyte));
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 413 /);
  await once(socket, 'close');
});

test('a body with wrong framing is refused, and the function lives on', async (t) => {
  const fn = await start(t, { WORKLOAD: 'hash' });
  for (const piece of ['zz\r\n', 'ffffffffffffffffffff\r\n', 'nonsense']) {
    const socket = connect(fn.port, '127.0.0.1').on('error', () => {});
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n${piece}`);
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 400 /);
    socket.destroy();
  }
  const cutShort = connect(fn.port, '127.0.0.1').on('error', () => {});
  cutShort.end('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nabcd');
  await once(cutShort.resume(), 'close');
  assert.equal((await ask(fn, { method: 'POST', body: 'abc' })).status, 200);
});

test('a request that is there before the workload is loaded is answered', async (t) => {
  // Of all it takes longest to load: the request comes while it is at it.
  const fn = await start(t, { WORKLOAD: 'json', FRAMEWORK: 'fastify' });
  assert.equal((await ask(fn, { method: 'POST', body: '{"items":[]}' })).status, 200);
});

for (const [name, environment] of Object.entries({
  json: { WORKLOAD: 'json' },
  'fastify-json': { WORKLOAD: 'json', FRAMEWORK: 'fastify' },
  template: { WORKLOAD: 'template' },
  thumbnail: { WORKLOAD: 'thumbnail' },
})) {
  test(`10,000 malformed bodies neither end nor swell ${name}`, async (t) => {
    // With a small heap, because V8 lets any heap grow for a while before it cleans up.
    const fn = await start(t, { ...environment, NODE_OPTIONS: '--max-old-space-size=24 --max-semi-space-size=1' });
    await sendMalformed(fn, 2_000);
    const before = await held(fn.process.pid);
    await sendMalformed(fn, 10_000);
    const after = await held(fn.process.pid);
    assert.ok(after.bytes < before.bytes + 16 * mebibyte, `${before.bytes} bytes before, ${after.bytes} after`);
    assert.ok(after.files <= before.files + 2, `${before.files} open files before, ${after.files} after`);
  });
}

const fragments = ['{', '}', '[', ']', '"items"', '"username"', ':', ',', 'null', '1e999', '"\\u', '\xff', '\x89PNG'];

async function sendMalformed(fn: Parameters<typeof ask>[0], times: number): Promise<void> {
  for (let sent = 0; sent < times; sent++) {
    // Any fixed sequence will do, as long as it is the same in each run.
    const count = (sent * 7) % 19;
    const body = Array.from({ length: count }, (_, index) => fragments[(sent * 31 + index * index * 17) % 13]).join('');
    const answer = await ask(fn, { method: 'POST', body: Buffer.from(body, 'latin1') });
    assert.equal(answer.status, 400, body);
  }
}

async function held(pid: number | undefined): Promise<{ readonly bytes: number; readonly files: number }> {
  const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
  return { bytes: Number(pages) * 4096, files: (await readdir(`/proc/${pid}/fd`)).length };
}
