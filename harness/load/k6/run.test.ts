import { afterEach, describe, expect, test } from 'vitest';
import { distributedLoad } from '../distributed.ts';
import { fakeK6, K6_HEADER, longPlan, STEADY_K6 } from './fake-k6.fixture.ts';
import { k6Load } from './run.ts';

let remove: (() => Promise<void>) | undefined;
afterEach(async () => {
  await remove?.();
  remove = undefined;
});

async function fake(body: string) {
  const k6 = await fakeK6(body);
  remove = () => k6.remove();
  return k6;
}

const NEVER = new AbortController().signal;

describe('a k6 whose output cannot be used', () => {
  test.each([
    ['has no column error_code', K6_HEADER.replace('error_code', 'error')],
    ['ends with another column than metadata', `${K6_HEADER},scenario`],
  ])('because it %s fails the load, and is ended', async (why, header) => {
    const k6 = await fake(`console.log('${header}')`);
    const begun = performance.now();
    const failure = await k6Load(k6)
      .run(longPlan(), NEVER, () => {})
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'E_K6_OUTPUT', exitCode: 4 });
    expect(String(failure)).toContain(why);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

describe('whoever takes the seconds of a load', () => {
  test('ends it by failing', async () => {
    const k6 = await fake(STEADY_K6);
    let taken = 0;
    const running = k6Load(k6).run(longPlan(), NEVER, () => {
      taken += 1;
      if (taken === 3) throw new RangeError('no room for the third second');
    });
    await expect(running).rejects.toThrow(new RangeError('no room for the third second'));
  });

  test('is not called a fault of the generators that they come from', async () => {
    const control = `require('node:http').createServer((request, response) => {
      response.end(request.method === 'PATCH' ? '{"paused":false}' : '{"status":4}');
    }).listen(Number(process.argv.find((it) => it.startsWith('--address=')).split(':')[1]), '127.0.0.1');`;
    const k6 = await fake(`${control}\n${STEADY_K6}`);
    const both = ['one', 'two'].map((name) => ({ name, k6 }));
    const running = distributedLoad(both).run(longPlan(), NEVER, ({ second }) => {
      if (second === 2) throw new RangeError('no room for the third second');
    });
    await expect(running).rejects.toThrow(new RangeError('no room for the third second'));
  });
});
