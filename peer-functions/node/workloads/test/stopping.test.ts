import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, assertText, start } from './function.ts';

test('on SIGTERM it ends at once and with exit code 0 when nothing is in flight', async (t) => {
  const fn = await start(t, { WORKLOAD: 'sleep' });
  // Leaves an idle connection behind.
  const agent = new Agent({ keepAlive: true });
  const sent = request({ port: fn.port, host: '127.0.0.1', path: '/?ms=0', agent }).end();
  const [response] = await once(sent, 'response');
  await once(response.resume(), 'end');
  const begin = performance.now();
  fn.process.kill('SIGTERM');
  assert.equal(await fn.exitCode, 0);
  assert.ok(performance.now() - begin < 1000);
});

test('on SIGTERM a request in flight finishes, and no new connection is taken', async (t) => {
  const fn = await start(t, { WORKLOAD: 'sleep' });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const sent = request({ port: fn.port, host: '127.0.0.1', path: '/?ms=1000', agent }).end();
  await sleep(400);
  const begin = performance.now();
  fn.process.kill('SIGTERM');
  await sleep(200);
  await assert.rejects(ask(fn), /ECONNREFUSED/);
  const [response] = await once(sent, 'response');
  assert.equal(response.statusCode, 200);
  await once(response.resume(), 'end');
  assert.equal(await fn.exitCode, 0);
  assert.ok(performance.now() - begin < 2000, 'its connection is idle then, and must not hold up the end');
});

test('on SIGTERM it ends within 5 s whatever is in flight', async (t) => {
  const fn = await start(t, { WORKLOAD: 'sleep' });
  const unanswered = assert.rejects(ask(fn, { path: '/?ms=60000' }));
  await sleep(400);
  const begin = performance.now();
  fn.process.kill('SIGTERM');
  assert.equal(await fn.exitCode, 0);
  assert.ok(performance.now() - begin < 5000);
  await unanswered;
});

test('health is answered while it computes, and SIGTERM is heard', async (t) => {
  const fn = await start(t, { WORKLOAD: 'hash' });
  const busy = ask(fn, { path: '/?rounds=200000' });
  await sleep(200);
  const begin = performance.now();
  assertText(await ask(fn, { path: '/_/health' }), 'ok\n');
  assert.ok(performance.now() - begin < 500);
  fn.process.kill('SIGTERM');
  assert.equal((await busy).status, 200);
  assert.equal(await fn.exitCode, 0);
});
