import { describe } from 'vitest';
import { lxcClouds, startLxcServer } from './lxc-server.fixture.ts';
import { behavesAsHost } from './systemd-host.fixture.ts';

const needsCloud = { meta: { skipReason: 'GIVRE_TEST_CLOUD_LXC names no cloud' } };

describe.skipIf(lxcClouds === '')('in a cloud', needsCloud, () => {
  behavesAsHost('a server of a cloud', async () => ({
    ...(await startLxcServer('m1.tiny')),
    virtualisation: 'lxc-libvirt',
  }));
});
