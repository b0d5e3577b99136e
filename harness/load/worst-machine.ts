import type { Finding } from '../runs/schema.ts';
import type { Watched } from './watched.ts';

interface WorstOf {
  readonly machines: readonly Watched[];
  /** Null where that machine cannot tell. */
  readonly measure: (it: Watched, index: number) => number | null;
  /** The most that is allowed. */
  readonly most: number;
  /** What the worst value is. */
  readonly words: (value: number) => string;
  /** Where no machine can tell. */
  readonly unknown?: string;
}

/**
 * The worst machine counts. One above the limit is enough to fail; below it nothing is said unless all can tell, since the
 * one that cannot may be the bad one.
 */
export function worstMachine({ machines, measure, most, words, unknown = 'not known' }: WorstOf): Finding {
  const all = machines.map((it, index) => ({ machine: it.machine, value: finite(measure(it, index)) }));
  const blind = all.filter((it) => it.value === null).map((it) => it.machine);
  const [worst] = all
    .flatMap(({ machine, value }) => (value === null ? [] : [{ machine, value }]))
    .toSorted((a, b) => b.value - a.value);
  if (worst === undefined) return { ok: null, measured: unknown };
  const where = machines.length > 1 ? ` (${worst.machine})` : '';
  const but = blind.length === 0 ? '' : `; not known of ${blind.join(', ')}`;
  const ok = worst.value > most ? false : blind.length === 0 || null;
  return { ok, measured: `${words(worst.value)}${where}${but}` };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Machines that put load on, in the order of a result's shares. */
export function generatorsAmong(machines: readonly Watched[]): readonly Watched[] {
  return machines.filter((it) => it.generates);
}
