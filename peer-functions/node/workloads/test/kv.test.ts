import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, post, start } from './function.ts';
import { startStore } from './store.ts';

const bytes = 'application/octet-stream';
const mebibyte = 1024 * 1024;

test('kv answers with the value that is stored, over one connection', async (t) => {
  const store = await startStore(t);
  const fn = await start(t, { WORKLOAD: 'kv', KV_ADDRESS: store.address });
  const path = '/?key=a:b.C_9-';
  for (const body of ['', 'first', '\r\n$-1\r\n', 'é', 'x'.repeat(mebibyte)]) {
    assert.deepEqual(await post(fn, path, body), { status: 200, contentType: bytes, body });
    assert.deepEqual(await ask(fn, { path }), { status: 200, contentType: bytes, body });
  }
  assertRefused(await ask(fn), 404, 'givre');
  assert.equal((await ask(fn, { method: 'PUT', body: 'by default' })).body, 'by default');
  const binary = await ask(fn, { method: 'POST', body: Buffer.from([0, 255, 128]), encoding: 'latin1' });
  assert.equal(binary.body, '\x00\xff\x80');
  assert.equal(store.connections, 1);
});

test('kv refuses keys and values out of their range', async (t) => {
  const { address } = await startStore(t);
  const fn = await start(t, { WORKLOAD: 'kv', KV_ADDRESS: address });
  for (const key of ['', 'a%20b', 'a/b', '%C3%A9', 'a%0A', '%zz', 'k'.repeat(257)]) {
    assertRefused(await post(fn, `/?key=${key}`, 'value'), 400, 'key');
  }
  assertRefused(await post(fn, '/', 'x'.repeat(mebibyte + 1)), 413, 'larger');
});

test('kv connects again after the server has closed the connection', async (t) => {
  const store = await startStore(t);
  const fn = await start(t, { WORKLOAD: 'kv', KV_ADDRESS: store.address });
  for (let turn = 0; turn < 3; turn++) {
    assert.equal((await post(fn, '/', 'value')).status, 200);
    store.closeConnections();
  }
});

test('kv says within 2 s that the server does not answer, and recovers', async (t) => {
  const store = await startStore(t);
  const fn = await start(t, { WORKLOAD: 'kv', KV_ADDRESS: store.address });
  for (let turn = 0; turn < 2; turn++) {
    store.silent = true;
    const begin = performance.now();
    assertRefused(await ask(fn, { method: 'POST', body: 'lost' }), 503, 'server');
    assert.ok(performance.now() - begin < 2000);
    store.silent = false;
    assert.equal((await ask(fn, { method: 'POST', body: 'back' })).body, 'back');
  }
});

test('kv says within 2 s that there is no server, again and again', async (t) => {
  const fn = await start(t, { WORKLOAD: 'kv', KV_ADDRESS: '127.0.0.1:1' });
  for (let turn = 0; turn < 3; turn++) {
    const begin = performance.now();
    assertRefused(await post(fn, '/', 'value'), 503, 'server');
    assert.ok(performance.now() - begin < 4000, 'it is asked twice');
  }
});
