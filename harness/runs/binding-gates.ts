import type { AsyncSample, Gate, LoadSample } from './schema.ts';

/** The gates by which a measurement of load stands or falls, as its record has it. */
export function bindingGates({ gates }: LoadSample | AsyncSample): readonly Gate[] {
  return gates.filter((gate) => gate.binds !== false);
}

/** A guess of a search where to look, which is no measurement of its own. */
export function isRamp(load: LoadSample | AsyncSample): boolean {
  return load.kind === 'load' && load.arrivals.kind === 'ramping';
}

/** Could any of these gates look? What none of them has looked at is no result. */
export function isJudged(gates: readonly Gate[]): boolean {
  return gates.some((gate) => gate.status !== 'not-evaluated');
}
