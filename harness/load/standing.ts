import type { Gate, LoadSample } from '../runs/schema.ts';
import { loadGates } from './gates.ts';

type Standing = Pick<LoadSample, 'gates' | 'valid' | 'whyNot'>;

const BIND_AT_THE_LIMIT = idsOf(loadGates.filter((it) => it.bindsAtLimit));
const MUST_LOOK = idsOf(loadGates.filter((it) => it.mustLook));

function idsOf(gates: readonly { readonly id: string }[]): ReadonlySet<string> {
  return new Set(gates.map(({ id }) => id));
}

/** Decides once, for all who read the record, which gates bind a measurement and whether it stands. */
export function standingOf(
  { purpose, arrivals }: Pick<LoadSample, 'purpose' | 'arrivals'>,
  judged: readonly Gate[],
): Standing {
  const isRamp = arrivals.kind === 'ramping';
  const binds = (id: string): boolean => !isRamp && (purpose === 'measure' || BIND_AT_THE_LIMIT.has(id));
  const gates = judged.map((gate): Gate => (binds(gate.id) ? gate : { ...gate, binds: false }));
  if (isRamp) return { gates, valid: false, whyNot: 'a ramp is a guess where to look' };
  const failed = gates.filter((gate) => gate.status === 'failed' && gate.binds !== false);
  if (failed.length === 0 && !isJudged(gates)) return { gates, valid: false, whyNot: 'its gates could not look' };
  if (failed.length === 0) return { gates, valid: true, whyNot: null };
  return { gates, valid: false, whyNot: failed.map((gate) => `${gate.id}: ${gate.measured}`).join('; ') };
}

/**
 * Was a measurement judged by gates that bind it? Not when none of them could look, nor when one could not that says what
 * was measured at all.
 */
export function isJudged(gates: readonly Gate[]): boolean {
  const binding = gates.filter((gate) => gate.binds !== false);
  const isBlind = binding.some((gate) => gate.status === 'not-evaluated' && MUST_LOOK.has(gate.id));
  return !isBlind && binding.some((gate) => gate.status !== 'not-evaluated');
}
