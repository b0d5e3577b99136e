import { describe, expect, test } from 'vitest';
import type { VariantRecord } from '../functions/verify.ts';
import { readFunctions } from '../planning/function-choice.ts';
import { buildVariants, chooseVariants } from './variants.ts';
import { exitCodeFor } from './verify.ts';

function variant(name: string, status: VariantRecord['status']): VariantRecord {
  const counts = { passed: status === 'same' ? 13 : 0, failed: 0, skipped: [], differences: [] };
  return { name, language: 'perl', workload: 'hello', status, reason: null, ...counts, image: null };
}

describe('the exit code of verify-functions', () => {
  test.each<[number, string, readonly VariantRecord['status'][]]>([
    [0, 'all the same', ['same', 'same']],
    [0, 'some not to be had, and none of them asked for by name', ['same', 'unavailable', 'unknown']],
    [1, 'one different', ['same', 'different']],
    [3, 'nothing to check', []],
    [3, 'none that could be asked', ['unavailable', 'unknown']],
    [4, 'one that cannot be built', ['same', 'different', 'broken']],
  ])('is %i with %s', (exitCode, _what, statuses) => {
    expect(
      exitCodeFor(
        statuses.map((status, i) => variant(`f${i}`, status)),
        '*',
      ),
    ).toBe(exitCode);
  });

  test('is 3 when one that was named could not be asked', () => {
    const variants = [variant('a', 'same'), variant('b', 'unknown')];
    expect(exitCodeFor(variants, 'a,b')).toBe(3);
    expect(exitCodeFor(variants, 'a,*')).toBe(0);
  });
});

describe('words that name nothing', () => {
  test.each([
    [{ functions: 'rust-helo', workloads: undefined }, 'did you mean rust-hello'],
    [{ functions: '*', workloads: ['hello', 'jsn'] }, 'did you mean json'],
    [{ functions: 'rust-hello', workloads: ['hello', 'json'] }, 'theirs: hello'],
  ])('%j are refused with exit code 2 and what may have been meant', async (wanted, hint) => {
    const all = await readFunctions([]);
    expect(() => chooseVariants(all, wanted)).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining(hint) }),
    );
  });
});

test.each([
  [{ 'dev.givre/workload': 'jsn' }, 'there are no vectors for the workload "jsn": did you mean json?'],
  [{}, 'it has no label dev.givre/workload'],
])('a function with the labels %j is not asked, and it is said why', async (labels, reason) => {
  const [hello] = await readFunctions([]);
  if (hello === undefined) throw new Error('no function');
  const vectors = { folder: '/nowhere', byWorkload: new Map([['json', []]]), loads: new Map() };
  const variants = await buildVariants([{ ...hello, labels }], { builder: 'none', vectors });
  expect(variants).toMatchObject([{ status: 'unknown', reason }]);
});
