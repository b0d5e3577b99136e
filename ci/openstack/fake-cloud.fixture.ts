import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { poll } from '../../harness/core/poll.ts';
import type { Cloud } from '../../harness/openstack/cloud.ts';
import { metadataOf, nameOf, SERVER_TAG } from '../../harness/openstack/marks.ts';
import { openCloud } from '../../harness/openstack/open.ts';
import { type FaultyCloud, startFaultyCloud } from './faulty-cloud/cloud.ts';

/** clouds.yaml of a test cloud whose servers have no guests (Nova's fake driver). Without it these tests are skipped. */
export const fakeCloudPath = process.env.GIVRE_TEST_CLOUD_FAKE ?? '';

/** Short pauses, but time enough for a cloud that shares two cores with everything else. */
const testPatience = { requestMs: 60_000, callMs: 60_000, firstPauseMs: 50, attempts: 6 };
/** For faults that only the client's own deadline ends. */
export const hastyPatience = { requestMs: 4_000, callMs: 8_000, firstPauseMs: 50, attempts: 2 };

/** One run's way into the test cloud: through the proxy that goes wrong, and straight. */
export interface TestAccess {
  readonly runId: string;
  /** Another run's id, which begins with `runId`. */
  newRunId(): string;
  readonly faulty: FaultyCloud;
  /** Past the proxy: for looking at what really is there. */
  readonly direct: Cloud;
  /** For `OS_CLIENT_CONFIG_FILE`: all that it says leads through the proxy. */
  readonly cloudsPath: string;
  /** A new client that knows only the proxy. Closed with the access. */
  open(patience?: Partial<typeof testPatience>): Promise<Cloud>;
  /** Everything in the project that has `runId`, or the other one, in its name or description. */
  leftovers(ofRun?: string): Promise<readonly Leftover[]>;
  /** Removes all that and closes everything. */
  close(): Promise<void>;
}

interface Leftover {
  readonly kind: 'server' | 'port' | 'security-group' | 'server-group' | 'image';
  readonly id: string;
  readonly name: string;
}

export async function openTestAccess(cloud = 'tester'): Promise<TestAccess> {
  const runId = `c-${randomHex(5)}`;
  const direct = await openAs(cloud, fakeCloudPath);
  const folder = await mkdtemp(join(tmpdir(), 'givre-faulty-'));
  const cloudsPath = join(folder, 'clouds.yaml');
  const faulty = await startFaultyCloud({ authUrl: await redirectedClouds(cloudsPath, undefined) });
  await redirectedClouds(cloudsPath, faulty.authUrl);
  const opened: Cloud[] = [];
  const leftovers = (ofRun = runId): Promise<readonly Leftover[]> => leftOf(direct, ofRun);
  return {
    runId,
    newRunId: () => `${runId}-${randomHex(3)}`,
    faulty,
    direct,
    cloudsPath,
    async open(patience = {}) {
      const client = await openAs(cloud, cloudsPath, { ...testPatience, ...patience });
      opened.push(client);
      return client;
    },
    leftovers,
    async close() {
      await faulty.close();
      for (const client of opened) await client.close();
      await sweep(direct, leftovers);
      await direct.close();
      await rm(folder, { recursive: true });
    },
  };
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** A client by a clouds file of its own; nothing of this machine's settings counts. */
export async function openAs(cloud: string, path: string, patience = {}): Promise<Cloud> {
  const env = { OS_CLIENT_CONFIG_FILE: path, HOME: '/nonexistent' };
  return await openCloud({ cloud, env, patience, signal: AbortSignal.timeout(60_000) });
}

const cloudsSchema = z.object({
  clouds: z.record(z.string(), z.looseObject({ auth: z.looseObject({ auth_url: z.string() }) })),
});

/** Copies the clouds file with another `auth_url`, and returns the old one. */
async function redirectedClouds(path: string, authUrl: string | undefined): Promise<string> {
  const file = cloudsSchema.parse(parse(await readFile(fakeCloudPath, 'utf8')));
  const entries = Object.values(file.clouds);
  const [old = ''] = entries.map(({ auth }) => auth.auth_url);
  for (const { auth } of entries) auth.auth_url = authUrl ?? old;
  await writeFile(path, stringify(file));
  return old;
}

async function leftOf({ compute, network, image }: Cloud, runId: string): Promise<readonly Leftover[]> {
  const found = await Promise.all([
    compute.listServers().then((all) => all.map((it) => ({ kind: 'server' as const, ...it, text: '' }))),
    network.listPorts().then((all) => all.map((it) => ({ kind: 'port' as const, ...it, text: it.description }))),
    network
      .listSecurityGroups()
      .then((all) => all.map((it) => ({ kind: 'security-group' as const, ...it, text: it.description }))),
    compute.listServerGroups().then((all) => all.map((it) => ({ kind: 'server-group' as const, ...it, text: '' }))),
    image
      .listImages({ visibility: 'private' })
      .then((all) => all.map((it) => ({ kind: 'image' as const, ...it, text: '' }))),
  ]);
  const ours = found.flat().filter(({ name, text }) => `${name} ${text}`.includes(runId));
  return ours.map(({ kind, id, name }) => ({ kind, id, name }));
}

/** Servers before what they hold on to; a security group goes once Neutron has forgotten its ports. */
async function sweep(cloud: Cloud, leftovers: () => Promise<readonly Leftover[]>): Promise<void> {
  await poll(
    async () => {
      const left = await leftovers();
      if (left.length === 0) return { done: true, value: undefined };
      const servers = left.filter(({ kind }) => kind === 'server');
      await Promise.allSettled((servers.length > 0 ? servers : left).map((it) => removeOne(cloud, it)));
      return { done: false, seen: left.map(({ kind, name }) => `${kind} ${name}`).join(', ') };
    },
    { what: 'the test’s resources to be gone', deadlineMs: 120_000, everyMs: 500 },
  );
}

function removeOne({ compute, network, image }: Cloud, { kind, id }: Leftover): Promise<void> {
  switch (kind) {
    case 'server':
      return compute.deleteServer(id);
    case 'port':
      return network.deletePort(id);
    case 'security-group':
      return network.deleteSecurityGroup(id);
    case 'server-group':
      return compute.deleteServerGroup(id);
    case 'image':
      return image.deleteImage(id);
  }
}

/** What every server of these tests is made of. */
export interface Ingredients {
  readonly networkId: string;
  readonly imageId: string;
  readonly flavorId: string;
}

export async function ingredients({ network, image, compute }: Cloud): Promise<Ingredients> {
  const [networks, images, flavors] = await Promise.all([
    network.listNetworks(),
    image.listImages({ name: 'debian-12' }),
    compute.listFlavors(),
  ]);
  const idOf = (what: string, all: readonly { id: string; name: string }[], name: string): string => {
    const found = all.find((it) => it.name === name);
    if (found === undefined) throw new Error(`the test cloud has no ${what} "${name}"`);
    return found.id;
  };
  return {
    networkId: idOf('network', networks, 'public'),
    imageId: idOf('image', images, 'debian-12'),
    flavorId: idOf('flavor', flavors, 'm1.tiny'),
  };
}

/** What to ask of Nova for a small server with our marks. */
export function smallServer(runId: string, role: string, { imageId, flavorId }: Ingredients, portId: string) {
  const mark = { runId, role, machine: 'test', expiresAtSeconds: Math.floor(Date.now() / 1000) + 3600 };
  return {
    name: nameOf(mark),
    imageId,
    flavorId,
    portIds: [portId],
    userData: '#cloud-config\n',
    metadata: metadataOf(mark),
    tags: [SERVER_TAG],
  };
}
