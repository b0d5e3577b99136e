import { randomBytes } from 'node:crypto';
import { poll } from '../core/poll.ts';
import { Scope } from '../core/scope.ts';
import type { Cloud } from '../openstack/cloud.ts';
import { resolveName } from '../openstack/names.ts';
import { openCloud } from '../openstack/open.ts';
import type { SshAddress, SshConnection } from '../ssh/connection.ts';
import { newKeyPair } from '../ssh/keys.ts';
import { waitForSsh } from '../ssh/wait.ts';
import { userData } from './openstack/user-data.ts';

/** clouds.yaml of a test cloud whose servers are LXC containers with systemd, sshd and cloud-init; empty for none. */
export const lxcClouds = process.env.GIVRE_TEST_CLOUD_LXC ?? '';

/** A real Debian server. Imported by tests only. */
export interface LxcServer {
  readonly address: SshAddress;
  readonly connection: SshConnection;
  remove(): Promise<void>;
}

/** The shortest way to a server; everything goes with the scope. */
export async function startLxcServer(flavor: string): Promise<LxcServer> {
  const scope = new Scope();
  const name = `givre-d-${randomBytes(5).toString('hex')}`;
  const env = { OS_CLIENT_CONFIG_FILE: lxcClouds, HOME: '/nonexistent' };
  const cloud = await openCloud({ cloud: 'tester', env, signal: AbortSignal.timeout(60_000) });
  await scope.defer('cloud', () => cloud.close());
  const login = newKeyPair();
  const hostKey = newKeyPair();
  try {
    const data = userData({ loginPublicKey: login.publicKey, hostKey, lifeSeconds: 3_600 });
    const host = await startServer(cloud, scope, { name, data, flavor });
    const keys = { privateKeys: [login.privateKey], hostKeys: [hostKey.publicKey] };
    const address: SshAddress = { host, port: 22, user: 'debian', ...keys };
    const connection = await waitForSsh({ address, deadlineMs: 120_000 });
    await scope.defer('connection', () => connection.close());
    await connection.asRoot().exec(['cloud-init', 'status', '--wait'], { timeoutMs: 120_000 });
    const remove = async (): Promise<void> => {
      for (const { error } of await scope.close()) throw error;
    };
    return { address, connection, remove };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

interface Wanted {
  readonly name: string;
  readonly data: string;
  readonly flavor: string;
}

async function startServer(cloud: Cloud, scope: Scope, { name, data, ...wishes }: Wanted): Promise<string> {
  const network = resolveName('network', 'public', await cloud.network.listNetworks());
  const image = resolveName('image', 'debian-12', await cloud.image.listImages({ name: 'debian-12' }));
  const flavor = resolveName('flavor', wishes.flavor, await cloud.compute.listFlavors());
  const group = await cloud.network.createSecurityGroup({ name, description: 'test' });
  await scope.defer('security group', () => cloud.network.deleteSecurityGroup(group.id));
  await cloud.network.createRule({ securityGroupId: group.id, port: 22, cidr: '0.0.0.0/0', description: name });
  const wanted = { name, description: 'test', networkId: network.id, securityGroupIds: [group.id] };
  const port = await cloud.network.createPort(wanted);
  await scope.defer('port', () => cloud.network.deletePort(port.id));
  const metadata = { 'givre:run': name };
  const server = {
    name,
    imageId: image.id,
    flavorId: flavor.id,
    portIds: [port.id],
    userData: data,
    metadata,
    tags: [],
  };
  const { id } = await cloud.compute.createServer(server);
  const state = async () => (await cloud.compute.getServer(id))?.status ?? 'gone';
  await scope.defer('server', async () => {
    await cloud.compute.deleteServer(id);
    await untilState(state, 'gone');
  });
  await untilState(state, 'ACTIVE');
  return port.addresses[0] ?? '';
}

async function untilState(state: () => Promise<string>, wanted: string): Promise<void> {
  const look = async () => {
    const seen = await state();
    return seen === wanted ? ({ done: true, value: undefined } as const) : ({ done: false, seen } as const);
  };
  await poll(look, { what: `the server to be ${wanted}`, deadlineMs: 120_000, everyMs: 500 });
}
