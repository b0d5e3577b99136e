import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type ClientRequest, request } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, assertText, patienceMs, type Running, start } from './function.ts';

/** How long requests in flight may take after SIGTERM: whoever has none must not wait for it. */
const drainMs = 3000;

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
  assert.ok(performance.now() - begin < drainMs);
});

/** Returns when the function asks for the body: it has the request then, and answers when the returned one is ended. */
async function beginPost(port: number, agent: Agent): Promise<ClientRequest> {
  const headers = { 'Content-Length': 4, Expect: '100-continue' };
  const sent = request({ port, host: '127.0.0.1', path: '/?ms=0', method: 'POST', headers, agent });
  sent.flushHeaders();
  await once(sent, 'continue', { signal: AbortSignal.timeout(patienceMs) });
  return sent;
}

async function untilRefused(fn: Running): Promise<void> {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(10)) {
    const refused = await ask(fn, { path: '/_/health' }).then(
      () => false,
      (error) => error.code === 'ECONNREFUSED',
    );
    if (refused) return;
  }
  assert.fail('a new connection is still taken');
}

test('on SIGTERM a request in flight finishes, and no new connection is taken', async (t) => {
  const fn = await start(t, { WORKLOAD: 'sleep' });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const sent = await beginPost(fn.port, agent);
  fn.process.kill('SIGTERM');
  await untilRefused(fn);
  const begin = performance.now();
  const [response] = await once(sent.end('rest'), 'response');
  assert.equal(response.statusCode, 200);
  await once(response.resume(), 'end');
  assert.equal(await fn.exitCode, 0);
  assert.ok(performance.now() - begin < drainMs, 'its connection is idle then, and must not hold up the end');
});

test('on SIGTERM it ends within 5 s whatever is in flight', async (t) => {
  const fn = await start(t, { WORKLOAD: 'sleep' });
  const unanswered = assert.rejects(once(await beginPost(fn.port, new Agent()), 'response'));
  const begin = performance.now();
  fn.process.kill('SIGTERM');
  assert.equal(await fn.exitCode, 0);
  assert.ok(performance.now() - begin < 5000);
  await unanswered;
});

test('health is answered while it computes, and SIGTERM is heard', async (t) => {
  const fn = await start(t, { WORKLOAD: 'hash' });
  // Who computed where others are answered would answer in order, always. On a busy machine the work may be over before
  // this test gets to ask: then that shows nothing.
  const deadline = performance.now() + patienceMs;
  for (let overtaken = false; !overtaken; ) {
    assert.ok(performance.now() < deadline, 'the work was over each time before health was answered');
    let over = false;
    const busy = ask(fn, { path: '/?rounds=200000' });
    void busy.then(() => {
      over = true;
    });
    assertText(await ask(fn, { path: '/_/health' }), 'ok\n');
    overtaken = !over;
    if (overtaken) fn.process.kill('SIGTERM');
    assert.equal((await busy).status, 200);
  }
  assert.equal(await fn.exitCode, 0);
});
