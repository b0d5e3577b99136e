import { connectionFaults } from './connection-faults.ts';
import type { Fault } from './fault.ts';
import { lies } from './lies.ts';
import { statusFaults } from './status-faults.ts';

/** Every fault by the name that rules use. */
export const faults = { ...connectionFaults, ...statusFaults, ...lies } satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faults, name);
}
