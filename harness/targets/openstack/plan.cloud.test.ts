import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fakeCloudPath } from '../../../ci/openstack/fake-cloud.fixture.ts';
import type { Cloud } from '../../openstack/cloud.ts';
import { openCloud } from '../../openstack/open.ts';
import { type MachineWishes, planMachines } from './plan.ts';

const wishes: MachineWishes = {
  flavor: 'm1.tiny',
  image: 'debian-12',
  network: 'public',
  floatingNetwork: undefined,
  availabilityZone: undefined,
  configDrive: false,
  bootVolumeGb: undefined,
  serverGroup: true,
  sshUser: 'debian',
  sshJump: undefined,
  allowFrom: [],
};

describe.skipIf(fakeCloudPath === '')('the plan for machines of a real cloud', { timeout: 60_000 }, () => {
  const open = (cloud: string): Promise<Cloud> => {
    const env = { OS_CLIENT_CONFIG_FILE: fakeCloudPath, HOME: '/nonexistent' };
    return openCloud({ cloud, env, signal: AbortSignal.timeout(60_000) });
  };
  let cloud: Cloud;
  let small: Cloud;
  beforeAll(async () => {
    cloud = await open('tester');
    small = await open('small');
  });
  afterAll(async () => {
    await cloud.close();
    await small.close();
  });

  test('names become what the cloud has, and our own address may connect', async () => {
    const plan = await planMachines(cloud, wishes, 2);
    expect(plan).toMatchObject({
      flavor: { name: 'm1.tiny', vcpus: 1 },
      image: { name: 'debian-12', status: 'active' },
      network: { name: 'public' },
      floatingNetwork: undefined,
      tagged: true,
    });
    expect(plan.sources).toEqual([expect.stringMatching(/^10\.76\.\d+\.1\/32$/)]);
    const byId = { ...wishes, flavor: plan.flavor.id, image: plan.image.id, network: plan.network.id };
    expect((await planMachines(cloud, byId, 2)).flavor).toEqual(plan.flavor);
  });

  test.each([
    ['flavor', { flavor: 'm1.tinny' }, 'E_FLAVOR_UNKNOWN', 'm1.tiny'],
    ['image', { image: 'debian12' }, 'E_IMAGE_UNKNOWN', 'debian-12'],
    ['generator flavor', { generatorFlavor: 'm1.fas' }, 'E_GENERATOR_FLAVOR_UNKNOWN', 'm1.faas'],
    ['network', { network: 'Public' }, 'E_NETWORK_UNKNOWN', 'public'],
    ['availability zone', { availabilityZone: 'novva' }, 'E_ZONE_UNKNOWN', 'nova'],
  ])('an unknown %s is refused with what may be meant', async (_, wish, code, suggested) => {
    await expect(planMachines(cloud, { ...wishes, ...wish }, 1)).rejects.toMatchObject({
      code,
      exitCode: 2,
      hint: expect.stringContaining(`did you mean ${suggested}`),
    });
  });

  test('a quota that is too small is refused with everything that is missing', async () => {
    await expect(planMachines(small, { ...wishes, flavor: 'm1.faas' }, 3)).rejects.toMatchObject({
      code: 'E_QUOTA',
      exitCode: 2,
      message: expect.stringMatching(/lacks 2 servers \(needs 3, 0 of 1 are used\)/),
    });
  });

  test('generators have a flavor of their own, or that of the machines, and count for the quota', async () => {
    const plan = await planMachines(cloud, { ...wishes, generatorFlavor: 'm1.faas' }, 1, 2);
    expect(plan).toMatchObject({ flavor: { name: 'm1.tiny' }, generatorFlavor: { name: 'm1.faas' } });
    expect((await planMachines(cloud, wishes, 1, 2)).generatorFlavor).toEqual(plan.flavor);
    expect((await planMachines(small, wishes, 1)).generatorFlavor).toEqual(plan.flavor);
    await expect(planMachines(small, wishes, 1, 1)).rejects.toMatchObject({
      code: 'E_QUOTA',
      message: expect.stringMatching(/lacks 1 servers \(needs 2, 0 of 1 are used\)/),
    });
  });

  test('a boot volume needs block storage, which this cloud has not', async () => {
    await expect(planMachines(cloud, { ...wishes, bootVolumeGb: 10 }, 1)).rejects.toMatchObject({
      code: 'E_NO_VOLUMES',
      exitCode: 2,
    });
  });
});
