import { badRequest } from './problem.ts';

/** The query of a request target, of any path. Of a name that is given twice, `get` returns the first value. */
export function parametersOf(target: string): URLSearchParams {
  const at = target.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : target.slice(at + 1));
}

/** A parameter of ASCII digits from low to high. @throws Problem that names it. */
export function integer(
  parameters: URLSearchParams,
  name: string,
  { fallback, low, high }: { readonly fallback: number; readonly low: number; readonly high: number },
): number {
  const text = parameters.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || value < low || value > high) {
    throw badRequest(`The parameter ${name} must be an integer from ${low} to ${high}.`);
  }
  return value;
}

/** One of several words, the first of them by default. @throws Problem that names the parameter. */
export function choice<const T extends string>(
  parameters: URLSearchParams,
  name: string,
  choices: readonly [T, ...T[]],
): T {
  const text = parameters.get(name);
  if (text === null) return choices[0];
  const chosen = choices.find((it) => it === text);
  if (chosen === undefined) throw badRequest(`The parameter ${name} must be one of: ${choices.join(', ')}.`);
  return chosen;
}

/** A text that the pattern, with its own anchors, takes as a whole. @throws Problem that names the parameter. */
export function matching(parameters: URLSearchParams, name: string, fallback: string, pattern: RegExp): string {
  const text = parameters.get(name) ?? fallback;
  if (!pattern.test(text)) throw badRequest(`The parameter ${name} must match ${pattern.source}.`);
  return text;
}
