import { expect, test } from 'vitest';
import { poll } from './poll.ts';

test('poll returns what is found as soon as it is there', async () => {
  let looks = 0;
  const look = async () => {
    looks += 1;
    return looks < 3 ? ({ done: false, seen: 'nothing' } as const) : ({ done: true, value: 42 } as const);
  };
  expect(await poll(look, { what: 'an answer', deadlineMs: 5_000, everyMs: 1 })).toBe(42);
});

test('poll says at its deadline what it last saw', async () => {
  const never = async () => ({ done: false, seen: 'status BUILD' }) as const;
  await expect(poll(never, { what: 'the server', deadlineMs: 20, everyMs: 5 })).rejects.toMatchObject({
    code: 'E_DEADLINE',
    message: 'waited 20 ms for the server; last seen: status BUILD',
  });
});
