import { createReadStream } from 'node:fs';

/** A line of a file of any size. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Null for one that is longer than any record. */
  readonly text: string | null;
  /** False for the last one where it has no line end: it may be cut off. */
  readonly ended: boolean;
}

/** The longest record, of many phases or long words, has some ten kilobytes. */
const LONGEST_BYTES = 64 * 2 ** 20;
const LINE_FEED = 10;

/**
 * Only a line feed ends a line: the separators that other readers take for ends may stand in a string of JSON. Holds one
 * line at a time.
 */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  let number = 1;
  let line = emptyLine();
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    let rest: Buffer = chunk;
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
      line.add(rest.subarray(0, end));
      yield { number, text: line.text(), ended: true };
      number += 1;
      line = emptyLine();
      rest = rest.subarray(end + 1);
    }
    line.add(rest);
  }
  if (line.size > 0) yield { number, text: line.text(), ended: false };
}

function emptyLine() {
  let parts: Buffer[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(part: Buffer): void {
      size += part.length;
      if (size > LONGEST_BYTES) parts = [];
      else parts.push(part);
    },
    text: (): string | null => (size > LONGEST_BYTES ? null : Buffer.concat(parts).toString('utf8')),
  };
}
