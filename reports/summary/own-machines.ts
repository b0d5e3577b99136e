import type { Manifest } from '../../harness/runs/schema.ts';
import { FEWEST_BLOCKS } from '../../harness/statistics/ratio.ts';

/**
 * How many machines each platform had to itself for the whole run: what differs between those machines is then part of
 * every ratio of platforms, in all deployments alike, so that the machine is the unit and not the deployment. Null where
 * all platforms ran on one host, or only one was measured.
 */
export function ownMachines({ target, platforms, machines }: Manifest): number | null {
  const [first, another] = platforms;
  if (target !== 'openstack' || first === undefined || another === undefined) return null;
  return Math.max(1, machines.filter((machine) => machine.platform === first.label).length);
}

/** Why platforms that had machines of their own cannot be told from these, or null. */
export function tooFewMachines(machines: number | null): string | null {
  if (machines === null || machines >= FEWEST_BLOCKS) return null;
  const had = machines === 1 ? 'one machine of its own' : `${machines} machines of its own`;
  return `each platform had ${had}, and machines differ by themselves: --machines ${FEWEST_BLOCKS} or more`;
}

/** Which of its platform's machines a repetition was measured on: repetitions take turns. */
export function machineOf(repetition: number, machines: number): number {
  return repetition % machines;
}
