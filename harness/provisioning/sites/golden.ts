import { GivreError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/owned.ts';
import { type Look, poll } from '../../core/poll.ts';
import { publish } from '../../functions/registry.ts';
import type { Cloud } from '../../openstack/cloud.ts';
import { openHoldings } from '../../openstack/creation.ts';
import { expiryAfter } from '../../openstack/expiry.ts';
import type { CloudImage } from '../../openstack/image.ts';
import { isLasting, markInProperties, propertiesOf } from '../../openstack/marks.ts';
import { makeServerImage } from '../../openstack/resources.ts';
import { installBundle } from '../../targets/bundle.ts';
import type { OpenstackMachine } from '../../targets/openstack/machine.ts';
import { sealMachine } from '../../targets/seal.ts';
import { enableServices } from '../../targets/systemd-host.ts';
import { FLOOR_REPOSITORY } from '../artifacts/functions.ts';
import type { RunImages } from '../artifacts/images.ts';
import type { ObtainedPlatform } from '../platforms.ts';
import { goldenKey } from './golden-key.ts';
import type { OpenstackParts } from './openstack-parts.ts';
import type { SiteWork } from './site.ts';

/** What says which content an image has; in Glance's properties. */
const KEY = 'givre_golden';
/** An image that no run has used for so long is the reaper's. */
const LIFE_SECONDS = 14 * 24 * 3600;
const SNAPSHOT_MS = 900_000;
const STOP_MS = 180_000;

/** An image with the platform and our own programs on it: made once, booted many times, whatever runs measure on it. */
export async function goldenImage(
  parts: OpenstackParts,
  platform: ObtainedPlatform,
  images: RunImages,
  work: SiteWork,
): Promise<CloudImage> {
  const key = await goldenKey(parts.plan.image, platform, images);
  const found = await unlessAborted(findGolden(parts.cloud, key), work.signal);
  const image = found ?? (await makeGolden(parts, platform, images, key, work));
  if (found !== undefined) {
    work.progress(`boots from image ${found.name}, which has the platform on it`);
    await keepLonger(parts.cloud, found);
  }
  return image;
}

/** Never by name alone: it must be ours by owner, visibility and mark, and whole; of size 0 it is none. The newest of several. */
async function findGolden(cloud: Cloud, key: string): Promise<CloudImage | undefined> {
  const owner = cloud.projectId;
  const listed = await cloud.image.listImages({ owner, visibility: 'private', properties: { [KEY]: key } });
  const whole = listed.filter(
    ({ status, sizeBytes, properties, owner: theirs, visibility }) =>
      status === 'active' &&
      (sizeBytes ?? 0) > 0 &&
      properties[KEY] === key &&
      isLasting(properties) &&
      theirs === owner &&
      visibility === 'private',
  );
  return whole.sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0];
}

async function makeGolden(
  parts: OpenstackParts,
  platform: ObtainedPlatform,
  { bundle, floor }: RunImages,
  key: string,
  { scope, signal, progress }: SiteWork,
): Promise<CloudImage> {
  if (bundle === undefined) throw new Error('a machine image was planned without the bundle');
  const began = performance.now();
  return await scope.within('openstack machine that an image is made of', async (own) => {
    const machine = await parts.target.acquireMachine(own, 'golden', signal);
    const { host } = machine;
    // Not what the machine goes by itself: that must not be on the image.
    await parts.leases.keepMarks(host.leases, own);
    await installBundle({ host, bundle, signal, progress });
    await platform.platform.install(own, host, signal, progress);
    await publish(floor.id, { registryHost: host.address(5000), repository: FLOOR_REPOSITORY, signal });
    await enableServices(host);
    await sealMachine(host, platform.platform.secrets);
    progress('taking an image of the machine, for this and later runs');
    const image = await snapshot(parts, machine, key, { scope, signal, progress });
    progress(`image ${image.name} made after ${((performance.now() - began) / 1000).toFixed(0)} s`);
    return image;
  });
}

async function snapshot(
  { cloud, holdingsOptions }: OpenstackParts,
  { server }: OpenstackMachine,
  key: string,
  { scope, signal }: SiteWork,
): Promise<CloudImage> {
  await cloud.compute.stopServer(server.id);
  await poll(() => unlessAborted(stopped(cloud, server.id), signal), {
    what: `${server.name} to stop`,
    deadlineMs: STOP_MS,
    everyMs: 500,
    signal,
  });
  const holdings = await openHoldings(scope, 'openstack image in the making', holdingsOptions);
  const { id } = await makeServerImage(holdings, 'golden', { serverId: server.id, properties: { [KEY]: key } });
  const image = await poll(() => unlessAborted(active(cloud, id, server.id), signal), {
    what: `image ${id} to become active`,
    deadlineMs: SNAPSHOT_MS,
    everyMs: 1_000,
    signal,
  });
  await keepLonger(cloud, image);
  await holdings.release(id);
  return image;
}

/** Marks it as one that outlives its run, for as long as runs use it. */
async function keepLonger(cloud: Cloud, { id, properties }: CloudImage): Promise<void> {
  const mark = markInProperties(properties);
  if (mark === undefined) throw new Error(`image ${id} has lost its mark`);
  const expiresAtSeconds = expiryAfter(cloud, LIFE_SECONDS);
  await cloud.image.setImageProperties(id, propertiesOf({ ...mark, expiresAtSeconds }, true));
}

async function stopped({ compute }: Cloud, id: string): Promise<Look<void>> {
  const server = await compute.getServer(id);
  if (server?.status === 'SHUTOFF') return { done: true, value: undefined };
  if (server !== undefined && server.status !== 'ERROR') {
    return { done: false, seen: `${server.status}${server.taskState === null ? '' : `, ${server.taskState}`}` };
  }
  throw snapshotFailure(`the server is ${server?.status ?? 'gone'}`, server?.fault?.message);
}

/** Nova answers before it begins, and removes the image again when it fails. */
async function active({ image, compute }: Cloud, id: string, serverId: string): Promise<Look<CloudImage>> {
  const found = await image.getImage(id);
  if (found?.status === 'active' && (found.sizeBytes ?? 0) > 0) return { done: true, value: found };
  if (found?.status === 'active') throw snapshotFailure('the image is empty', 'the server boots from a volume');
  if (found !== undefined && found.status !== 'killed' && found.status !== 'deleted') {
    return { done: false, seen: found.status };
  }
  throw snapshotFailure(`the image is ${found?.status ?? 'gone'}`, await compute.lastActionError(serverId));
}

function snapshotFailure(what: string, reason: string | undefined): GivreError {
  return new GivreError({
    code: 'E_SNAPSHOT',
    message: `no image of the installed machine could be made: ${what}${reason === undefined ? '' : `: ${reason}`}`,
    hint: 'without one: --no-golden (then not with level L4)',
  });
}
