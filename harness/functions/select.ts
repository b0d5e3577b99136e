import { usageError } from '../core/errors.ts';

interface Named {
  readonly name: string;
}

/**
 * The functions that any of the globs names (`rust-*`, `go-hello`; `*` is any text, `?` one character), each once, in
 * the stack's order. A glob may itself be a list: `rust-*,go-hello`. No glob at all means every function.
 *
 * @throws GivreError `E_FUNCTION_UNKNOWN`, exit code 2, when a glob matches nothing; the hint has near misses.
 */
export function selectFunctions<T extends Named>(functions: readonly T[], globs: string | readonly string[]): T[] {
  const wanted = [globs].flat().flatMap((text) => text.split(',').map((glob) => glob.trim()));
  if (wanted.length === 0) return [...functions];
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
  const names = functions.map(({ name }) => name);
  const near = names.filter((name) => isNear(glob, name));
  const hint = near.length > 0 ? `did you mean ${near.slice(0, 5).join(', ')}?` : `known: ${names.join(', ')}`;
  return usageError('E_FUNCTION_UNKNOWN', `no function matches "${glob}"`, hint);
}

/** One contains the other, or at most a quarter of the longer one has to be typed anew. */
function isNear(glob: string, name: string): boolean {
  const typed = glob.replaceAll(/[*?]/g, '').toLowerCase();
  const known = name.toLowerCase();
  if (typed.length >= 2 && (known.includes(typed) || typed.includes(known))) return true;
  return editDistance(typed, known) <= Math.max(typed.length, known.length) / 4;
}

/** Levenshtein's distance, by Wagner and Fischer's table, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, left] of [...a].entries()) {
    const current = [row + 1];
    for (const [column, right] of [...b].entries()) {
      const replaced = (previous[column] ?? 0) + (left === right ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
