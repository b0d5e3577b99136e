import type { NewServer } from './compute.ts';
import type { Holdings } from './creation.ts';
import { CloudError } from './errors.ts';
import type { CloudImage } from './image.ts';
import {
  descriptionOf,
  type Mark,
  markInDescription,
  markInMetadata,
  markInProperties,
  metadataOf,
  nameOf,
  propertiesOf,
  SERVER_TAG,
} from './marks.ts';
import type { FloatingIp, IngressRule, NetworkApi, Port, SecurityGroup } from './network.ts';

/** One function per kind: names, marks, creates, and knows how to find what a lost answer left. */

type MadeServer = Omit<NewServer, 'name' | 'metadata' | 'tags'>;

interface Id {
  readonly id: string;
}

/** `tagged`: the cloud can (Nova 2.52); then lists of servers are short. */
export function makeServer(holdings: Holdings, role: string, server: MadeServer, tagged: boolean): Promise<Id> {
  const { compute } = holdings.cloud;
  const mark = holdings.markFor('server', role);
  const name = nameOf(mark);
  return holdings.make<Id>({
    kind: 'server',
    mark,
    create: () =>
      compute.createServer({ ...server, name, metadata: metadataOf(mark), tags: tagged ? [SERVER_TAG] : [] }),
    find: async () => (await compute.listServers({ name })).filter((it) => isSame(mark, markInMetadata(it.metadata))),
  });
}

export function makePort(
  holdings: Holdings,
  role: string,
  port: { readonly networkId: string; readonly securityGroupIds: readonly string[] },
): Promise<Port> {
  const { network } = holdings.cloud;
  const mark = holdings.markFor('port', role);
  const name = nameOf(mark);
  return holdings.make<Port>({
    kind: 'port',
    mark,
    create: () => network.createPort({ ...port, name, description: descriptionOf(mark) }),
    find: async () =>
      (await network.listPorts({ name })).filter((it) => isSame(mark, markInDescription(it.description))),
  });
}

/** Always a new one: an unattached address of the project may be waiting for somebody else. */
export function makeFloatingIp(
  holdings: Holdings,
  role: string,
  ip: { readonly networkId: string; readonly portId: string },
): Promise<FloatingIp> {
  const { network } = holdings.cloud;
  const mark = holdings.markFor('floating-ip', role);
  return holdings.make<FloatingIp>({
    kind: 'floating-ip',
    mark,
    create: () => network.createFloatingIp({ ...ip, description: descriptionOf(mark) }),
    find: async () => (await network.listFloatingIps()).filter((it) => isSame(mark, markInDescription(it.description))),
  });
}

/** With its rules; Neutron's own for a new group let everything out. */
export async function makeSecurityGroup(
  holdings: Holdings,
  role: string,
  rules: readonly Pick<IngressRule, 'port' | 'cidr'>[],
): Promise<SecurityGroup> {
  const { network } = holdings.cloud;
  const mark = holdings.markFor('security-group', role);
  const name = nameOf(mark);
  const description = descriptionOf(mark);
  const group = await holdings.make<SecurityGroup>({
    kind: 'security-group',
    mark,
    create: () => network.createSecurityGroup({ name, description }),
    find: async () =>
      (await network.listSecurityGroups({ name })).filter((it) => isSame(mark, markInDescription(it.description))),
  });
  for (const rule of rules) await makeRule(network, group, rule);
  return group;
}

/** One more rule of a group, whose mark it bears and with which it goes: it needs no journal. */
export async function makeRule(
  network: NetworkApi,
  { id: securityGroupId, description }: SecurityGroup,
  rule: Pick<IngressRule, 'port' | 'cidr'>,
): Promise<void> {
  await untilAnswered(() => network.createRule({ ...rule, securityGroupId, description }));
}

/** Asked for twice, Neutron says that the rule is there (409). */
async function untilAnswered(create: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await create();
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      if (attempt > 1 && error.code === 'E_CLOUD_CONFLICT') return;
      if (!error.uncertain || attempt === 3) throw error;
    }
  }
}

/** Our own, because a volume that Nova makes for a server has no name, no mark, and stays. */
export function makeVolume(
  holdings: Holdings,
  role: string,
  wanted: { readonly sizeGb: number; readonly imageId: string; readonly availabilityZone?: string | undefined },
): Promise<Id> {
  const { volume } = holdings.cloud;
  if (volume === undefined) throw new Error('the cloud has no block storage; the plan should have said so');
  const mark = holdings.markFor('volume', role);
  const name = nameOf(mark);
  return holdings.make<Id>({
    kind: 'volume',
    mark,
    create: () => volume.createVolume({ ...wanted, name, metadata: metadataOf(mark) }),
    find: async () =>
      (await volume.listVolumes()).filter((it) => it.name === name && isSame(mark, markInMetadata(it.metadata))),
  });
}

/** A snapshot of a server. `properties` stand beside the mark. */
export function makeServerImage(
  holdings: Holdings,
  role: string,
  { serverId, properties }: { readonly serverId: string; readonly properties: Readonly<Record<string, string>> },
): Promise<Id> {
  const { compute, image, projectId } = holdings.cloud;
  const mark = holdings.markFor('image', role);
  const name = nameOf(mark);
  return holdings.make<Id>({
    kind: 'image',
    mark,
    create: async () => ({
      id: await compute.createServerImage(serverId, name, { ...properties, ...propertiesOf(mark) }),
    }),
    find: async (): Promise<readonly CloudImage[]> =>
      (await image.listImages({ name, owner: projectId })).filter((it) =>
        isSame(mark, markInProperties(it.properties)),
      ),
  });
}

/** A server group has no metadata: its name is the mark. */
export function makeServerGroup(holdings: Holdings, role: string): Promise<Id> {
  const { compute } = holdings.cloud;
  const mark = holdings.markFor('server-group', role);
  return holdings.make<Id>({
    kind: 'server-group',
    mark,
    create: () => compute.createServerGroup(descriptionOf(mark), 'soft-anti-affinity'),
    find: async () => (await compute.listServerGroups()).filter((it) => isSame(mark, markInDescription(it.name))),
  });
}

/** The expiry may have been renewed since. */
function isSame(mine: Mark, other: Mark | undefined): boolean {
  return other !== undefined && other.runId === mine.runId && other.role === mine.role;
}
