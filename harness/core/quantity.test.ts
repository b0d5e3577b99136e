import { expect, test } from 'vitest';
import { quantity, quantityBytes } from './quantity.ts';

test('a quantity is what Kubernetes means by it', () => {
  expect(['128Mi', '1.5G', '300000k', '64', '1Gi', '1e9', '1E3', '1Pi', '.5Gi', '5.'].map(quantityBytes)).toEqual([
    128 * 2 ** 20,
    1_500_000_000,
    300_000_000,
    64,
    2 ** 30,
    1_000_000_000,
    1_000,
    2 ** 50,
    2 ** 29,
    5,
  ]);
  expect(['250m', '0.5', '1E', '2u', '1e-1'].map(quantity)).toEqual([0.25, 0.5, 1e18, 2e-6, 0.1]);
  // Thousandths, as an m that was meant as megabytes is read.
  expect(quantityBytes('128m')).toBe(1);
});

test('what Kubernetes does not take is no quantity', () => {
  const texts = ['', 'Mi', '128MB', '128K', '-1Mi', '1 Gi', '1toString', '.', 'e9', '1e999', '1g'];
  expect(texts.map(quantityBytes)).toEqual(texts.map(() => null));
});
