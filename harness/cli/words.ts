import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';

/** What a command's options leave behind, as they were declared. */
export type WordsOf<C> = C extends Command<infer _Arguments, infer Words, infer _Global> ? Readonly<Words> : never;

/** Parses a whole number of a range, for commander. */
export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < from || value > to) {
      throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
    }
    return value;
  };
}

const SMALLEST_BYTES = 512 * 2 ** 20;

/** Parses a size with m or g (1024s), as Docker's `--memory` does, for commander. */
export function memorySize(text: string): number {
  const match = /^(\d+)([mg])$/i.exec(text.trim());
  const bytes = Number(match?.[1] ?? Number.NaN) * (match?.[2]?.toLowerCase() === 'g' ? 2 ** 30 : 2 ** 20);
  if (match !== null && Number.isSafeInteger(bytes) && bytes >= SMALLEST_BYTES) return bytes;
  throw new InvalidArgumentError('It must be a size from 512m, such as 1536m or 2g.');
}

/** Collects the values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
