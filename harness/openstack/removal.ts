import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError, messageOf } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { Cloud } from './cloud.ts';
import { CloudError } from './errors.ts';
import { describeResource, statesOfKind } from './inventory.ts';
import type { ResourceKind } from './marks.ts';
import type { ServerPoller } from './poller.ts';

/** Something to remove, by its id. The name is for messages. */
export interface Doomed {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly name: string;
}

interface RemovalWork {
  readonly cloud: Cloud;
  readonly poller: ServerPoller;
  /** Called for each thing once the service no longer has it. */
  readonly onGone?: ((doomed: Doomed) => Promise<void>) | undefined;
  /** What the user should know though it is no failure. */
  readonly onNote?: ((line: string) => void) | undefined;
  /** For everything of one kind together, in milliseconds. */
  readonly deadlineMs?: number | undefined;
}

export interface RemovalFailure {
  readonly doomed: Doomed;
  /** The service's last words, or what was last seen. */
  readonly why: string;
}

const DEADLINE_MS = 180_000;
/** Once something could not be removed, what depends on it gets no more than this. */
const DEADLINE_AFTER_FAILURE_MS = 10_000;
/** A service that said yes and did nothing is asked again after this. */
const ASK_AGAIN_MS = 5_000;
/** Nova takes its time, and answers a second DELETE like the first. */
const ASK_NOVA_AGAIN_MS = 30_000;
const LOOK_EVERY_MS = 500;

/** What holds another one comes first; all of one kind go at the same time. */
const ORDER: readonly ResourceKind[] = [
  'floating-ip',
  'server',
  'port',
  'volume',
  'image',
  'security-group',
  'server-group',
];

/** Removes things by their ids and sees for itself that they are gone. Never throws; what is left is the answer. */
export async function removeAll(doomed: readonly Doomed[], work: RemovalWork): Promise<readonly RemovalFailure[]> {
  const failures: RemovalFailure[] = [];
  for (const kind of ORDER) {
    const deadlineMs = Math.min(
      work.deadlineMs ?? DEADLINE_MS,
      failures.length > 0 ? DEADLINE_AFTER_FAILURE_MS : Number.POSITIVE_INFINITY,
    );
    const ofKind = doomed.filter((it) => it.kind === kind);
    if (ofKind.length > 0) failures.push(...(await removeKind(kind, ofKind, work, deadlineMs)));
  }
  return failures;
}

/** The error for what {@link removeAll} could not remove; exit code 5. */
export function leftError(failures: readonly RemovalFailure[]): GivreError {
  const list = failures.map(({ doomed, why }) => `${describeResource({ ...doomed, status: '' })}: ${why}`);
  return new GivreError({
    code: 'E_CLOUD_LEFT',
    message: `still in the project: ${list.join('; ')}`,
    hint: 'try again later: npm run reap -- --target openstack --yes',
    exitCode: exitCodes.leftBehind,
  });
}

/** One of several that are on their way out. */
interface Leaving {
  readonly doomed: Doomed;
  askAtMs: number;
  refusal: string | undefined;
}

async function removeKind(
  kind: ResourceKind,
  all: readonly Doomed[],
  work: RemovalWork,
  deadlineMs: number,
): Promise<readonly RemovalFailure[]> {
  const endMs = performance.now() + deadlineMs;
  let left: readonly Leaving[] = all.map((doomed) => ({ doomed, askAtMs: 0, refusal: undefined }));
  for (;;) {
    await Promise.all(left.filter((it) => it.askAtMs <= performance.now()).map((it) => ask(it, work.cloud)));
    const patienceMs = Math.min(ASK_NOVA_AGAIN_MS, Math.max(0, endMs - performance.now()));
    const there = await stillThere(kind, left, work, patienceMs);
    // Absence alone proves nothing while the service refuses: its lists may lag behind.
    const isGone = ({ doomed, refusal }: Leaving): boolean => !there.has(doomed.id) && refusal === undefined;
    for (const { doomed } of left.filter(isGone)) await sayGone(doomed, work);
    left = left.filter((it) => !isGone(it));
    if (left.length === 0) return [];
    if (performance.now() >= endMs) {
      return left.map(({ doomed, refusal }) => ({ doomed, why: refusal ?? there.get(doomed.id) ?? '' }));
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** What is in the way of a refusal (409) may pass: the next look is followed by the next question. */
async function ask(leaving: Leaving, cloud: Cloud): Promise<void> {
  leaving.refusal = await askToRemove(leaving.doomed, cloud);
  if (leaving.refusal === undefined) leaving.askAtMs = performance.now() + ASK_AGAIN_MS;
}

async function sayGone(doomed: Doomed, { onGone, onNote }: RemovalWork): Promise<void> {
  // What cannot be noted down is gone all the same.
  await onGone?.(doomed).catch((error: unknown) =>
    onNote?.(`could not note that ${doomed.name} is gone: ${messageOf(error)}`),
  );
}

/** By id, what the service still shows of these, with its state; an answer that does not come is no absence. */
async function stillThere(
  kind: ResourceKind,
  left: readonly Leaving[],
  work: RemovalWork,
  patienceMs: number,
): Promise<ReadonlyMap<string, string>> {
  const ids = left.map((it) => it.doomed.id);
  if (kind === 'server') return await serversThere(left, work, patienceMs);
  try {
    const states = await statesOfKind(work.cloud, kind);
    return new Map(ids.flatMap((id) => (states.has(id) ? [[id, `it is still there ${states.get(id)}`]] : [])));
  } catch (error) {
    return new Map(ids.map((id) => [id, messageOf(error)]));
  }
}

async function serversThere(
  left: readonly Leaving[],
  { poller, onNote }: RemovalWork,
  patienceMs: number,
): Promise<ReadonlyMap<string, string>> {
  const there = new Map<string, string>();
  await Promise.all(
    left.map(async ({ doomed: { id, name }, refusal }) => {
      try {
        const how = await poller.gone(id, { deadlineMs: refusal === undefined ? patienceMs : 0 });
        if (how === 'soft-deleted')
          onNote?.(`server ${name} (${id}) is deleted; the cloud keeps it for a while (SOFT_DELETED)`);
      } catch (error) {
        there.set(id, messageOf(error));
      }
    }),
  );
  return there;
}

/** Undefined when the service agreed (404 is agreement); else its words. A 409 may pass: whatever it was is tried again. */
async function askToRemove({ kind, id }: Doomed, cloud: Cloud): Promise<string | undefined> {
  try {
    await deleteById(cloud, kind, id);
    return undefined;
  } catch (error) {
    if (error instanceof CloudError && error.status === 404) return undefined;
    return messageOf(error);
  }
}

async function deleteById({ compute, network, image, volume }: Cloud, kind: ResourceKind, id: string): Promise<void> {
  switch (kind) {
    case 'server':
      return await compute.deleteServer(id);
    case 'port':
      return await network.deletePort(id);
    case 'floating-ip':
      return await network.deleteFloatingIp(id);
    case 'volume':
      return await volume?.deleteVolume(id);
    case 'image':
      return await image.deleteImage(id);
    case 'security-group':
      return await network.deleteSecurityGroup(id);
    case 'server-group':
      return await compute.deleteServerGroup(id);
  }
}
