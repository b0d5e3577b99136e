import { describe, expect, test } from 'vitest';
import { sharesHypervisor } from './openstack-generator.ts';

describe('a generator in a cloud', () => {
  test.each([
    ['shares hardware with a machine on the same hypervisor', 'a', ['b', 'a'], true],
    ['shares it whatever is not known of the others', 'a', [null, 'a'], true],
    ['shares none where all are known to be elsewhere', 'a', ['b', 'c'], false],
    ['may share it where one machine is nobody knows where', 'a', ['b', null], null],
    ['may share it where it is nobody knows where itself', null, ['a'], null],
    ['may share it where nothing is known', null, [null], null],
  ])('%s', (_, own, others, shares) => {
    expect(sharesHypervisor(own, others)).toBe(shares);
  });
});
