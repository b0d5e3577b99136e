import type { Cloud } from './cloud.ts';
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

/** Everything in the project that carries our mark, of any run. */
export async function listMarked(cloud: Cloud): Promise<readonly MarkedResource[]> {
  return (await Promise.all(resourceKinds.map((kind) => listKind(cloud, kind)))).flat();
}

/** What is left of one run; what shall outlive it does not count. */
export async function auditRun(cloud: Cloud, runId: string): Promise<readonly MarkedResource[]> {
  return (await listMarked(cloud)).filter((it) => it.mark.runId === runId && !it.lasting);
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

async function rawOfKind(cloud: Cloud, kind: ResourceKind, name: string | undefined): Promise<readonly Raw[]> {
  const filter = name === undefined ? undefined : { name };
  switch (kind) {
    case 'server': {
      const servers = await cloud.compute.listServers(filter);
      // A list may still show what was deleted while it was made.
      const there = servers.filter(({ status }) => status !== 'DELETED' && status !== 'SOFT_DELETED');
      return there.map(({ id, name: called, status, metadata }) => {
        return { id, name: called, status, mark: markInMetadata(metadata) };
      });
    }
    case 'port': {
      const ports = await cloud.network.listPorts(filter);
      return ports.map(({ id, name: called, status, description }) => {
        return { id, name: called, status, mark: markInDescription(description) };
      });
    }
    case 'floating-ip': {
      const addresses = await cloud.network.listFloatingIps();
      return addresses.map(({ id, address, description }) => ({
        id,
        name: undefined,
        status: address,
        mark: markInDescription(description),
      }));
    }
    case 'volume': {
      const volumes = (await cloud.volume?.listVolumes()) ?? [];
      return volumes.map(({ id, name: called, status, metadata }) => {
        return { id, name: called, status, mark: markInMetadata(metadata) };
      });
    }
    case 'image': {
      const images = await cloud.image.listImages({ ...filter, owner: cloud.projectId });
      return images.map(({ id, name: called, status, properties }) => {
        return { id, name: called, status, mark: markInProperties(properties), lasting: isLasting(properties) };
      });
    }
    case 'security-group': {
      const groups = await cloud.network.listSecurityGroups(filter);
      return groups.map(({ id, name: called, description }) => {
        return { id, name: called, status: '', mark: markInDescription(description) };
      });
    }
    case 'server-group': {
      const groups = await cloud.compute.listServerGroups();
      return groups.map(({ id, name: called }) => {
        const mark = markInDescription(called);
        return { id, name: mark === undefined ? called : nameOf(mark), status: '', mark };
      });
    }
  }
}
