import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import { Scope } from '../core/scope.ts';
import { buildFunction } from '../functions/build.ts';
import { readStack } from '../functions/stack.ts';
import { readVectors } from '../functions/vectors.ts';
import { differencesOf } from '../functions/verify.ts';
import { imageCatalog } from '../images/catalog.ts';
import { openJournal } from '../openstack/journal.ts';
import { openCloud } from '../openstack/open.ts';
import { pins } from '../platforms/pins.ts';
import { deviceMtu } from '../provisioning/sites/mtu.ts';
import { installBundle } from '../targets/bundle.ts';
import { planMachines } from '../targets/openstack/plan.ts';
import { openstackTarget } from '../targets/openstack/target.ts';
import { testBundle } from '../targets/stock-machine.fixture.ts';
import { gatewayStage } from './gateway.ts';

/** clouds.yaml of a test cloud with tenant networks: servers behind a router, reached by floating IP. */
const cloudsPath = process.env.GIVRE_TEST_CLOUD_LXC ?? '';
const TENANT_MTU = 1450;

const wishes = {
  flavor: 'm1.faas',
  image: 'debian-12',
  network: 'private',
  floatingNetwork: 'public',
  availabilityZone: undefined,
  configDrive: false,
  bootVolumeGb: undefined,
  serverGroup: false,
  sshUser: 'debian',
  sshJump: undefined,
  allowFrom: [],
};

describe.skipIf(cloudsPath === '')('a function on a tenant network with a small MTU', () => {
  test('echoes 50 MiB unchanged, with a length and chunked', async () => {
    const signal = AbortSignal.timeout(550_000);
    const scope = new Scope();
    const folder = await mkdtemp(join(tmpdir(), 'givre-network-'));
    await scope.defer('folder', () => rm(folder, { recursive: true }));
    try {
      const cloud = await openCloud({ cloud: 'tester', env: { OS_CLIENT_CONFIG_FILE: cloudsPath }, signal });
      await scope.defer('cloud', () => cloud.close());
      const runId = `verify-${Math.random().toString(36).slice(2, 10)}`;
      const place = { cloud: cloud.name, region: cloud.region, projectId: cloud.projectId };
      const journal = await openJournal({ stateFolder: folder, runId, place });
      await scope.defer('journal', () => journal.close());
      const progress = (): void => {};
      const target = openstackTarget({
        cloud,
        plan: await planMachines(cloud, wishes, 1),
        journal,
        scope,
        machineId: 'test-machine',
        expiresAtSeconds: () => Math.floor(Date.now() / 1000) + 1_800,
        lifeSeconds: 1_800,
        progress,
      });
      const { host } = await target.acquireMachine(scope, 'a', signal);
      expect(await deviceMtu(host)).toBe(TENANT_MTU);
      await installBundle({ host, bundle: await testBundle(signal), signal, progress });

      const kvImage = (): Promise<string> => Promise.reject(new Error('no function here needs it'));
      const stage = await gatewayStage(host, { scope, runId, labels: async () => ({}), signal, progress, kvImage });
      const { functions } = await readStack(join(repositoryRoot, 'rust-functions/stack.yaml'));
      const [echo] = functions.filter((it) => it.name === 'rust-echo');
      if (echo === undefined) throw new Error('there is no rust-echo');
      const { builder } = await imageCatalog({
        root: repositoryRoot,
        gateway: pins.gateway,
        queueWorker: pins.queueWorker,
      });
      const { id } = await buildFunction(echo, { builder, signal });
      const vectors = await readVectors(join(repositoryRoot, 'peer-functions/vectors'));
      const huge = (vectors.byWorkload.get('echo') ?? []).filter(({ request: { body } }) => {
        return body !== undefined && 'generated' in body && body.generated.bytes === 50 * 2 ** 20;
      });
      expect(huge.length).toBeGreaterThan(0);
      const only = { ...vectors, byWorkload: new Map([['echo', huge]]) };
      const { bridgeMtu, differences, total } = await stage.run(echo, id, async ({ endpoint }) => ({
        ...(await differencesOf(endpoint, 'echo', { vectors: only, signal })),
        bridgeMtu: (await host.exec(['cat', '/sys/class/net/openfaas0/mtu'])).stdout.trim(),
      }));
      expect(total).toBe(huge.length);
      expect(differences).toEqual([]);
      expect(bridgeMtu).toBe(String(TENANT_MTU));
    } finally {
      expect(await scope.close()).toEqual([]);
    }
  });
});
