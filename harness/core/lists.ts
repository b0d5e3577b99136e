import { usageError } from './errors.ts';

/**
 * The parts of a comma-separated list as a user types it, trimmed. Empty ones (`a,,b`, `a,`) are nobody's wish. One
 * that is named twice stays twice: two of the same may be compared.
 *
 * @param what for the error: `--functions`
 * @throws GivreError `E_EMPTY_LIST` (usage) when nothing is left.
 */
export function partsOf(text: string, what: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  const named = parts.filter((part) => part !== '');
  if (named.length > 0) return named;
  throw usageError('E_EMPTY_LIST', `${what} "${text}" names nothing`, 'name one or several, separated by commas');
}
