import { GivreError } from '../../core/errors.ts';
import type { Host, Lease } from '../../core/host.ts';
import { unlessAborted } from '../../core/owned.ts';
import { poll } from '../../core/poll.ts';
import type { Scope } from '../../core/scope.ts';
import type { Cloud } from '../../openstack/cloud.ts';
import type { Flavor, Server } from '../../openstack/compute.ts';
import type { Holdings } from '../../openstack/creation.ts';
import { expiryAfter } from '../../openstack/expiry.ts';
import { expiryMetadata } from '../../openstack/marks.ts';
import type { ServerPoller } from '../../openstack/poller.ts';
import { makeFloatingIp, makePort, makeServer, makeVolume } from '../../openstack/resources.ts';
import { connectSsh } from '../../ssh/connect.ts';
import type { SshAddress, SshConnection } from '../../ssh/connection.ts';
import { type KeyPair, newKeyPair } from '../../ssh/keys.ts';
import { bundleEnvironment } from '../bundle.ts';
import { systemdHost } from '../systemd-host.ts';
import { type MachineEdges, startEdges } from './edges.ts';
import { rotateHostKey, waitForCloudInit } from './first-login.ts';
import { loginToServer } from './login.ts';
import type { MachinePlan } from './plan.ts';
import { userData } from './user-data.ts';

/** The machine's ports that the harness itself talks to, through the tunnel only: gateway and registry. */
const TUNNELLED_PORTS = [8080, 5000] as const;

/** A server that commands run on, and what is known of its making. */
export interface OpenstackMachine {
  readonly host: Host;
  /** As it was when it became ACTIVE: `id`, `name`, `hostId`, addresses. */
  readonly server: Server;
  readonly flavor: Flavor;
  readonly imageId: string;
  readonly edges: MachineEdges;
}

/** How long each step may take, in milliseconds. */
export interface MachineDeadlines {
  readonly volumeMs: number;
  readonly activeMs: number;
  readonly loginMs: number;
  readonly cloudInitMs: number;
}

export const defaultDeadlines: MachineDeadlines = {
  volumeMs: 600_000,
  activeMs: 600_000,
  loginMs: 300_000,
  cloudInitMs: 300_000,
};

export interface MachineWork {
  readonly plan: MachinePlan;
  readonly cloud: Cloud;
  readonly poller: ServerPoller;
  /** Those of this one machine. */
  readonly holdings: Holdings;
  readonly scope: Scope;
  readonly role: string;
  readonly securityGroupId: string;
  readonly serverGroupId: string | undefined;
  readonly login: KeyPair;
  readonly jump: SshAddress | undefined;
  readonly imageId: string;
  readonly flavor: Flavor;
  /** `login`: as soon as somebody can log in. `cloud-init`: when it has done all it was told. */
  readonly until: 'login' | 'cloud-init';
  /** Seconds until the machine powers itself off, unless that is renewed. */
  readonly lifeSeconds: number;
  readonly deadlines: MachineDeadlines;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** port → (volume) → server → (floating IP) → ACTIVE → login → new host key → cloud-init done → host. */
export async function startMachine(work: MachineWork): Promise<OpenstackMachine> {
  const { plan, flavor, holdings, role, signal } = work;
  const hostKey = newKeyPair();
  const port = await makePort(holdings, role, {
    networkId: plan.network.id,
    securityGroupIds: [work.securityGroupId],
  });
  signal.throwIfAborted();
  const volumeId = await bootVolume(work);
  signal.throwIfAborted();
  const begun = startEdges();
  const { id } = await orderServer(work, hostKey, port.id, volumeId);
  const acceptedNs = begun.sinceNs();
  const reach = await whenReachable(work, id, port.id, begun.sinceNs);
  const address = reach.floating ?? port.addresses[0] ?? reach.server.addresses[0]?.address;
  if (address === undefined) throw noAddress(reach.server);
  const { connection, loggedInNs } = await enter(work, reach.server, { address, hostKey, sinceNs: begun.sinceNs });
  if (work.until === 'cloud-init') {
    await waitForCloudInit(connection, { ...work, deadlineMs: work.deadlines.cloudInitMs });
  }
  const host = await hostOver(work, reach.server, connection);
  const edges = { sentRealtimeNs: begun.sentRealtimeNs, acceptedNs, activeNs: reach.activeNs, loggedInNs };
  return { host, server: reach.server, flavor, imageId: work.imageId, edges };
}

async function bootVolume({ plan, cloud, holdings, role, imageId, deadlines, signal }: MachineWork) {
  const { bootVolumeGb: sizeGb, availabilityZone } = plan.wishes;
  if (sizeGb === undefined) return undefined;
  const { id } = await makeVolume(holdings, role, { sizeGb, imageId, availabilityZone });
  const look = async () => {
    const found = cloud.volume === undefined ? undefined : await unlessAborted(cloud.volume.getVolume(id), signal);
    const status = found?.status ?? 'gone';
    if (status === 'available') return { done: true, value: id } as const;
    if (status !== 'gone' && !status.startsWith('error')) return { done: false, seen: status } as const;
    throw new GivreError({ code: 'E_VOLUME', message: `the boot volume ${id} is ${status}` });
  };
  return await poll(look, { what: `volume ${id}`, deadlineMs: deadlines.volumeMs, everyMs: 1_000, signal });
}

function orderServer(work: MachineWork, hostKey: KeyPair, portId: string, bootVolumeId: string | undefined) {
  const { plan, flavor, holdings, role, serverGroupId, lifeSeconds, login } = work;
  const server = {
    imageId: bootVolumeId === undefined ? work.imageId : undefined,
    bootVolumeId,
    flavorId: flavor.id,
    portIds: [portId],
    userData: userData({ loginPublicKey: login.publicKey, hostKey, lifeSeconds }),
    configDrive: plan.wishes.configDrive ? true : undefined,
    availabilityZone: plan.wishes.availabilityZone,
    serverGroupId,
  };
  return makeServer(holdings, role, server, plan.tagged);
}

interface Reach {
  readonly server: Server;
  readonly activeNs: number;
  readonly floating: string | undefined;
}

/** The floating IP is made while the server builds, and after it was asked for: it is then the first to go. */
async function whenReachable(work: MachineWork, id: string, portId: string, sinceNs: () => number): Promise<Reach> {
  const { plan, holdings, poller, role, deadlines, signal } = work;
  const networkId = plan.floatingNetwork?.id;
  const [active, floating] = await Promise.allSettled([
    poller.active(id, { deadlineMs: deadlines.activeMs, signal }).then((server) => ({ server, activeNs: sinceNs() })),
    networkId === undefined ? undefined : makeFloatingIp(holdings, role, { networkId, portId }),
  ]);
  if (active.status === 'rejected') throw active.reason;
  if (floating.status === 'rejected') throw floating.reason;
  return { ...active.value, floating: floating.value?.address };
}

interface Entrance {
  readonly address: string;
  readonly hostKey: KeyPair;
  readonly sinceNs: () => number;
}

/** The first login makes the machine's key new; what stays open is a second one, which has seen that key. */
async function enter(work: MachineWork, server: Server, { address, hostKey, sinceNs }: Entrance) {
  const { plan, cloud, login, jump, signal, progress } = work;
  const place = { host: address, port: 22, user: plan.wishes.sshUser, privateKeys: [login.privateKey] };
  const first = await loginToServer({
    compute: cloud.compute,
    server,
    address: { ...place, hostKeys: [hostKey.publicKey] },
    jump,
    deadlineMs: work.deadlines.loginMs,
    signal,
    progress,
  });
  const loggedInNs = sinceNs();
  try {
    const newKey = await rotateHostKey(first, signal);
    const connection = await connectSsh({ address: { ...place, hostKeys: [newKey] }, jump, signal });
    await work.scope.defer(`connection to ${connection.name}`, () => connection.close());
    return { connection, loggedInNs };
  } finally {
    await first.close();
  }
}

async function hostOver({ cloud }: MachineWork, server: Server, connection: SshConnection): Promise<Host> {
  const addresses = new Map<number, string>();
  for (const port of TUNNELLED_PORTS) addresses.set(port, await connection.forward(port));
  const host = systemdHost({
    connection,
    name: `server ${server.name}`,
    addresses,
    baseEnv: bundleEnvironment,
    persistent: true,
    powersOff: true,
  });
  const mark: Lease = {
    what: `the mark of ${host.name}`,
    inside: false,
    renew: (seconds) => cloud.compute.setServerMetadata(server.id, expiryMetadata(expiryAfter(cloud, seconds))),
  };
  return { ...host, leases: [mark, ...host.leases] };
}

function noAddress({ name, id }: Server): GivreError {
  return new GivreError({
    code: 'E_SERVER_ADDRESS',
    message: `server ${name} (${id}) has no address`,
    hint: 'has the network a subnet?',
  });
}
