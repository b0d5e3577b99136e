import { describe, expect, test } from 'vitest';
import { catalogRegion, type Endpoint, endpointsSchema, serviceRegion, serviceRoot } from './catalog.ts';
import type { CloudSettings } from './settings.ts';

function settings(options: Readonly<Record<string, string>> = {}, region?: string): CloudSettings {
  return {
    name: 'one',
    source: 'clouds.yaml',
    authUrl: 'http://h/v3',
    credential: { kind: 'token', token: 't', project: undefined },
    region,
    interface: 'public',
    tls: { caPath: undefined, certPath: undefined, keyPath: undefined, verify: true },
    warnings: [],
    option: (key) => options[key],
  };
}

const catalog: readonly Endpoint[] = endpointsSchema.parse([
  {
    type: 'compute',
    endpoints: [
      { interface: 'public', region_id: 'north', url: 'https://north/compute/v2.1/' },
      { interface: 'internal', region_id: 'north', url: 'http://10.0.0.1:8774/v2.1' },
      { interface: 'public', region_id: 'south', url: 'https://south:8774/v2/PROJECT' },
    ],
  },
  { type: 'network', endpoints: [{ interface: 'public', region: 'north', url: 'https://north:9696/' }] },
  { type: 'image', endpoints: [{ interface: 'publicURL', region_id: 'north', url: 'https://north/image' }] },
  { type: 'volume', endpoints: [{ interface: 'public', region_id: 'north', url: 'https://north/volume/v1/PROJECT' }] },
  {
    type: 'volumev3',
    endpoints: [{ interface: 'public', region_id: 'north', url: 'https://north/volume/v3/PROJECT' }],
  },
  { type: 'identity', endpoints: [{ interface: 'public', region_id: 'global', url: 'https://id/v3' }] },
]);

describe('the root of a service', () => {
  test('is the catalog’s address in the region and of the interface, with the version that we speak', () => {
    const north = settings({}, 'north');
    expect(serviceRoot('compute', north, catalog, 'p')).toBe('https://north/compute/v2.1');
    expect(serviceRoot('network', north, catalog, 'p')).toBe('https://north:9696/v2.0');
    expect(serviceRoot('image', north, catalog, 'p')).toBe('https://north/image/v2');
    expect(serviceRoot('compute', settings({ compute_interface: 'internalURL' }, 'north'), catalog, 'p')).toBe(
      'http://10.0.0.1:8774/v2.1',
    );
  });

  test('is Nova’s present API where the catalog still has the old one', () => {
    expect(serviceRoot('compute', settings({}, 'south'), catalog, 'p')).toBe('https://south:8774/v2.1/PROJECT');
  });

  test('is found by the newer type of a service with several', () => {
    expect(serviceRoot('volume', settings({}, 'north'), catalog, 'p')).toBe('https://north/volume/v3/PROJECT');
  });

  test('is in the region of the service where it has one of its own', () => {
    const shared = endpointsSchema.parse([
      { type: 'image', endpoints: [{ interface: 'public', region_id: 'Shared', url: 'https://shared/image/v2' }] },
    ]);
    const all = [...catalog, ...shared];
    const north = settings({ image_region_name: 'Shared' }, 'north');
    expect(serviceRoot('image', north, all, 'p')).toBe('https://shared/image/v2');
    expect(serviceRoot('network', north, all, 'p')).toBe('https://north:9696/v2.0');
    expect(serviceRoot('image', settings({ image_region_name: 'nowhere' }, 'north'), all, 'p')).toBeUndefined();
    expect(serviceRegion('volume', settings({ volumev3_region_name: 'Shared' }, 'north'))).toBe('Shared');
    expect(catalogRegion(settings({ compute_region_name: 'south' }, 'north'), all)).toBe('south');
  });

  test('is that of the type and the name that the settings say', () => {
    const two = endpointsSchema.parse(
      ['old', 'new'].flatMap((name) =>
        ['image', 'picture'].map((type) => ({
          type,
          name,
          endpoints: [{ interface: 'public', region_id: 'north', url: `https://${name}/${type}/v2` }],
        })),
      ),
    );
    const root = (options: Readonly<Record<string, string>>) => serviceRoot('image', settings(options), two, 'p');
    expect(root({})).toBe('https://old/image/v2');
    expect(root({ image_service_name: 'new' })).toBe('https://new/image/v2');
    expect(root({ image_service_type: 'picture' })).toBe('https://old/picture/v2');
  });

  test('is of the interface by its old name, too, which wins', () => {
    const both = settings({ compute_endpoint_type: 'internalURL', compute_interface: 'public' }, 'north');
    expect(serviceRoot('compute', both, catalog, 'p')).toBe('http://10.0.0.1:8774/v2.1');
  });

  test('is undefined where there is no such service', () => {
    expect(serviceRoot('volume', settings({}, 'south'), catalog, 'p')).toBeUndefined();
  });

  test('is what an override says', () => {
    const override = (key: string, url: string) => settings({ [`${key}_endpoint_override`]: url }, 'south');
    expect(serviceRoot('compute', override('compute', 'http://me:1/x/'), catalog, 'p')).toBe('http://me:1/x/v2.1');
    expect(serviceRoot('volume', override('block_storage', 'http://me/v3/%(project_id)s'), [], 'p')).toBe(
      'http://me/v3/p',
    );
    expect(serviceRoot('volume', override('volumev3', 'http://me'), [], 'p')).toBe('http://me/v3/p');
    expect(() => serviceRoot('image', override('image', 'me'), [], 'p')).toThrow('no address');
    expect(serviceRoot('image', settings({ image_endpoint: 'http://old' }), catalog, 'p')).toBe('http://old/v2');
  });
});

describe('the region', () => {
  test('may be left out where the catalog has one only', () => {
    expect(
      catalogRegion(
        settings(),
        catalog.filter(({ region }) => region !== 'south'),
      ),
    ).toBe('north');
    expect(catalogRegion(settings(), [])).toBe('');
  });

  test('has to be chosen among several, and to be one of them', () => {
    expect(() => catalogRegion(settings(), catalog)).toThrow(
      expect.objectContaining({ code: 'E_CLOUD_REGION', hint: 'choose with --region: north, south' }),
    );
    expect(() => catalogRegion(settings({}, 'North'), catalog)).toThrow(
      expect.objectContaining({ code: 'E_CLOUD_REGION', exitCode: 2, hint: 'did you mean north?' }),
    );
  });
});
