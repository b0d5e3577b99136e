import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { assertRefused, assertText, post, start } from './function.ts';

function sha256(bytes: Uint8Array | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

test('hash is the SHA-256 of the body', async (t) => {
  const fn = await start(t, { WORKLOAD: 'hash' });
  // The examples of FIPS 180-4.
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n';
  assertText(await post(fn, '/', 'abc'), abc);
  assertText(await post(fn, '/', ''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n');
  assertText(await post(fn, '/?rounds=3', 'abc'), `${sha256(sha256(sha256('abc'))).toString('hex')}\n`);
});

test('hash of a size is that of a pattern instead of the body', async (t) => {
  const fn = await start(t, { WORKLOAD: 'hash' });
  for (const size of [0, 1, 251, 252, 64_256, 64_257, 1_000_000]) {
    const pattern = Uint8Array.from({ length: size }, (_, index) => index % 251);
    assertText(await post(fn, `/?size=${size}`, 'other'), `${sha256(pattern).toString('hex')}\n`);
  }
});

test('hash refuses parameters out of their range, after the body', async (t) => {
  const fn = await start(t, { WORKLOAD: 'hash' });
  assertRefused(await post(fn, '/?rounds=0', 'x'.repeat(1 << 20)), 400, 'rounds');
  assertRefused(await post(fn, '/?rounds=1000001', ''), 400, 'rounds');
  assertRefused(await post(fn, '/?size=67108865', ''), 400, 'size');
});
