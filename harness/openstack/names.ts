import { usageError } from '../core/errors.ts';
import { suggestion } from '../core/near-miss.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * The one candidate that the user means, by id or by exact name.
 *
 * @param kind As in "flavor", "image", "network": for the message and the code.
 * @throws GivreError, exit code 2: `E_FLAVOR_UNKNOWN` … with near misses, `E_FLAVOR_AMBIGUOUS` … with the ids.
 */
export function resolveName<T extends Named>(kind: string, wanted: string, candidates: readonly T[]): T {
  const code = `E_${kind.toUpperCase().replaceAll(/[^A-Z]+/g, '_')}`;
  const byId = candidates.find(({ id }) => id === wanted);
  if (byId !== undefined) return byId;
  const [first, ...others] = candidates.filter(({ name }) => name === wanted);
  if (first === undefined) {
    const names = [...new Set(candidates.map(({ name }) => name).filter((name) => name !== ''))];
    throw usageError(`${code}_UNKNOWN`, `the cloud has no ${kind} "${wanted}"`, suggestion(wanted, names));
  }
  if (others.length === 0) return first;
  const ids = [first, ...others].map(({ id }) => id).join(', ');
  throw usageError(
    `${code}_AMBIGUOUS`,
    `the cloud has ${others.length + 1} ${kind}s named "${wanted}"`,
    `name one by its id: ${ids}`,
  );
}
