import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Behaviour, type CloudServer, PROJECT, sayJson, startCloudServer } from './cloud-server.fixture.ts';

/**
 * A project that keeps what it is asked to make, with Nova's and Cinder's rules for volumes: one in use, or with
 * snapshots, cannot be deleted; an image of a server that boots from a volume has nothing in it but the name of a
 * snapshot, which Nova makes beside it and marks with nothing. For clouds that do not run in our tests.
 */
export interface ProjectCloud extends CloudServer {
  /** What there is, by the last part of its collection's path: `ports`, `os-server-groups`, `volumes`, `snapshots`. */
  readonly kept: (collection: string) => ReadonlyMap<string, Kept>;
  /** Puts something there, as if somebody else had made it. */
  keep(collection: string, one: Kept): void;
  /** From now on, requests with this method whose path ends like this are answered so. */
  answer(method: string, path: string, behaviour: Behaviour): void;
}

type Asked = Parameters<Behaviour>[0];
type Kept = Readonly<Record<string, unknown>> & { readonly id: string };

/** Collection → the field of its answers that holds one, and the one that holds all. */
const FIELDS: Readonly<Record<string, readonly [one: string, all: string]>> = {
  servers: ['server', 'servers'],
  flavors: ['flavor', 'flavors'],
  'os-server-groups': ['server_group', 'server_groups'],
  networks: ['network', 'networks'],
  ports: ['port', 'ports'],
  floatingips: ['floatingip', 'floatingips'],
  'security-groups': ['security_group', 'security_groups'],
  'security-group-rules': ['security_group_rule', 'security_group_rules'],
  volumes: ['volume', 'volumes'],
  snapshots: ['snapshot', 'snapshots'],
  images: ['', 'images'],
};

/** What each service adds to what it was given. */
const BORN: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  servers: { status: 'ACTIVE', addresses: { net: [{ addr: '127.0.0.1' }] } },
  ports: { status: 'DOWN', fixed_ips: [{ ip_address: '127.0.0.1' }] },
  floatingips: { floating_ip_address: '192.0.2.1' },
  volumes: { status: 'creating' },
  images: { status: 'active', visibility: 'private', owner: PROJECT, created_at: '2026-01-01T00:00:00Z' },
};

const PATH =
  /^\/(?:compute\/v2\.1|network\/v2\.0|image\/v2|volume\/v3\/[0-9a-f]+)\/([a-z-]+)(?:\/detail|\/([^/?]+))?(\/action)?(?:\?|$)/;

export async function startProjectCloud(): Promise<ProjectCloud> {
  const things = new Map<string, Map<string, Kept>>();
  const of = (collection: string): Map<string, Kept> => {
    const found = things.get(collection) ?? new Map<string, Kept>();
    things.set(collection, found);
    return found;
  };
  const change = (collection: string, id: string, fields: Readonly<Record<string, unknown>>): void => {
    const one = of(collection).get(id);
    if (one !== undefined) of(collection).set(id, { ...one, ...fields });
  };
  const answers: { method: string; path: string; behaviour: Behaviour }[] = [];
  const server = await startCloudServer((asked, response) => {
    const path = asked.url.split('?')[0] ?? '';
    const own = answers.findLast((it) => it.method === asked.method && path.endsWith(it.path));
    if (own !== undefined) return own.behaviour(asked, response);
    const limits = limitsOf(path);
    if (limits !== undefined) return sayJson(response, 200, limits);
    const [, collection = '', id, action] = PATH.exec(asked.url) ?? [];
    const fields = FIELDS[collection];
    if (fields === undefined) return false;
    const place = { of, change, collection, id, fields };
    if (action !== undefined) return act(asked, place, response);
    if (asked.method === 'POST') return create(asked, place, response);
    if (asked.method === 'DELETE') return remove(place, response);
    return id === undefined ? list(place, response) : show(asked, place, response);
  });
  return {
    ...server,
    kept: of,
    keep: (collection, one) => void of(collection).set(one.id, { ...BORN[collection], ...one }),
    answer: (method, path, behaviour) => void answers.push({ method, path, behaviour }),
  };
}

/** What a run needs to be planned: names to choose from. */
export function furnish(cloud: ProjectCloud): void {
  cloud.keep('flavors', { id: 'f1', name: 'small', vcpus: 1, ram: 1_024, disk: 10 });
  cloud.keep('networks', { id: 'n1', name: 'private', mtu: 1_450 });
  cloud.keep('images', { id: 'base', name: 'debian-12', visibility: 'public', size: 4_096, checksum: 'c0ffee' });
}

interface Place {
  readonly of: (collection: string) => Map<string, Kept>;
  readonly change: (collection: string, id: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly collection: string;
  readonly id: string | undefined;
  readonly fields: readonly [one: string, all: string];
}

const bodySchema = z.record(z.string(), z.unknown());
const bootSchema = z.array(z.looseObject({ uuid: z.string() })).default([]);

function create(asked: Asked, { of, change, collection, fields: [one] }: Place, response: ServerResponse): true {
  const given = bodySchema.parse(bodySchema.parse(JSON.parse(asked.body))[one]);
  const made: Kept = { ...given, ...BORN[collection], id: randomUUID() };
  of(collection).set(made.id, made);
  for (const { uuid } of bootSchema.parse(given.block_device_mapping_v2)) {
    change('volumes', uuid, { status: 'in-use', usedBy: made.id });
  }
  return sayJson(response, 201, { [one]: made });
}

function list({ of, collection, fields: [, all] }: Place, response: ServerResponse): true {
  return sayJson(response, 200, { [all]: [...of(collection).values()] });
}

/** Whoever looks at a new volume once finds it ready the next time. */
function show(asked: Asked, place: Place, response: ServerResponse): boolean {
  const { of, change, collection, id = '', fields } = place;
  const found = of(collection).get(id);
  if (found === undefined) return false;
  if (asked.method === 'PATCH') {
    const patch = z.array(z.object({ path: z.string(), value: z.unknown() })).parse(JSON.parse(asked.body));
    change(collection, id, Object.fromEntries(patch.map(({ path, value }) => [path.slice(1), value])));
  }
  if (found.status === 'creating') change(collection, id, { status: 'available' });
  return sayJson(response, 200, fields[0] === '' ? found : { [fields[0]]: found });
}

function remove({ of, change, collection, id = '' }: Place, response: ServerResponse): boolean {
  const found = of(collection).get(id);
  if (found === undefined) return false;
  const hasSnapshots = [...of('snapshots').values()].some((it) => it.volume_id === id);
  if (collection === 'volumes' && (found.status === 'in-use' || hasSnapshots)) {
    const message = `Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.`;
    return sayJson(response, 400, { badRequest: { code: 400, message } });
  }
  of(collection).delete(id);
  for (const volume of of('volumes').values()) {
    if (volume.usedBy === id) change('volumes', volume.id, { status: 'available', usedBy: undefined });
  }
  response.writeHead(204).end();
  return true;
}

const createImageSchema = z.object({
  createImage: z.object({ name: z.string(), metadata: z.record(z.string(), z.string()) }).optional(),
});

function act(asked: Asked, { of, change, id = '' }: Place, response: ServerResponse): true {
  const { createImage } = createImageSchema.parse(JSON.parse(asked.body));
  if (createImage === undefined) {
    change('servers', id, { status: 'SHUTOFF' });
    response.writeHead(202).end();
    return true;
  }
  const volume = [...of('volumes').values()].find((it) => it.usedBy === id);
  const image: Kept = {
    ...createImage.metadata,
    ...BORN.images,
    id: randomUUID(),
    name: createImage.name,
    size: 4_096,
  };
  of('images').set(image.id, volume === undefined ? image : { ...image, size: 0 });
  if (volume !== undefined) {
    const snapshot = { id: randomUUID(), name: `snapshot for ${createImage.name}`, volume_id: volume.id };
    of('snapshots').set(snapshot.id, snapshot);
  }
  return sayJson(response, 202, { image_id: image.id });
}

/** Room for everything. */
function limitsOf(path: string): object | undefined {
  if (path.endsWith('/details')) {
    const quota = { limit: -1, used: 0, reserved: 0 };
    return { quota: { port: quota, security_group: quota, security_group_rule: quota, floatingip: quota } };
  }
  if (!path.endsWith('/limits')) return undefined;
  const most = ['maxTotalInstances', 'maxTotalCores', 'maxTotalRAMSize', 'maxTotalVolumes', 'maxTotalVolumeGigabytes'];
  const used = ['totalInstancesUsed', 'totalCoresUsed', 'totalRAMUsed', 'totalVolumesUsed', 'totalGigabytesUsed'];
  return { limits: { absolute: Object.fromEntries([...most.map((it) => [it, -1]), ...used.map((it) => [it, 0])]) } };
}
