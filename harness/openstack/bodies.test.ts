import { describe, expect, test } from 'vitest';
import { newServer, PROJECT, SERVERS, sayJson, startCloudServer } from './cloud-server.fixture.ts';

/**
 * What is sent and read where the test cloud has no such service, by the examples of the API reference. Everything else
 * is in `client.cloud.test.ts`.
 */

describe('a server that boots from a volume of ours, beside others', () => {
  test('names no image, keeps the volume when it goes, and passes the group on as a hint', async () => {
    await using server = await startCloudServer((asked, response) =>
      asked.url === SERVERS ? sayJson(response, 202, { server: { id: 'x', adminPass: 'never kept' } }) : false,
    );
    const cloud = await server.open();
    const created = await cloud.compute.createServer({
      ...newServer,
      imageId: undefined,
      bootVolumeId: 'v1',
      serverGroupId: 'g1',
      availabilityZone: 'nova',
      configDrive: true,
      userData: '#cloud-config\n',
      metadata: { 'givre:run': 'r' },
      tags: ['givre'],
    });
    expect(created).toEqual({ id: 'x' });
    expect(JSON.parse(server.asked.at(-1)?.body ?? '')).toEqual({
      server: {
        name: 's',
        flavorRef: 'f',
        networks: [{ port: 'p' }],
        user_data: Buffer.from('#cloud-config\n').toString('base64'),
        metadata: { 'givre:run': 'r' },
        tags: ['givre'],
        config_drive: true,
        availability_zone: 'nova',
        block_device_mapping_v2: [
          {
            boot_index: 0,
            uuid: 'v1',
            source_type: 'volume',
            destination_type: 'volume',
            delete_on_termination: false,
          },
        ],
      },
      'os:scheduler_hints': { group: 'g1' },
    });
    await cloud.close();
  });
});

describe('volumes', () => {
  const VOLUMES = `/volume/v3/${PROJECT}/volumes`;
  const volume = {
    id: 'v1',
    name: 'n',
    status: 'creating',
    metadata: { 'givre:run': 'r' },
    size: 4,
    bootable: 'false',
  };

  test('are made from an image, marked, listed and removed', async () => {
    await using server = await startCloudServer((asked, response) => {
      if (asked.method === 'POST' && asked.url === VOLUMES) return sayJson(response, 202, { volume });
      if (asked.url === `${VOLUMES}/detail`)
        return sayJson(response, 200, { volumes: [volume, { ...volume, id: 'v2', name: null }] });
      if (asked.method === 'GET' && asked.url === `${VOLUMES}/v1`) return sayJson(response, 200, { volume });
      return false;
    });
    const { volume: api, close } = await server.open();
    const mark = { 'givre:run': 'r' };
    const read = { id: 'v1', name: 'n', status: 'creating', metadata: mark };
    expect(await api?.createVolume({ name: 'n', sizeGb: 4, imageId: 'i', metadata: mark })).toEqual(read);
    expect(JSON.parse(server.asked.at(-1)?.body ?? '')).toEqual({
      volume: { name: 'n', size: 4, imageRef: 'i', metadata: mark },
    });
    expect(await api?.listVolumes()).toEqual([read, { ...read, id: 'v2', name: '' }]);
    expect(await api?.getVolume('v1')).toEqual(read);
    expect(await api?.getVolume('none')).toBeUndefined();
    await api?.deleteVolume('gone already');
    expect(server.asked.at(-1)).toMatchObject({ method: 'DELETE', url: `${VOLUMES}/gone%20already` });
    await close();
  });

  test('have limits, of which −1 is none', async () => {
    const absolute = {
      maxTotalVolumes: 10,
      totalVolumesUsed: 3,
      maxTotalVolumeGigabytes: -1,
      totalGigabytesUsed: 30,
      maxTotalSnapshots: 10,
    };
    await using server = await startCloudServer((asked, response) =>
      asked.url === `/volume/v3/${PROJECT}/limits` ? sayJson(response, 200, { limits: { rate: [], absolute } }) : false,
    );
    const { volume: api, close } = await server.open();
    expect(await api?.limits()).toEqual({ volumes: { max: 10, used: 3 }, gigabytes: { max: -1, used: 30 } });
    await close();
  });
});

describe('floating addresses', () => {
  test('are made for a port, marked, listed in our project and removed', async () => {
    const floatingip = {
      id: 'f1',
      floating_ip_address: '203.0.113.7',
      description: 'mark',
      port_id: 'p',
      status: 'DOWN',
    };
    await using server = await startCloudServer((asked, response) => {
      if (asked.method === 'POST' && asked.url === '/network/v2.0/floatingips')
        return sayJson(response, 201, { floatingip });
      if (asked.url === `/network/v2.0/floatingips?project_id=${PROJECT}`) {
        return sayJson(response, 200, { floatingips: [floatingip, { ...floatingip, id: 'f2', port_id: null }] });
      }
      return false;
    });
    const { network, close } = await server.open();
    const read = { id: 'f1', address: '203.0.113.7', description: 'mark', portId: 'p' };
    expect(await network.createFloatingIp({ networkId: 'n', portId: 'p', description: 'mark' })).toEqual(read);
    expect(JSON.parse(server.asked.at(-1)?.body ?? '')).toEqual({
      floatingip: { floating_network_id: 'n', port_id: 'p', description: 'mark' },
    });
    expect(await network.listFloatingIps()).toEqual([read, { ...read, id: 'f2', portId: null }]);
    await network.deleteFloatingIp('f1');
    expect(server.asked.at(-1)).toMatchObject({ method: 'DELETE', url: '/network/v2.0/floatingips/f1' });
    await close();
  });
});
