import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sideBySide } from './settle.ts';

const never = (signal: AbortSignal): Promise<never> => delay(60_000, undefined as never, { signal, ref: false });

test('what runs side by side gives its results in the order of the tasks', async () => {
  const slow = async () => {
    await delay(20);
    return 'slow';
  };
  const results = await sideBySide<[string, number]>(new AbortController().signal, [slow, async () => 2]);
  expect(results).toEqual(['slow', 2]);
});

test('the first failure ends the others and is thrown when all have ended', async () => {
  const ended: string[] = [];
  const cleaning = async (signal: AbortSignal): Promise<void> => {
    try {
      await never(signal);
    } finally {
      await delay(20);
      ended.push('cleaned');
    }
  };
  const failing = async (): Promise<void> => {
    await delay(5);
    throw new Error('no compiler');
  };
  const signal = new AbortController().signal;
  await expect(sideBySide<unknown[]>(signal, [cleaning, failing])).rejects.toThrow('no compiler');
  expect(ended).toEqual(['cleaned']);
});

test('an abort reaches every task, and its reason is thrown', async () => {
  const stop = new AbortController();
  const running = sideBySide<unknown[]>(stop.signal, [never, never]);
  stop.abort(new Error('Ctrl-C'));
  await expect(running).rejects.toThrow('Ctrl-C');
});
