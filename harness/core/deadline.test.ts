import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { withDeadline } from './deadline.ts';

const never = () => new Promise<void>(() => {});

test('work that ends in time gives its answer or its error', async () => {
  expect(await withDeadline('the work', 5_000, async () => 42)).toBe(42);
  const failing = async () => {
    throw new Error('no luck');
  };
  await expect(withDeadline('the work', 5_000, failing)).rejects.toThrow('no luck');
  expect(await withDeadline('the work', Number.POSITIVE_INFINITY, () => sleep(5, 'late'))).toBe('late');
});

test('work that does not is told so, and not waited for', async () => {
  let told: unknown;
  const deaf = async (signal: AbortSignal) => {
    signal.addEventListener('abort', () => {
      told = signal.reason;
    });
    await never();
  };
  const error = { code: 'E_DEADLINE', message: 'the work did not come to an end within 0.02 s' };
  await expect(withDeadline('the work', 20, deaf)).rejects.toMatchObject(error);
  expect(told).toMatchObject(error);
});

test('what such work throws later harms nobody', async () => {
  const late = async (signal: AbortSignal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw new Error('aborted');
  };
  await expect(withDeadline('the work', 5, late)).rejects.toMatchObject({ code: 'E_DEADLINE' });
  await sleep(5);
});
