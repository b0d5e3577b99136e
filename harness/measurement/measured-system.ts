import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployable } from '../api/deployable.ts';
import type { BaseSystem, ColdStarting, LoadTaking, MachineFilling, MemoryWatching, System } from '../api/system.ts';
import { FUNCTION_NAMESPACE } from '../core/platform.ts';
import { poll } from '../core/poll.ts';
import { removeIfThere } from '../platforms/gateway-removal.ts';
import { coldStart } from './coldstart/levels.ts';
import { machineFloor } from './coldstart/machine-floor.ts';
import { editionLimitOf } from './edition-limit.ts';
import { measureAsync } from './load/async.ts';
import { measureBurst } from './load/burst.ts';
import { readFootprint } from './load/footprint.ts';
import { readMachineMemory } from './load/machine-memory.ts';
import { loadParts, measureLoad } from './load/measure.ts';
import { watchMemoryLimit } from './load/memory-limit.ts';
import { CNI_LEASES, countContamination, invocationOf, type SystemParts } from './parts.ts';
import { wrongAnswer } from './wrong-answer.ts';

/** Runtimes go on loading for a while after they listen; what is read then is what idles for hours. */
const IDLE_SETTLE_MS = 1_500;
/** A function that runs already answers at once, or something is wrong with it. */
const WARM_MS = 5_000;

/** All that can be asked of a platform on a machine, by the programs that are there to measure it. */
export function measuredSystem(parts: SystemParts): System {
  const base = baseSystem(parts);
  return {
    ...base,
    ...coldStarting(parts, base),
    ...loadTaking(parts),
    ...memoryWatching(parts),
    ...machineFilling(parts),
  };
}

function baseSystem(parts: SystemParts): BaseSystem {
  const { agent, gateway, platform, functions, activate } = parts;
  return {
    platform,
    functions,
    activate,
    async deploy(deployable) {
      await removeIfThere(parts, deployable);
      await gateway.deploy(deployable.deployment);
      await untilCorrect(parts, deployable);
    },
    remove: (deployable) => removeIfThere(parts, deployable),
    async warm(deployable) {
      const { correct, sentNs, firstByteNs } = await askWarm(parts, deployable);
      return { correct, latencyNs: firstByteNs === null ? null : firstByteNs - sentNs };
    },
    clean: async () => void (await agent.cleanCni({ cniDir: CNI_LEASES })),
  };
}

function coldStarting(parts: SystemParts, system: BaseSystem): ColdStarting {
  const { agent, platform } = parts;
  return {
    unsupported: (level) => platform.unsupported.find((it) => it.level === level)?.reason,
    coldStart: (deployable, level) => coldStart({ ...parts, system }, deployable, level),
    async floor(level) {
      if (level === 'L4') return await machineFloor(parts);
      const { totalNs, phases } = await parts.floor(level);
      return { totalNs, reason: null, phases: [...phases] };
    },
    contamination: () => countContamination(agent),
    memory: (deployable) => memoryOf(parts, deployable),
  };
}

function loadTaking(parts: SystemParts): LoadTaking {
  return {
    closedLoops: parts.load?.closed !== undefined,
    load: (trial, onSecond) => measureLoad(parts, trial, onSecond),
    burst: (deployable, clients) => measureBurst(parts, deployable, clients),
    invokeAsync: (deployable, wishes) => measureAsync(parts, deployable, wishes),
  };
}

function memoryWatching(parts: SystemParts): MemoryWatching {
  return {
    deployIdle: (deployable) => deployIdle(parts, deployable),
    footprint: (deployable) => readFootprint(parts, deployable),
    watchMemoryLimit: (deployable) => watchMemoryLimit(parts, deployable),
  };
}

function machineFilling(parts: SystemParts): MachineFilling {
  return { machineMemory: () => readMachineMemory(loadParts(parts)), editionLimitOf };
}

async function deployIdle(parts: SystemParts, deployable: Deployable): Promise<void> {
  await removeIfThere(parts, deployable);
  await parts.gateway.deploy(deployable.deployment);
  await parts.agent.waitTask({
    namespace: FUNCTION_NAMESPACE,
    id: deployable.name,
    status: 'running',
    deadlineMs: 30_000,
  });
  await sleep(IDLE_SETTLE_MS, undefined, { signal: parts.signal });
}

function askWarm({ agent, installation }: SystemParts, deployable: Deployable) {
  const request = invocationOf(installation, deployable);
  return agent.http({ request, expect: deployable.expect, deadlineMs: WARM_MS });
}

async function untilCorrect(parts: SystemParts, deployable: Deployable): Promise<void> {
  await poll(
    async () => {
      const answer = await askWarm(parts, deployable);
      return answer.correct ? { done: true, value: undefined } : { done: false, seen: wrongAnswer(deployable, answer) };
    },
    {
      what: `a correct answer of ${deployable.name} on ${parts.platform.label}`,
      deadlineMs: 30_000,
      everyMs: 50,
      signal: parts.signal,
    },
  );
}

async function memoryOf({ agent }: SystemParts, { name }: Deployable): ReturnType<ColdStarting['memory']> {
  const reading = await agent.memory({ namespace: FUNCTION_NAMESPACE, ids: [name], machine: false });
  const own = reading.tasks.find((task) => task.id === name);
  return {
    cgroupBytes: own?.cgroupBytes ?? null,
    functionPssBytes: own?.functionPssBytes ?? null,
    shimPssBytes: own?.shimPssBytes ?? null,
    collectorPssBytes: own?.collectorPssBytes ?? null,
  };
}
