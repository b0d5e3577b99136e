import { setTimeout as sleep } from 'node:timers/promises';
import { managementRequest } from '../../agent/management-request.ts';
import type { HttpRequest } from '../../agent/protocol.ts';
import type { Deployable } from '../../api/deployable.ts';
import type { BaseSystem, ColdStartOutcome } from '../../api/system.ts';
import { messageOf } from '../../core/errors.ts';
import { FUNCTION_NAMESPACE } from '../../core/platform.ts';
import { removeIfThere } from '../../platforms/gateway-removal.ts';
import type { Level } from '../../runs/schema.ts';
import { countContamination, invocationOf, type SystemParts, stealBetween } from '../parts.ts';
import { evaluate } from './evaluate.ts';
import { machineStart } from './machine.ts';
import { notSent } from './not-sent.ts';
import type { BlobEvidence } from './proof.ts';
import { WATCH } from './watch.ts';

interface LevelParts extends SystemParts {
  readonly system: Pick<BaseSystem, 'deploy'>;
}

/** Makes a function cold, wakes it, and evaluates what was seen. A start that fails is a sample like any other. */
export async function coldStart(parts: LevelParts, deployable: Deployable, level: Level): Promise<ColdStartOutcome> {
  if (level === 'L4') return await machineStart(parts, deployable);
  const { agent, installation, signal } = parts;
  // Counted before the function is made cold: a task that was just killed has not leaked anything yet.
  const contamination = await countContamination(agent);
  let prepared: Prepared;
  try {
    prepared = await prepare(parts, deployable, level);
  } catch (error) {
    signal.throwIfAborted();
    return notSent(`the function could not be made cold: ${messageOf(error)}`, 'harness');
  }
  await sleep(parts.cacheWaitMs, undefined, { signal });
  const pressureBefore = await agent.pressure();
  const measurement = await agent.measure({
    namespace: FUNCTION_NAMESPACE,
    container: deployable.name,
    trigger: prepared.trigger,
    invoke: invocationOf(installation, deployable),
    expect: deployable.expect,
    pollSpacingMs: parts.pollSpacingMs,
    deadlineMs: parts.deadlineMs,
    watch: WATCH,
  });
  const stealShare = stealBetween(pressureBefore, await agent.pressure());
  const blobs = prepared.blobs === null ? null : await compareBlobs(parts, prepared.blobs);
  return evaluate(measurement, level, { blobs, contamination, stealShare });
}

interface OwnBlobs {
  readonly absentBefore: readonly string[];
}

interface Prepared {
  /** The request whose sending starts the clock; null when it is the invocation itself. */
  readonly trigger: HttpRequest | null;
  readonly blobs: OwnBlobs | null;
}

async function prepare(parts: LevelParts, deployable: Deployable, level: Exclude<Level, 'L4'>): Promise<Prepared> {
  switch (level) {
    case 'L0':
      await ensureRunning(parts, deployable);
      await pauseFunction(parts, deployable);
      return { trigger: null, blobs: null };
    case 'L1':
      await ensureRunning(parts, deployable);
      await parts.agent.kill({ namespace: FUNCTION_NAMESPACE, id: deployable.name, signal: 9, deadlineMs: 5_000 });
      return { trigger: null, blobs: null };
    case 'L2':
      await removeIfThere(parts, deployable);
      return { trigger: deployRequest(parts, deployable), blobs: null };
    case 'L3':
      await removeIfThere(parts, deployable);
      return { trigger: deployRequest(parts, deployable), blobs: await removeImage(parts, deployable) };
  }
}

/** After a failed sample the function may be gone or asleep; the next one needs it alive. */
async function ensureRunning({ agent, system }: LevelParts, deployable: Deployable): Promise<void> {
  const task = await agent.task({ namespace: FUNCTION_NAMESPACE, id: deployable.name });
  if (task.status !== 'running') await system.deploy(deployable);
}

/** Asks the provider itself: the gateway turns 0 replicas into 1. */
async function pauseFunction({ agent, installation }: LevelParts, deployable: Deployable): Promise<void> {
  const request = managementRequest(installation, {
    address: installation.providerAddress,
    method: 'POST',
    path: `/system/scale-function/${deployable.name}`,
    body: { serviceName: deployable.name, replicas: 0, namespace: FUNCTION_NAMESPACE },
  });
  const answer = await agent.http({ request, deadlineMs: 10_000 });
  if (answer.status === null || answer.status >= 300) {
    throw new Error(`scaling to 0 was answered with ${answer.status ?? answer.error}`);
  }
  await agent.waitTask({ namespace: FUNCTION_NAMESPACE, id: deployable.name, status: 'paused', deadlineMs: 5_000 });
}

function deployRequest({ installation }: LevelParts, deployable: Deployable): HttpRequest {
  return managementRequest(installation, {
    address: installation.gatewayAddress,
    method: 'POST',
    path: '/system/functions',
    body: deployable.deployment,
  });
}

async function removeImage({ agent }: LevelParts, deployable: Deployable): Promise<OwnBlobs> {
  const { gone } = await agent.imageRemove({ namespace: FUNCTION_NAMESPACE, ref: deployable.image });
  // Layers that another function's image shares stay, and rightly so: they are not this image's own.
  return { absentBefore: gone };
}

async function compareBlobs(parts: LevelParts, own: OwnBlobs): Promise<BlobEvidence> {
  const present = await parts.agent.contentPresent({ namespace: FUNCTION_NAMESPACE, digests: [...own.absentBefore] });
  const sizes = new Map(present.blobs.map((blob) => [blob.digest, blob.sizeBytes]));
  return {
    absentBefore: own.absentBefore.length > 0,
    presentAfter: own.absentBefore.every((digest) => sizes.has(digest)),
    bytesPulled: own.absentBefore.reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0),
  };
}
