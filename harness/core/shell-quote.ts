/**
 * One word for a POSIX shell, exactly: within single quotes every character stands for itself but the quote.
 *
 * @throws TypeError for a text with a NUL, which no program can be given.
 */
export function quote(text: string): string {
  if (text.includes('\0')) throw new TypeError('an argument cannot hold a NUL character');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
