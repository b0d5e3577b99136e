import { describe, expect, test } from 'vitest';
import {
  type Behaviour,
  countOf,
  failureOf,
  newServer,
  SERVERS,
  sayJson,
  startCloudServer,
} from './cloud-server.fixture.ts';

describe('microversions', () => {
  const speaking =
    (max: string): Behaviour =>
    (asked, response) => {
      if (asked.url === '/compute/v2.1/') {
        return sayJson(response, 200, { version: { id: 'v2.1', version: max, min_version: max === '' ? '' : '2.1' } });
      }
      return asked.url === SERVERS ? sayJson(response, 202, { server: { id: 'x' } }) : false;
    };

  test('are the lowest that have what is asked for', async () => {
    await using server = await startCloudServer(speaking('2.93'));
    const cloud = await server.open();
    await cloud.compute.createServer(newServer);
    expect(server.asked.at(-1)?.headers).toMatchObject({ 'openstack-api-version': 'compute 2.1' });
    await cloud.compute.createServer({ ...newServer, tags: ['givre'] });
    expect(server.asked.at(-1)?.headers).toMatchObject({
      'openstack-api-version': 'compute 2.52',
      'x-openstack-nova-api-version': '2.52',
    });
  });

  test('that a cloud does not speak are an error before anything is created', async () => {
    for (const [max, range] of [
      ['2.9', '2.1 to 2.9'],
      ['', '2.1 to 2.1'],
    ] as const) {
      await using server = await startCloudServer(speaking(max));
      const cloud = await server.open();
      expect(await failureOf(cloud.compute.createServer({ ...newServer, tags: ['givre'] }))).toMatchObject({
        code: 'E_CLOUD_MICROVERSION',
        message: `compute at ${server.origin}/compute/v2.1 speaks ${range}; a server with tags needs 2.52`,
      });
      expect(countOf(server, SERVERS)).toBe(0);
    }
  });
});
