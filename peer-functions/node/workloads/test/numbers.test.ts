import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertJson, assertRefused, post, start } from './function.ts';

test('primes are counted up to and with n', async (t) => {
  const fn = await start(t, { WORKLOAD: 'primes' });
  assertJson(await post(fn, '/', 'dropped'), { n: 100_000, count: 9592, largest: 99_991 });
  for (const [n, count, largest] of [
    [1, 0, 0],
    [2, 1, 2],
    [9, 4, 7],
    [1_000_000, 78_498, 999_983],
  ]) {
    assertJson(await post(fn, `/?n=${n}`, ''), { n, count, largest });
  }
  assertRefused(await post(fn, '/?n=0', ''), 400, 'parameter n ');
  assertRefused(await post(fn, '/?n=10000001', ''), 400, 'parameter n ');
});

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} instead of ${expected}`);
}

test('pagerank of one node is one', async (t) => {
  const fn = await start(t, { WORKLOAD: 'pagerank' });
  const { sum, top, ...rest } = JSON.parse((await post(fn, '/?nodes=1&degree=2', '')).body);
  assert.deepEqual(rest, { nodes: 1, edges: 2, iterations: 20 });
  assert.equal(top.length, 1);
  near(sum, 1);
});

test('pagerank follows its formula on a small graph', async (t) => {
  const fn = await start(t, { WORKLOAD: 'pagerank' });
  // xorshift32 from seed 1 begins 270369, 67634689, 2647435461: edges 0→0, 1→1, 2→0 modulo 3.
  const { sum, top } = JSON.parse((await post(fn, '/?nodes=3&degree=1&seed=1&iterations=1', '')).body);
  near(sum, 1);
  assert.deepEqual(
    top.map(({ node }: { readonly node: number }) => node),
    [0, 1, 2],
  );
  for (const [place, rank] of [0.05 + (0.85 * 2) / 3, 0.05 + 0.85 / 3, 0.05].entries()) near(top[place].rank, rank);
});

test('pagerank keeps the sum of all ranks and shows five falling ones', async (t) => {
  const fn = await start(t, { WORKLOAD: 'pagerank' });
  const { sum, top, edges } = JSON.parse((await post(fn, '/', 'dropped')).body);
  assert.equal(edges, 8000);
  near(sum, 1);
  const ranks = top.map(({ rank }: { readonly rank: number }) => rank);
  assert.equal(ranks.length, 5);
  assert.deepEqual(ranks, ranks.toSorted().toReversed());
});

test('pagerank refuses parameters out of their range', async (t) => {
  const fn = await start(t, { WORKLOAD: 'pagerank' });
  for (const query of ['nodes=0', 'nodes=100001', 'degree=65', 'seed=0', 'seed=4294967296', 'iterations=201']) {
    assertRefused(await post(fn, `/?${query}`, ''), 400, query.split('=', 1)[0]);
  }
});
