import { describe, expect, test } from 'vitest';
import { ownedBy, unlessAborted } from './owned.ts';

describe('a callback with an owner', () => {
  test('aborts it with what was thrown, and is not called again', () => {
    const owner = new AbortController();
    const calls: number[] = [];
    const callback = ownedBy(owner, (n: number) => {
      calls.push(n);
      if (n === 2) throw new RangeError('two');
    });
    for (const n of [1, 2, 3]) callback(n);
    expect(calls).toEqual([1, 2]);
    expect(owner.signal.reason).toEqual(new RangeError('two'));
  });
});

describe('waiting unless aborted', () => {
  test('ends with the reason, and a later failure of what was waited for is no fault', async () => {
    const over = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = unlessAborted(promise, over.signal);
    over.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    reject(new Error('too late to matter'));
  });

  test('hands on what comes before', async () => {
    const { signal } = new AbortController();
    await expect(unlessAborted(Promise.resolve(7), signal)).resolves.toBe(7);
  });
});
