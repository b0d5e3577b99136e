import type { AsyncSample, Gate, LoadSample } from './schema.ts';

/**
 * What must hold for the steps of a search, too. The other gates say that generator or machine could do no more, which is
 * what a search for the limit looks for: it says itself why it stopped.
 */
const EVEN_AT_THE_LIMIT = new Set([
  'all-counted',
  'not-early',
  'together',
  'reader-awake',
  'steal',
  'retransmits',
  'clock-steady',
  'uncontaminated',
  'calibrated',
  'answer-right',
]);

/** The gates by which a measurement of load stands or falls. A ramp is a guess where to look: no figure is taken from it. */
export function bindingGates(load: LoadSample | AsyncSample): readonly Gate[] {
  if (isRamp(load)) return [];
  const isStep = load.kind === 'load' && load.purpose === 'probe';
  return isStep ? load.gates.filter((gate) => EVEN_AT_THE_LIMIT.has(gate.id)) : load.gates;
}

/** A guess of a search where to look, which is no measurement of its own. */
export function isRamp(load: LoadSample | AsyncSample): boolean {
  return load.kind === 'load' && load.arrivals.kind === 'ramping';
}

/** Could any of these gates look? What none of them has looked at is no result. */
export function isJudged(gates: readonly Gate[]): boolean {
  return gates.some((gate) => gate.status !== 'not-evaluated');
}
