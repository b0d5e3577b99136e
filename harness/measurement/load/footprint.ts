import type { Deployable } from '../../api/deployable.ts';
import type { FootprintOutcome } from '../../api/system.ts';
import { FUNCTION_NAMESPACE } from '../../core/platform.ts';
import type { SystemParts } from '../parts.ts';
import { readMachineMemory } from './machine-memory.ts';
import { loadParts } from './measure.ts';

/** Everything that is in memory because of a function; nulls while it does not run. */
export async function readFootprint(parts: SystemParts, { name }: Deployable): Promise<FootprintOutcome> {
  const reading = await parts.agent.memory({ namespace: FUNCTION_NAMESPACE, ids: [name], machine: false });
  const { limitBytes, usedBytes } = await readMachineMemory(loadParts(parts));
  const own = reading.tasks.find((task) => task.id === name);
  return {
    cgroupBytes: own?.cgroupBytes ?? null,
    cgroupPeakBytes: own?.cgroupPeakBytes ?? null,
    functionPssBytes: own?.functionPssBytes ?? null,
    shimPssBytes: own?.shimPssBytes ?? null,
    collectorPssBytes: own?.collectorPssBytes ?? null,
    machineAvailableBytes: Math.max(0, limitBytes - usedBytes),
  };
}
