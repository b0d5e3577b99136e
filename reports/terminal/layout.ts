import { inertLine } from '../../harness/core/inert.ts';
import { shortened } from '../format.ts';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';
export type Paint = (style: Style, text: string) => string;

const WIDTH = 100;

/** Is a column one of names? Otherwise its cells are numbers and aligned at the right. */
type IsName = (title: string, column: number) => boolean;

const firstTwo: IsName = (title, column) => column <= 1 || title === 'platform';

/** Left-aligned names, right-aligned numbers; names are shortened in the middle as far as the lines' width demands. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  isName: IsName = firstTwo,
): string[] {
  for (let nameWidth = 40; ; nameWidth--) {
    const lines = laidOut(head, rows, nameWidth, isName);
    if (nameWidth <= 8 || lines.every((line) => [...line].length <= WIDTH)) return lines;
  }
}

function laidOut(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  nameWidth: number,
  isName: IsName,
): string[] {
  const all = [head, ...rows].map((row) => row.map((cell) => shortened(inertLine(cell), nameWidth)));
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)));
  return all.map((row) =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat((widths[column] ?? 0) - [...cell].length);
        return isName(head[column] ?? '', column) ? cell + gap : gap + cell;
      })
      .join(' ')
      .trimEnd(),
  );
}

/** Lines of at most 100 characters, broken between words, or within a word that is longer than a line. */
export function wrapped(text: string, indent = ''): string[] {
  const limit = WIDTH - indent.length;
  const words = inertLine(text)
    .split(' ')
    .flatMap((word) => word.match(new RegExp(`.{1,${limit}}`, 'gu')) ?? ['']);
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    if ([...longer].length > WIDTH && line !== '') {
      lines.push(line);
      line = indent + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
