import type { Progress } from '../../core/platform.ts';
import type { ImageCatalog } from '../../images/catalog.ts';
import { programFromImage } from '../../images/copy.ts';
import { type K6Program, usersK6, versioned } from '../../planning/users-k6.ts';

/**
 * The user's own k6, or one built from its pinned module.
 *
 * @throws GivreError `E_K6` (usage) when the user's cannot be run or is of another major version.
 */
export async function obtainK6(
  own: string | undefined,
  catalog: ImageCatalog,
  work: { readonly signal: AbortSignal; readonly progress: Progress },
): Promise<K6Program> {
  if (own !== undefined) return await usersK6(own, work.signal);
  return await versioned(await programFromImage(catalog.k6, '/opt/givre/bin/k6', work), work.signal);
}
