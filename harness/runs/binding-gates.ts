import type { AsyncSample, Gate, LoadSample } from './schema.ts';

/** The gates by which a measurement of load stands or falls, as its record has it. */
export function bindingGates({ gates }: LoadSample | AsyncSample): readonly Gate[] {
  return gates.filter((gate) => gate.binds !== false);
}

/** A guess of a search where to look, which is no measurement of its own. */
export function isRamp(load: LoadSample | AsyncSample): boolean {
  return load.kind === 'load' && load.arrivals.kind === 'ramping';
}

/** Without these nobody knows whether anything was measured well. What some machines cannot tell (steal) is not among them. */
const MUST_BE_EVALUATED: ReadonlySet<string> = new Set([
  'complete',
  'cells-measured',
  'proven-cold',
  'harness-sound',
  'clock-steady',
  'sentinel-steady',
  'all-measured',
  'judged',
  'search-judged',
  'clients-heard',
  'memory-read',
  'end-reached',
]);

/** Does a gate of a verdict speak against the run: by having failed, or by not having looked where somebody must? */
export function speaksAgainst({ id, status }: Gate): boolean {
  return status === 'failed' || (status === 'not-evaluated' && MUST_BE_EVALUATED.has(id));
}
