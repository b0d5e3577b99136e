import { describe, expect, test } from 'vitest';
import { streamOutput } from './output.ts';

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 20, written, write: (text: string) => void written.push(text) };
}

describe('streamOutput', () => {
  test('results and notes go to streams of their own', () => {
    const [results, notes] = [stream(false), stream(false)];
    const output = streamOutput(results, notes);
    output.note('working');
    output.result('42');
    expect(results.written).toEqual(['42\n']);
    expect(notes.written).toEqual(['working\n']);
  });

  test('a status is replaced in place on a terminal and never wider than it', () => {
    const notes = stream(true);
    const output = streamOutput(stream(true), notes);
    output.status('a status that is much too wide for it');
    output.note('done');
    expect(notes.written).toEqual(['\r\x1b[Ka status that is mu', '\r\x1b[K', 'done\n']);
  });

  test('elsewhere a status appears at most every ten seconds', () => {
    const notes = stream(false);
    let now = 20_000;
    const output = streamOutput(stream(false), notes, () => now);
    output.status('one');
    now += 9_999;
    output.status('two');
    now += 1;
    output.status('three');
    expect(notes.written).toEqual(['one\n', 'three\n']);
  });
});
