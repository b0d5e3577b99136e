import { expect, test } from 'vitest';
import { partByRecord, type VariantRecord } from './verify.ts';

function variant(name: string, status: VariantRecord['status']): VariantRecord {
  const counts = { passed: 0, failed: 0, skipped: [], differences: [] };
  return { name, status, language: 'x', workload: 'hello', reason: null, image: null, ...counts };
}

test('only functions that do the work are timed; those without vectors cannot be judged and stay', () => {
  const statuses = ['same', 'different', 'unavailable', 'broken', 'unknown'] as const;
  const functions = [...statuses, 'not verified'].map((name) => ({ name }));
  const { kept, excluded } = partByRecord(functions, { variants: statuses.map((it) => variant(it, it)) });
  expect(kept.map(({ name }) => name)).toEqual(['same', 'unknown', 'not verified']);
  expect(excluded.map(({ name }) => name)).toEqual(['different', 'unavailable', 'broken']);
});
