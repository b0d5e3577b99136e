import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertJson, assertRefused, post, start } from './function.ts';

const pear = '{"id":"p","quantity":1,"price_cents":1,"tags":[]}';

for (const [name, environment] of Object.entries({
  json: { WORKLOAD: 'json' },
  'fastify-json': { WORKLOAD: 'json', FRAMEWORK: 'fastify' },
})) {
  test(`${name} sums up and sorts by falling total`, async (t) => {
    const fn = await start(t, environment);
    const body = `{"other": [[1]], "items": [
      {"id": "a", "quantity": 2, "price_cents": 50, "tags": ["x", "x", "é"], "more": null},
      {"tags": [], "price_cents": 10000000, "quantity": 10000, "id": "<b>"},
      {"id": "", "quantity": 1, "price_cents": 100, "tags": ["__proto__", "constructor"]}]}`;
    assertJson(await post(fn, '/', body), {
      count: 3,
      quantity: 10_003,
      total_cents: 100_000_000_200,
      tags: JSON.parse('{"x": 2, "é": 1, "__proto__": 1, "constructor": 1}'),
      items: [
        { id: '<b>', total_cents: 100_000_000_000 },
        { id: 'a', total_cents: 100 },
        { id: '', total_cents: 100 },
      ],
    });
    assertJson(await post(fn, '/', '{"items":[]}'), { count: 0, quantity: 0, total_cents: 0, tags: {}, items: [] });
  });

  test(`${name} takes 64 levels and refuses more`, async (t) => {
    const fn = await start(t, environment);
    const nested = (levels: number) =>
      `{"items":[],"brackets":"[[{\\"[[","deep":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    assert.equal((await post(fn, '/', nested(64))).status, 200);
    assertRefused(await post(fn, '/', nested(65)), 400, '64');
    assertRefused(await post(fn, '/', '['.repeat(100_000)), 400, '64');
    assertRefused(await post(fn, '/', '{"a":'.repeat(100_000)), 400, '64');
  });

  test(`${name} refuses everything else`, async (t) => {
    const fn = await start(t, environment);
    const documents = ['', ' ', '{', 'nonsense', 'null', '[]', '7', '"items"', '{}', '{"items":null}', '{"items":{}}'];
    const nearMisses = ['{"items":[]} x', '\u{feff}{"items":[]}', "{'items':[]}", '{"items":[],}', '{"items":[null]}'];
    const items = ['{"items":[{}]}', '{"items":[[]]}', '{"Items":[]}', '{"items":[],"x":NaN}'];
    for (const body of [...documents, ...nearMisses, ...items]) assertRefused(await post(fn, '/', body), 400);
    assertRefused(await post(fn, '/', Buffer.from('{"items":[],"x":"\xff"}', 'latin1')), 400, 'UTF-8');
    for (const [from, to] of [
      ['"p"', '7'],
      ['"p"', 'null'],
      ['"id"', '"di"'],
      ['"quantity":1', '"quantity":-1'],
      ['"quantity":1', '"quantity":10001'],
      ['"quantity":1', '"quantity":1.5'],
      ['"quantity":1', '"quantity":"1"'],
      ['"quantity":1', '"quantity":true'],
      ['"quantity":1', '"quantity":1e999'],
      ['"quantity":1,', ''],
      ['"price_cents":1', '"price_cents":10000001'],
      ['"price_cents":1', '"price_cents":null'],
      ['[]', 'null'],
      ['[]', '"x"'],
      ['[]', '[1]'],
      ['[]', '["x",null]'],
      [',"tags":[]', ''],
    ] as const) {
      assertRefused(await post(fn, '/', `{"items":[${pear},${pear.replace(from, to)}]}`), 400);
    }
  });
}
