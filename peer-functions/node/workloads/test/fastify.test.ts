import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, assertText, post, start } from './function.ts';

const mebibyte = 1024 * 1024;

test('fastify-hello greets every method, path, type and body', async (t) => {
  const fn = await start(t, { WORKLOAD: 'hello', FRAMEWORK: 'fastify' });
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY']) {
    for (const path of ['/', '/deep/er?x=1', '//double/../dots', '/_/healthy', '/%zz']) {
      const headers = { 'content-type': 'no type at all' };
      assertText(await ask(fn, { method, path, headers, body: '{', chunked: true }), 'Hello from givre\n');
    }
  }
  assertText(await post(fn, '/', 'x'.repeat(5 * mebibyte)), 'Hello from givre\n');
  assert.equal((await ask(fn, { method: 'HEAD' })).status, 200);
  for (const path of ['/_/health', '/_/ready?x=1']) assertText(await ask(fn, { path }), 'ok\n');
});

test('fastify-json keeps the limit of the body, whatever its type', async (t) => {
  const fn = await start(t, { WORKLOAD: 'json', FRAMEWORK: 'fastify' });
  assertRefused(await post(fn, '/', ' '.repeat(2 * mebibyte)), 400);
  assertRefused(await post(fn, '/', ' '.repeat(2 * mebibyte + 1)), 413);
  assertRefused(await ask(fn), 400);
  const headers = { 'content-type': 'text/plain' };
  assert.equal((await ask(fn, { method: 'GET', headers, body: '{"items":[]}' })).status, 200);
});
