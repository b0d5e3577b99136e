import { type Gate, gate } from '../runs/schema.ts';

/** Of measurements each by itself: those that are not concerned stand when it failed. */
export function measurementGate(id: string, ok: boolean | null, measured: string, hint: string): Gate {
  return { ...gate(id, ok, measured, hint), scope: 'measurement' };
}

/** "a, b, c and 3 more". */
export function some(names: readonly string[], shown = 3): string {
  const more = names.length - shown;
  return `${names.slice(0, shown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
