import type { Level } from '../../harness/runs/schema.ts';
import { machineOf } from './own-machines.ts';

/** Where in the plan a record was measured. */
interface Placed {
  readonly level: Level;
  readonly repetition: number;
  readonly round: number;
}

/**
 * Records by the deployment in which they were measured, which is the unit of statistics, as a key that the deployments of
 * other platforms in the same repetition share. At L4 every record is from a machine of its own.
 *
 * @param records of one platform and level
 * @param machines how many each platform had to itself: all deployments of one of them are then one unit; null: none
 */
export function byDeployment<T extends Placed>(
  records: readonly T[],
  machines: number | null = null,
): Map<string, T[]> {
  return Map.groupBy(records, ({ level, repetition, round }) => {
    if (level === 'L4') return `${repetition}, round ${round}`;
    return String(machines === null ? repetition : machineOf(repetition, machines));
  });
}
