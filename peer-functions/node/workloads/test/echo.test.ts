import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, post, start } from './function.ts';

const untyped = { status: 200, contentType: 'application/octet-stream' };

test('echo answers with the same bytes and type', async (t) => {
  const fn = await start(t, { WORKLOAD: 'echo' });
  for (const body of ['', 'x', '0\r\n\r\n', 'Grüße', '0123456789'.repeat(1 << 20)]) {
    assert.deepEqual(await post(fn, '/', body), { ...untyped, body });
  }
  const headers = { 'content-type': 'application/x-odd; a=b' };
  const typed = await ask(fn, { method: 'PUT', headers, body: '{' });
  assert.deepEqual(typed, { status: 200, contentType: 'application/x-odd; a=b', body: '{' });
  const bytes = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => index % 256));
  const binary = await ask(fn, { method: 'POST', body: bytes, chunked: true, encoding: 'latin1' });
  assert.deepEqual(binary, { ...untyped, body: bytes.toString('latin1') });
});

test('echo begins when the body has ended', async (t) => {
  const { port } = await start(t, { WORKLOAD: 'echo' });
  const sent = request({ port, host: '127.0.0.1', method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
  const answered = once(sent, 'response');
  sent.write('first, ');
  assert.equal(await Promise.race([answered, sleep(200, 'nothing yet')]), 'nothing yet');
  sent.end('second');
  const [response] = await answered;
  assert.equal(await readText(response), 'first, second');
});

test('echo believes no promise of a huge body', async (t) => {
  const fn = await start(t, { WORKLOAD: 'echo' });
  const socket = connect(fn.port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000000000\r\n\r\nx');
  await sleep(100);
  socket.destroy();
  assert.equal((await post(fn, '/', 'alive')).body, 'alive');
});
