import { expect, test } from 'vitest';
import { quantityBytes } from './quantity.ts';

test('a quantity is what Kubernetes means by it', () => {
  expect(['128Mi', '1.5G', '300000k', '64', '1Gi'].map(quantityBytes)).toEqual([
    128 * 2 ** 20,
    1_500_000_000,
    300_000_000,
    64,
    2 ** 30,
  ]);
  // Thousandths, as an m that was meant as megabytes is read.
  expect(quantityBytes('128m')).toBe(1);
});

test('what Kubernetes does not take is no quantity', () => {
  expect(['', 'Mi', '128MB', '128K', '-1Mi', '1 Gi', '1toString'].map(quantityBytes)).toEqual(Array(7).fill(null));
});
