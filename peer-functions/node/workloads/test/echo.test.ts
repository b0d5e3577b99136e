import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
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

test('echo sends each piece on before the next arrives', async (t) => {
  const { port } = await start(t, { WORKLOAD: 'echo' });
  const sent = request({ port, host: '127.0.0.1', method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
  sent.write('first');
  const [response] = await once(sent, 'response');
  for (const [piece, next] of [
    ['first', 'second'],
    ['second', 'third'],
    ['third', undefined],
  ]) {
    const [got] = await once(response, 'data');
    assert.equal(String(got), piece);
    // The next piece leaves only now, when the one before has come back.
    if (next === undefined) sent.end();
    else sent.write(next);
  }
  await once(response, 'end');
});

test('echo breaks off where the body is cut short', async (t) => {
  const { port } = await start(t, { WORKLOAD: 'echo' });
  const sent = request({ port, host: '127.0.0.1', method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
  sent.on('error', () => {});
  sent.write('first');
  const [response] = await once(sent, 'response');
  await once(response, 'data');
  sent.destroy();
  await assert.rejects(once(response, 'end'));
});
