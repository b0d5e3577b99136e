import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertJson, assertRefused, assertText, post, start } from './function.ts';

async function msOf(work: Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work;
  return performance.now() - begin;
}

test('sleep answers after the time asked for', async (t) => {
  const fn = await start(t, { WORKLOAD: 'sleep' });
  assertText(await ask(fn), 'slept 100 ms\n');
  const took = await msOf(ask(fn, { path: '/?ms=250' }));
  assert.ok(took >= 250 && took < 2000, `${took} ms`);
  // A timer of Node's may be early by almost a millisecond.
  for (let i = 0; i < 300; i++) {
    const short = await msOf(ask(fn, { path: '/?ms=1' }));
    assert.ok(short >= 1, `${short} ms`);
  }
});

test('alloc counts what it wrote to each page', async (t) => {
  const fn = await start(t, { WORKLOAD: 'alloc' });
  assertJson(await post(fn, '/', 'dropped'), { mb: 16, pages: 4096, checksum: 505_160 });
  assertJson(await post(fn, '/?mb=0', ''), { mb: 0, pages: 0, checksum: 0 });
  assertRefused(await post(fn, '/?mb=1025', ''), 400, 'mb');
});

test('alloc holds for as long as asked for', async (t) => {
  const fn = await start(t, { WORKLOAD: 'alloc' });
  const held = ask(fn, { path: '/?mb=1&hold_ms=200' });
  assert.ok((await msOf(held)) >= 190);
  assertJson(await held, { mb: 1, pages: 256, checksum: 31_385 });
  assertRefused(await post(fn, '/?hold_ms=60001', ''), 400, 'hold_ms');
});
