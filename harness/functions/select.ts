import { usageError } from '../core/errors.ts';
import { partsOf } from '../core/lists.ts';
import { suggestion } from '../core/near-miss.ts';

interface Named {
  readonly name: string;
}

/**
 * The functions that any of the globs names (`rust-*`, `go-hello`; `*` is any text, `?` one character), each once, in
 * the stack's order. A glob may itself be a list: `rust-*,go-hello`. No glob at all means every function.
 *
 * @throws GivreError, exit code 2: `E_FUNCTION_UNKNOWN` when a glob matches nothing, the hint has near misses;
 * `E_EMPTY_LIST`.
 */
export function selectFunctions<T extends Named>(functions: readonly T[], globs: string | readonly string[]): T[] {
  const lists = [globs].flat();
  if (lists.length === 0) return [...functions];
  const wanted = partsOf(lists.join(','), '--functions');
  const patterns = wanted.map((glob) => {
    const pattern = globPattern(glob);
    if (!functions.some(({ name }) => pattern.test(name))) throw unknownFunction(glob, functions);
    return pattern;
  });
  return functions.filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}

function unknownFunction(glob: string, functions: readonly Named[]): Error {
  const typed = glob.replaceAll(/[*?]/g, '');
  return usageError(
    'E_FUNCTION_UNKNOWN',
    `no function matches "${glob}"`,
    suggestion(
      typed,
      functions.map(({ name }) => name),
    ),
  );
}
