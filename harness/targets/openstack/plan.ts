import { usageError } from '../../core/errors.ts';
import { suggestion } from '../../core/near-miss.ts';
import type { Cloud } from '../../openstack/cloud.ts';
import type { Flavor } from '../../openstack/compute.ts';
import type { CloudImage } from '../../openstack/image.ts';
import { reaches } from '../../openstack/microversion.ts';
import { resolveName } from '../../openstack/names.ts';
import type { Network } from '../../openstack/network.ts';
import { allowedSources } from './allow-from.ts';
import { type Need, requireQuota } from './quota.ts';

/** What the user wants of the machines; names or ids as they were typed. */
export interface MachineWishes {
  readonly flavor: string;
  /** Of machines that only send load; undefined means the same. */
  readonly generatorFlavor?: string | undefined;
  readonly image: string;
  readonly network: string;
  /** External network from which a floating IP is taken; undefined means none. */
  readonly floatingNetwork: string | undefined;
  readonly availabilityZone: string | undefined;
  readonly configDrive: boolean;
  /** Size of a boot volume of our own; undefined boots from the flavor's disk. */
  readonly bootVolumeGb: number | undefined;
  /** Spread machines over hypervisors where possible. */
  readonly serverGroup: boolean;
  readonly sshUser: string;
  /** `user@host[:port]` */
  readonly sshJump: string | undefined;
  /** CIDRs that may connect; empty means the address from which the APIs are reached. */
  readonly allowFrom: readonly string[];
}

/** The wishes as the cloud can fulfil them. */
export interface MachinePlan {
  readonly wishes: MachineWishes;
  readonly flavor: Flavor;
  readonly generatorFlavor: Flavor;
  readonly image: CloudImage;
  readonly network: Network;
  readonly floatingNetwork: Network | undefined;
  /** CIDRs that may reach port 22. */
  readonly sources: readonly string[];
  /** Servers can be tagged when they are created (Nova 2.52). */
  readonly tagged: boolean;
}

/**
 * Looks up every name and the quota before anything is made.
 *
 * @param machines as many as will exist at the same time
 * @param generators beside them
 * @throws GivreError, exit code 2: `E_FLAVOR_UNKNOWN` and its like with near misses, `E_IMAGE_STATUS`,
 * `E_IMAGE_EMPTY`, `E_FLAVOR_DISK`, `E_ZONE_UNKNOWN`, `E_NO_VOLUMES`, `E_ALLOW_FROM`, `E_QUOTA`.
 */
export async function planMachines(
  cloud: Cloud,
  wishes: MachineWishes,
  machines: number,
  generators = 0,
): Promise<MachinePlan> {
  const [flavors, image, networks, versions] = await Promise.all([
    cloud.compute.listFlavors(),
    findImage(cloud, wishes.image),
    cloud.network.listNetworks(),
    cloud.compute.versions(),
  ]);
  const flavor = resolveName('flavor', wishes.flavor, flavors);
  const generatorFlavor =
    wishes.generatorFlavor === undefined ? flavor : resolveName('generator flavor', wishes.generatorFlavor, flavors);
  const network = resolveName('network', wishes.network, networks);
  const floatingNetwork =
    wishes.floatingNetwork === undefined
      ? undefined
      : resolveName('floating network', wishes.floatingNetwork, externalOnes(networks));
  for (const each of generators === 0 ? [flavor] : [flavor, generatorFlavor]) {
    requireBootable(cloud, wishes, each, image);
  }
  await requireZone(cloud, wishes.availabilityZone);
  const sources = await allowedSources(wishes, cloud.apiHost);
  const tagged = reaches(versions, '2.52');
  const plan = { wishes, flavor, generatorFlavor, image, network, floatingNetwork, sources, tagged };
  await requireQuota(cloud, needOf(plan, machines, generators));
  return plan;
}

async function findImage({ image }: Cloud, wanted: string): Promise<CloudImage> {
  const found = resolveName('image', wanted, await image.listImages());
  const what = `image ${found.name} (${found.id})`;
  if (found.status !== 'active') throw usageError('E_IMAGE_STATUS', `${what} is ${found.status}, not active`);
  if (found.sizeBytes !== 0) return found;
  throw usageError(
    'E_IMAGE_EMPTY',
    `${what} is empty: it names a snapshot of a volume, of which Nova would make volumes that nobody removes`,
    'name an image that was uploaded',
  );
}

/** A network that is not external has no floating IPs; named one, the user gets to see those that have. */
function externalOnes(networks: readonly Network[]): readonly Network[] {
  return networks.filter((it) => it.external);
}

function requireBootable(cloud: Cloud, wishes: MachineWishes, flavor: Flavor, image: CloudImage): void {
  const { bootVolumeGb } = wishes;
  if (bootVolumeGb !== undefined && cloud.volume === undefined) {
    throw usageError('E_NO_VOLUMES', `cloud ${cloud.name} has no block storage`, 'leave out --boot-volume');
  }
  const diskGb = bootVolumeGb ?? flavor.diskGb;
  // A flavor with a disk of 0 takes the size of the image.
  if (diskGb === 0 || diskGb >= image.minDiskGb) return;
  const [what, hint] =
    bootVolumeGb === undefined
      ? [`flavor ${flavor.name} has a disk of`, 'choose a larger flavor, or --boot-volume']
      : ['the boot volume has', 'choose a larger --boot-volume'];
  throw usageError('E_FLAVOR_DISK', `${what} ${diskGb} GB, image ${image.name} needs ${image.minDiskGb} GB`, hint);
}

async function requireZone({ compute }: Cloud, zone: string | undefined): Promise<void> {
  if (zone === undefined) return;
  const zones = await compute.listAvailabilityZones();
  if (zones.includes(zone)) return;
  throw usageError('E_ZONE_UNKNOWN', `the cloud has no availability zone "${zone}"`, suggestion(zone, zones));
}

/** Neutron gives each new security group two rules of its own. */
const RULES_OF_A_GROUP = 2;

/** Of so many machines, and so many generators beside them. */
export function needOf(
  plan: Pick<MachinePlan, 'wishes' | 'flavor' | 'generatorFlavor' | 'floatingNetwork' | 'sources'>,
  machines: number,
  generators: number,
): Need {
  const { wishes, flavor, generatorFlavor } = plan;
  const all = machines + generators;
  return {
    instances: all,
    cores: machines * flavor.vcpus + generators * generatorFlavor.vcpus,
    ramMb: machines * flavor.ramMb + generators * generatorFlavor.ramMb,
    ports: all,
    floatingIps: plan.floatingNetwork === undefined ? 0 : all,
    securityGroups: 1,
    // The gateways are opened for each generator by itself.
    securityGroupRules: RULES_OF_A_GROUP + plan.sources.length + generators,
    serverGroups: wishes.serverGroup ? 1 : 0,
    volumes: wishes.bootVolumeGb === undefined ? 0 : all,
    gigabytes: all * (wishes.bootVolumeGb ?? 0),
  };
}
