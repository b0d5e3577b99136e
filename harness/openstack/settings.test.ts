import { describe, expect, test } from 'vitest';
import { cloudsFolder, entry } from './clouds-folder.fixture.ts';

const { write, settings, failure, inFolder } = cloudsFolder();

describe('the settings of a cloud', () => {
  test('come from a profile in clouds-public.yaml, with the entry laid over', async () => {
    await write('here/clouds.yaml', 'clouds: { one: { profile: acme, auth: { token: t }, region_name: west } }');
    expect(await failure()).toMatchObject({
      code: 'E_CLOUD_PROFILE',
      hint: 'write auth_url and region_name into the entry of "one" instead',
    });
    await write(
      'home/.config/openstack/clouds-public.yaml',
      'public-clouds: { acme: { auth: { auth_url: "https://acme/v3" }, region_name: east, endpoint-type: internalURL } }',
    );
    expect(await settings()).toMatchObject({ authUrl: 'https://acme/v3', region: 'west', interface: 'internal' });
  });

  test('take the first of several regions, or the one asked for with its own values', async () => {
    const regions = '    regions: [north, { name: south, values: { interface: internal } }]\n';
    await write('here/clouds.yaml', `clouds:\n${entry('one', regions)}`);
    expect(await settings()).toMatchObject({ region: 'north', interface: 'public' });
    expect(await settings({ region: 'south' })).toMatchObject({ region: 'south', interface: 'internal' });
    expect(await failure({ region: 'suoth' })).toMatchObject({
      code: 'E_CLOUD_REGION',
      hint: 'did you mean south?',
    });
  });

  test('say aloud when certificates are not verified; insecure wins over verify', async () => {
    await write(
      'here/clouds.yaml',
      `clouds:\n${entry('one', '    verify: true\n    insecure: yes\n    cacert: ~/ca.pem\n')}`,
    );
    const { tls, warnings } = await settings();
    expect(tls).toMatchObject({ verify: false, caPath: inFolder('home/ca.pem') });
    expect(warnings).toEqual(['TLS certificates of cloud "one" are not verified (insecure)']);
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    insecure: maybe\n')}`);
    expect(await failure()).toMatchObject({ code: 'E_CLOUD_SETTINGS', message: expect.stringContaining('maybe') });
  });

  test('have an interface that exists', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    interface: outer\n')}`);
    expect(await failure()).toMatchObject({ code: 'E_CLOUD_SETTINGS', message: expect.stringContaining('"outer"') });
  });

  test('have the interface by its old name, which wins', async () => {
    const both = '    endpoint_type: internalURL\n    interface: public\n';
    await write('here/clouds.yaml', `clouds:\n${entry('one', both)}`);
    expect((await settings()).interface).toBe('internal');
  });

  test('may be null, which is the same as absent', async () => {
    const words = [
      'cacert: ~',
      'cert: null',
      'key: Null',
      'verify:',
      'interface: NULL',
      'region_name: ~',
      'regions: ~',
    ];
    await write('here/clouds.yaml', `clouds:\n${entry('one', words.map((it) => `    ${it}\n`).join(''))}`);
    expect(await settings()).toMatchObject({
      tls: { caPath: undefined, certPath: undefined, keyPath: undefined, verify: true },
      interface: 'public',
      region: undefined,
    });
    // In quotes it is a text.
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    region_name: "~"\n')}`);
    expect((await settings()).region).toBe('~');
  });

  test('take back by null what is below them', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    profile: acme\n    cacert: ~\n')}`);
    await write('here/secure.yaml', 'clouds: { one: { auth: { project_name: ~, project_id: "7" } } }');
    await write('here/clouds-public.yaml', 'public-clouds: { acme: { cacert: /etc/acme.pem, interface: internal } }');
    expect(await settings()).toMatchObject({
      tls: { caPath: undefined },
      interface: 'internal',
      credential: { project: { id: '7' } },
    });
  });

  test('are words: a list or a map is refused', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    interface: [internal, public]\n')}`);
    expect(await failure()).toMatchObject({
      code: 'E_CLOUD_SETTINGS',
      message: 'cloud "one": interface has to be one word, not a list or a map',
    });
  });

  test('have values of each other in braces', async () => {
    const words = '    region_name: north\n    compute_endpoint_override: "https://{region_name}.nova/{{x}}"\n';
    await write('here/clouds.yaml', `clouds:\n${entry('one', words, '{region_name}.h')}`);
    const { authUrl, option } = await settings();
    expect([authUrl, option('compute_endpoint_override')]).toEqual([
      'https://north.h:5000/v3',
      'https://north.nova/{x}',
    ]);
    await write('here/clouds.yaml', `clouds:\n${entry('one', '', '{zone}.h')}`);
    expect(await failure()).toMatchObject({
      message: 'cloud "one": auth_url has {zone}, which has no value there',
      hint: 'a brace itself is written twice: {{',
    });
  });
});

describe('the certificates of a cloud', () => {
  const tlsOf = async (words: string) => {
    await write('here/clouds.yaml', `clouds:\n${entry('one', words.replaceAll(/^/gm, '    ').concat('\n'))}`);
    return (await settings()).tls;
  };

  test.each([
    ['verify: /etc/ssl/ca.pem', '/etc/ssl/ca.pem'],
    ['verify: ./ca.pem', './ca.pem'],
    ['verify: /etc/ssl/ca.pem\ncacert: /etc/other.pem', '/etc/other.pem'],
    ['verify: true\ncacert: /etc/other.pem', '/etc/other.pem'],
  ])('are verified by the file that "verify" may be: %j', async (words, caPath) => {
    expect(await tlsOf(words)).toMatchObject({ verify: true, caPath });
  });

  test('have that file in the home folder', async () => {
    expect(await tlsOf('verify: ~/ca.pem')).toMatchObject({ verify: true, caPath: inFolder('home/ca.pem') });
  });

  test('are not verified where insecure is said besides', async () => {
    expect(await tlsOf('verify: /etc/ssl/ca.pem\ninsecure: true')).toMatchObject({ verify: false });
  });

  test('are not switched off by a typo', async () => {
    await write('here/clouds.yaml', `clouds:\n${entry('one', '    verify: flase\n')}`);
    expect(await failure()).toMatchObject({
      code: 'E_CLOUD_SETTINGS',
      message: 'cloud "one": verify is "flase", expected true, false or the path of a file of authorities',
    });
  });
});

describe('the region of a cloud', () => {
  const write1 = (words: string) => write('here/clouds.yaml', `clouds:\n${entry('one', words)}`);

  test.each([
    ['    region_name: south,north\n', 'south'],
    ['    region_name: [south, north]\n', 'south'],
    ['    regions: [south, north]\n    region_name: north\n', 'south'],
    ["    region_name: ''\n", undefined],
  ])('is the first of several: %j', async (words, region) => {
    await write1(words);
    expect((await settings()).region).toBe(region);
  });

  test('is one of those that there are', async () => {
    await write1('    region_name: south,north\n');
    expect((await settings({ region: 'north' })).region).toBe('north');
    expect(await failure({ region: 'east' })).toMatchObject({ code: 'E_CLOUD_REGION' });
    // Of one alone the catalog knows whether there are others.
    await write1('    region_name: south\n');
    expect((await settings({ region: 'east' })).region).toBe('east');
  });

  test('is that of the profile where the entry has none', async () => {
    await write1('    profile: acme\n');
    const acme = '{ regions: [{ name: west, values: { interface: admin, cacert: ~ } }], cacert: /etc/acme.pem }';
    await write('here/clouds-public.yaml', `public-clouds: { acme: ${acme} }`);
    expect(await settings()).toMatchObject({ region: 'west', interface: 'admin', tls: { caPath: '/etc/acme.pem' } });
  });

  test.each([
    ['    regions: north\n', 'regions has to be a list'],
    ['    regions: [{ values: {} }]\n', 'neither a name nor a map'],
    ['    regions: [{ name: north, value: {} }]\n', 'neither a name nor a map'],
  ])('is in a list that can be read: %j', async (words, message) => {
    await write1(words);
    expect(await failure()).toMatchObject({ code: 'E_CLOUD_SETTINGS', message: expect.stringContaining(message) });
  });
});
