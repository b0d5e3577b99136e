import type { AsyncSample, Gate, LoadSample } from './schema.ts';

/** The gates by which a measurement of load stands or falls, as its record has it. */
export function bindingGates({ gates }: LoadSample | AsyncSample): readonly Gate[] {
  return gates.filter((gate) => gate.binds !== false);
}

/** A guess of a search where to look, which is no measurement of its own. */
export function isRamp(load: LoadSample | AsyncSample): boolean {
  return load.kind === 'load' && load.arrivals.kind === 'ramping';
}
