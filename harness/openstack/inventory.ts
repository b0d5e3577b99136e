import { messageOf } from '../core/errors.ts';
import type { Cloud } from './cloud.ts';
import { orUndefined } from './errors.ts';
import {
  isLasting,
  type Mark,
  markInDescription,
  markInMetadata,
  markInProperties,
  nameOf,
  type ResourceKind,
  resourceKinds,
} from './marks.ts';

/** One thing in the project that carries our mark. */
export interface MarkedResource {
  readonly kind: ResourceKind;
  readonly id: string;
  /** As it was given; a floating IP, which has none, is called by its mark. */
  readonly name: string;
  readonly mark: Mark;
  /** The service's word for its state, for messages. */
  readonly status: string;
  /** Shall outlive its run: an image with a platform on it. */
  readonly lasting: boolean;
}

/** A kind of which nobody knows what there is: its service did not answer, or did not let us look. */
export interface Unseen {
  readonly kind: ResourceKind;
  readonly why: string;
}

/** What was found, and what could not be looked for: that is neither there nor gone. */
export interface Inventory {
  readonly marked: readonly MarkedResource[];
  readonly unseen: readonly Unseen[];
}

/** Everything in the project that carries our mark, of any run. One kind that cannot be listed hides no other. */
export async function listMarked(cloud: Cloud): Promise<Inventory> {
  const listed = await Promise.allSettled(resourceKinds.map((kind) => listKind(cloud, kind)));
  const unseen = listed.flatMap((it, index) => {
    const kind = resourceKinds[index];
    return it.status === 'rejected' && kind !== undefined ? [{ kind, why: messageOf(it.reason) }] : [];
  });
  return { marked: listed.flatMap((it) => (it.status === 'fulfilled' ? it.value : [])), unseen };
}

/** What is left of one run; what shall outlive it does not count. */
export async function auditRun(cloud: Cloud, runId: string): Promise<Inventory> {
  const { marked, unseen } = await listMarked(cloud);
  return { marked: marked.filter((it) => it.mark.runId === runId && !it.lasting), unseen };
}

/** `server groups cannot be listed: …`: for messages. */
export function describeUnseen({ kind, why }: Unseen): string {
  return `${kind.replaceAll('-', ' ')}s cannot be listed: ${why}`;
}

/** `server givre-… (1f0c…, ACTIVE)`: for messages. */
export function describeResource({ kind, name, id, status }: Pick<MarkedResource, 'kind' | 'name' | 'id' | 'status'>) {
  return `${kind.replaceAll('-', ' ')} ${name} (${id}${status === '' ? '' : `, ${status}`})`;
}

/** All of one kind that carry our mark; `name` (exact) makes the question smaller where the service can. */
async function listKind(cloud: Cloud, kind: ResourceKind, name?: string): Promise<readonly MarkedResource[]> {
  const found = await rawOfKind(cloud, kind, name);
  return found.flatMap(({ mark, ...rest }) => {
    if (mark === undefined) return [];
    const resource = { kind, lasting: false, ...rest, mark, name: rest.name ?? nameOf(mark) };
    return name === undefined || resource.name === name ? [resource] : [];
  });
}

/** By id, the state of everything of one kind in the project, ours or not. */
export async function statesOfKind(cloud: Cloud, kind: ResourceKind): Promise<ReadonlyMap<string, string>> {
  return new Map((await rawOfKind(cloud, kind, undefined)).map(({ id, status }) => [id, status]));
}

interface Raw {
  readonly id: string;
  readonly name: string | undefined;
  readonly status: string;
  readonly mark: Mark | undefined;
  readonly lasting?: boolean;
}

/**
 * What only some clouds have: routers with floating IPs and security groups are extensions of Neutron's, and Nova's
 * groups may be switched off. There a collection that does not exist (404) has nothing in it; elsewhere such an answer
 * says that the endpoint is wrong.
 */
const OPTIONAL: readonly ResourceKind[] = ['floating-ip', 'security-group', 'server-group', 'volume'];

async function rawOfKind(cloud: Cloud, kind: ResourceKind, name: string | undefined): Promise<readonly Raw[]> {
  const asked = askForKind(cloud, kind, name);
  return OPTIONAL.includes(kind) ? ((await orUndefined(asked)) ?? []) : await asked;
}

async function askForKind(cloud: Cloud, kind: ResourceKind, name: string | undefined): Promise<readonly Raw[]> {
  return await listers[kind](cloud, name === undefined ? undefined : { name });
}

type Lister = (cloud: Cloud, filter: { readonly name: string } | undefined) => Promise<readonly Raw[]>;

const listers: Readonly<Record<ResourceKind, Lister>> = {
  async server(cloud, filter) {
    const servers = await cloud.compute.listServers(filter);
    // A list may still show what was deleted while it was made.
    const there = servers.filter(({ status }) => status !== 'DELETED' && status !== 'SOFT_DELETED');
    return there.map(({ id, name, status, metadata }) => ({ id, name, status, mark: markInMetadata(metadata) }));
  },
  async port(cloud, filter) {
    const ports = await cloud.network.listPorts(filter);
    return ports.map(({ id, name, status, description }) => {
      return { id, name, status, mark: markInDescription(description) };
    });
  },
  async 'floating-ip'(cloud) {
    const addresses = await cloud.network.listFloatingIps();
    return addresses.map(({ id, address, description }) => {
      return { id, name: undefined, status: address, mark: markInDescription(description) };
    });
  },
  async volume(cloud) {
    const volumes = (await cloud.volume?.listVolumes()) ?? [];
    return volumes.map(({ id, name, status, metadata }) => ({ id, name, status, mark: markInMetadata(metadata) }));
  },
  async image(cloud, filter) {
    const images = await cloud.image.listImages({ ...filter, owner: cloud.projectId });
    return images.map(({ id, name, status, properties }) => {
      return { id, name, status, mark: markInProperties(properties), lasting: isLasting(properties) };
    });
  },
  async 'security-group'(cloud, filter) {
    const groups = await cloud.network.listSecurityGroups(filter);
    return groups.map(({ id, name, description }) => {
      return { id, name, status: '', mark: markInDescription(description) };
    });
  },
  async 'server-group'(cloud) {
    const groups = await cloud.compute.listServerGroups();
    return groups.map(({ id, name: called }) => {
      const mark = markInDescription(called);
      return { id, name: mark === undefined ? called : nameOf(mark), status: '', mark };
    });
  },
};
