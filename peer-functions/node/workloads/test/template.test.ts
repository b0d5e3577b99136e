import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, post, start } from './function.ts';

test('template renders numbers for a name', async (t) => {
  const fn = await start(t, { WORKLOAD: 'template' });
  // The first numbers of Marsaglia's generator from seed 1.
  const body = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Numbers for Ada</title></head>
<body>
<h1>Hello, Ada!</h1>
<ol>
<li>270369</li>
<li>634689</li>
</ol>
</body>
</html>
`;
  const answer = await post(fn, '/', '{"username":"Ada","size":2,"seed":1,"more":[]}');
  assert.deepEqual(answer, { status: 200, contentType: 'text/html; charset=utf-8', body });
});

test('template escapes the name', async (t) => {
  const fn = await start(t, { WORKLOAD: 'template' });
  const { body } = await post(fn, '/', '{"username":"<b>&amp; <%= 7 %> 世","size":1,"seed":4294967295}');
  assert.match(body, /<h1>Hello, &lt;b&gt;&amp;amp; &lt;%= 7 %&gt; 世!<\/h1>/);
});

test('template counts characters, not units of UTF-16', async (t) => {
  const fn = await start(t, { WORKLOAD: 'template' });
  for (const [length, status] of [
    [0, 400],
    [1, 200],
    [256, 200],
    [257, 400],
  ] as const) {
    const answer = await post(fn, '/', JSON.stringify({ username: '𝄞'.repeat(length), size: 1, seed: 1 }));
    assert.equal(answer.status, status, `${length} characters`);
  }
});

test('template refuses what is out of range', async (t) => {
  const fn = await start(t, { WORKLOAD: 'template' });
  for (const [body, word] of Object.entries({
    '{"size":1,"seed":1}': 'username',
    '{"username":7,"size":1,"seed":1}': 'username',
    '{"username":"A","size":0,"seed":1}': 'size',
    '{"username":"A","size":10001,"seed":1}': 'size',
    '{"username":"A","size":"1","seed":1}': 'size',
    '{"username":"A","size":1,"seed":0}': 'seed',
    '{"username":"A","size":1,"seed":4294967296}': 'seed',
    '{"username":"A","size":1,"seed":null}': 'seed',
    '[]': 'username',
    null: 'username',
    '': 'JSON',
  })) {
    assertRefused(await post(fn, '/', body), 400, word);
  }
  assertRefused(await post(fn, '/', ' '.repeat(64 * 1024 + 1)), 413, 'larger');
});
