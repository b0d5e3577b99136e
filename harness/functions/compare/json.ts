import { messageOf } from '../../core/errors.ts';

/** Compares as JSON values: the order of keys is free, numbers may differ by `tolerance` relative to the expected one. */
export function differenceInJson(body: Uint8Array, expected: unknown, tolerance: number): string | undefined {
  let got: unknown;
  try {
    got = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    return `no JSON: ${messageOf(error)}`;
  }
  return differenceAt('', got, expected, tolerance);
}

function differenceAt(path: string, got: unknown, expected: unknown, tolerance: number): string | undefined {
  if (typeof got === 'number' && typeof expected === 'number') {
    if (Math.abs(got - expected) <= Math.abs(expected) * tolerance) return undefined;
  } else if (isContainer(got) && isContainer(expected) && Array.isArray(got) === Array.isArray(expected)) {
    return differenceInside(path, new Map(Object.entries(got)), new Map(Object.entries(expected)), tolerance);
  } else if (got === expected) {
    return undefined;
  }
  return `${path === '' ? 'the whole' : path} is ${brief(got)} instead of ${brief(expected)}`;
}

function differenceInside(
  path: string,
  got: ReadonlyMap<string, unknown>,
  expected: ReadonlyMap<string, unknown>,
  tolerance: number,
): string | undefined {
  for (const key of new Set([...expected.keys(), ...got.keys()])) {
    const inner = `${path}${path === '' ? '' : '.'}${JSON.stringify(key).slice(1, -1)}`;
    if (!got.has(key)) return `${inner} is missing`;
    if (!expected.has(key)) return `${inner} should not be there`;
    const difference = differenceAt(inner, got.get(key), expected.get(key), tolerance);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
