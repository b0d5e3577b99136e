import { type Gate, isJudged, type LoadSample } from '../runs/schema.ts';

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

type Standing = Pick<LoadSample, 'gates' | 'valid' | 'whyNot'>;

/** Decides once, for all who read the record, which gates bind a measurement and whether it stands. */
export function standingOf(
  { purpose, arrivals }: Pick<LoadSample, 'purpose' | 'arrivals'>,
  judged: readonly Gate[],
): Standing {
  const isRamp = arrivals.kind === 'ramping';
  const binds = (id: string): boolean => !isRamp && (purpose === 'measure' || EVEN_AT_THE_LIMIT.has(id));
  const gates = judged.map((gate): Gate => (binds(gate.id) ? gate : { ...gate, binds: false }));
  if (isRamp) return { gates, valid: false, whyNot: 'a ramp is a guess where to look' };
  const failed = gates.filter((gate) => gate.status === 'failed' && gate.binds !== false);
  if (failed.length === 0 && !isJudged(gates)) return { gates, valid: false, whyNot: 'its gates could not look' };
  if (failed.length === 0) return { gates, valid: true, whyNot: null };
  return { gates, valid: false, whyNot: failed.map((gate) => `${gate.id}: ${gate.measured}`).join('; ') };
}
