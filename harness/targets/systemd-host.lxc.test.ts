import { describe, test } from 'vitest';
import { lxcClouds, startLxcServer } from './lxc-server.fixture.ts';
import { behavesAsHost } from './systemd-host.fixture.ts';

if (lxcClouds === '') describe.skip('a server of a cloud', () => test('needs GIVRE_TEST_CLOUD_LXC', () => {}));
else {
  behavesAsHost('a server of a cloud', async () => ({
    ...(await startLxcServer('m1.tiny')),
    virtualisation: 'lxc-libvirt',
  }));
}
