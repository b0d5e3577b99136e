import { describe, expect, test } from 'vitest';
import { resolveName } from './names.ts';

const flavors = [
  { id: '1', name: 'm1.small' },
  { id: '2', name: 'm1.medium' },
  { id: '3', name: 'gpu' },
  { id: '4', name: 'gpu' },
  { id: 'm1.medium', name: 'odd' },
];

describe('a name', () => {
  test('means the thing with this id, before one of this name', () => {
    expect(resolveName('flavor', '1', flavors).name).toBe('m1.small');
    expect(resolveName('flavor', 'm1.small', flavors).id).toBe('1');
    expect(resolveName('flavor', 'm1.medium', flavors).name).toBe('odd');
  });

  test.each([
    ['m1.smal', 'did you mean m1.small?'],
    ['M1.Small', 'did you mean m1.small?'],
    ['small', 'did you mean m1.small?'],
    ['m1-medium', 'did you mean m1.medium?'],
    ['completely-else', 'known: gpu, m1.medium, m1.small, odd'],
  ])('that is unknown leads to what it may have meant: %s', (wanted, hint) => {
    expect(() => resolveName('flavor', wanted, flavors)).toThrow(
      expect.objectContaining({
        code: 'E_FLAVOR_UNKNOWN',
        exitCode: 2,
        message: `the cloud has no flavor "${wanted}"`,
        hint,
      }),
    );
  });

  test('that several things have is settled by an id', () => {
    expect(() => resolveName('flavor', 'gpu', flavors)).toThrow(
      expect.objectContaining({ code: 'E_FLAVOR_AMBIGUOUS', exitCode: 2, hint: 'name one by its id: 3, 4' }),
    );
  });

  test('is unknown where there is nothing at all', () => {
    expect(() => resolveName('security group', 'x', [])).toThrow(
      expect.objectContaining({ code: 'E_SECURITY_GROUP_UNKNOWN', hint: 'there is none' }),
    );
  });
});
