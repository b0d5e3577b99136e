import { describe, expect, test } from 'vitest';
import { type MachinePlan, needOf } from './plan.ts';

const small = { id: '1', name: 'small', vcpus: 2, ramMb: 2_048, diskGb: 10 };
const large = { id: '2', name: 'large', vcpus: 8, ramMb: 16_384, diskGb: 20 };

function planOf(wishes: Partial<MachinePlan['wishes']> = {}): Parameters<typeof needOf>[0] {
  return {
    wishes: {
      flavor: 'small',
      generatorFlavor: 'large',
      image: 'debian-12',
      network: 'private',
      floatingNetwork: undefined,
      availabilityZone: undefined,
      configDrive: false,
      bootVolumeGb: undefined,
      serverGroup: false,
      sshUser: 'debian',
      sshJump: undefined,
      allowFrom: [],
      ...wishes,
    },
    flavor: small,
    generatorFlavor: large,
    floatingNetwork: undefined,
    sources: ['192.0.2.7/32'],
  };
}

describe('what a run needs of a quota', () => {
  test('is that of its machines alone, where load comes from them', () => {
    expect(needOf(planOf(), 3, 0)).toEqual({
      instances: 3,
      cores: 6,
      ramMb: 6_144,
      ports: 3,
      floatingIps: 0,
      securityGroups: 1,
      securityGroupRules: 3,
      serverGroups: 0,
      volumes: 0,
      gigabytes: 0,
    });
  });

  test('counts generators beside them, by their own flavor, with a rule for each', () => {
    expect(needOf(planOf(), 2, 3)).toMatchObject({
      instances: 5,
      cores: 2 * 2 + 3 * 8,
      ramMb: 2 * 2_048 + 3 * 16_384,
      ports: 5,
      securityGroupRules: 6,
    });
  });

  test('counts their addresses and volumes, too', () => {
    const floatingNetwork = { id: 'e', name: 'public', external: true, shared: true, mtu: 1_500 };
    const plan = { ...planOf({ bootVolumeGb: 10, serverGroup: true }), floatingNetwork };
    expect(needOf(plan, 1, 2)).toMatchObject({ floatingIps: 3, volumes: 3, gigabytes: 30, serverGroups: 1 });
  });
});
