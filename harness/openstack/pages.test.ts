import { describe, expect, test } from 'vitest';
import { type Behaviour, FLAVORS, SERVERS, sayJson, startCloudServer } from './cloud-server.fixture.ts';

describe('lists', () => {
  const flavor = (id: string) => ({ id, name: id, vcpus: 1, ram: 1, disk: 1 });
  const next = (href: string) => ({ flavors_links: [{ rel: 'next', href }] });
  const flavorPages =
    (pages: Readonly<Record<string, object>>): Behaviour =>
    (asked, response) => {
      if (!asked.url.startsWith(FLAVORS)) return false;
      const page = pages[asked.url.slice(FLAVORS.length)];
      return page === undefined ? false : sayJson(response, 200, page);
    };

  test('are put together from pages whose links name hosts and paths that lead nowhere', async () => {
    await using server = await startCloudServer(
      flavorPages({
        '?limit=2': {
          flavors: [flavor('a'), flavor('b')],
          ...next('http://nova.internal:8774/v2.1/flavors/detail?limit=2&marker=b'),
        },
        '?limit=2&marker=b': { flavors: [flavor('c')] },
      }),
    );
    const cloud = await server.open({ pageSize: 2 });
    expect((await cloud.compute.listFlavors()).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  test('end where a marker repeats itself', async () => {
    await using server = await startCloudServer(
      flavorPages({
        '': { flavors: [flavor('a')], ...next('?marker=a') },
        '?marker=a': { flavors: [flavor('b')], ...next('?marker=b') },
        '?marker=b': { flavors: [flavor('a'), flavor('b')], ...next('?marker=a') },
      }),
    );
    const cloud = await server.open();
    expect((await cloud.compute.listFlavors()).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('keep their filter, and find a name exactly though Nova searches by pattern', async () => {
    const asked: string[] = [];
    const server1 = (name: string) => ({ id: name, name, status: 'ACTIVE' });
    await using server = await startCloudServer((it, response) => {
      if (!it.url.startsWith(`${SERVERS}/detail`)) return false;
      asked.push(it.url.slice(SERVERS.length));
      return sayJson(response, 200, { servers: [server1('a.b'), server1('a.b2')] });
    });
    const cloud = await server.open();
    expect((await cloud.compute.listServers({ name: 'a.b', tag: 'givre' })).map(({ name }) => name)).toEqual(['a.b']);
    expect(asked).toEqual([`/detail?name=${encodeURIComponent('^a\\.b$')}&tags=givre`]);
  });

  test('of images follow Glance’s own kind of link', async () => {
    const image = (id: string) => ({
      id,
      name: id,
      status: 'active',
      visibility: 'public',
      created_at: '',
      owner: 'o',
      lang: 'fr',
      size: 7,
    });
    await using server = await startCloudServer((asked, response) => {
      if (asked.url === '/image/v2/images?owner=o')
        return sayJson(response, 200, { images: [image('a')], next: '/v2/images?owner=o&marker=a' });
      if (asked.url === '/image/v2/images?owner=o&marker=a') return sayJson(response, 200, { images: [image('b')] });
      return false;
    });
    const images = await (await server.open()).image.listImages({ owner: 'o' });
    expect(images.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(images[0]?.properties).toEqual({ lang: 'fr' });
  });

  test('of server groups, which have no links, go on while pages are full', async () => {
    const group = (id: string) => ({ id, name: id });
    await using server = await startCloudServer((asked, response) => {
      if (asked.url === '/compute/v2.1/os-server-groups?limit=2')
        return sayJson(response, 200, { server_groups: [group('a'), group('b')] });
      if (asked.url === '/compute/v2.1/os-server-groups?limit=2&offset=2')
        return sayJson(response, 200, { server_groups: [group('c')] });
      return false;
    });
    const cloud = await server.open({ pageSize: 2 });
    expect((await cloud.compute.listServerGroups()).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});
