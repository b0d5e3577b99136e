import { messageOf } from '../../core/errors.ts';
import type { FloorOutcome } from '../../runs/schema.ts';
import type { SystemParts } from '../parts.ts';

/** L4's floor: what this cloud takes for a machine of that flavor at all, from the request to the first login. */
export async function machineFloor({ boots, signal }: Pick<SystemParts, 'boots' | 'signal'>): Promise<FloorOutcome> {
  if (boots === undefined) throw new Error('the floor of L4 was asked of a target that boots no machines');
  try {
    const { acceptedNs, activeNs, loggedInNs } = await boots.bare();
    const phases: FloorOutcome['phases'] = [
      { name: 'accepted', durationNs: acceptedNs },
      { name: 'active', durationNs: activeNs - acceptedNs },
      { name: 'ssh', durationNs: loggedInNs - activeNs },
    ];
    return { totalNs: loggedInNs, reason: null, phases };
  } catch (error) {
    signal.throwIfAborted();
    return { totalNs: null, reason: `no machine to log in to: ${messageOf(error)}`, phases: [] };
  }
}
