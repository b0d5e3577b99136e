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

  test('nothing foreign drives the terminal, in no kind of words', () => {
    const [results, notes] = [stream(false), stream(false)];
    const output = streamOutput(results, notes, () => 20_000);
    const foreign = 'a\u001b]52;c;eA==\u0007b\u009b2J\u202ec\rd\ud800';
    output.result(foreign);
    output.result(foreign, { painted: true });
    output.note(`one\r\n\ttwo\n${foreign}`);
    output.status(`${foreign}\ntwo`);
    const inert = 'a�]52;c;eA==�b�2J�c�d�';
    expect(results.written).toEqual([`${inert}\n`, `${inert}\n`]);
    expect(notes.written).toEqual([`one\r\n\ttwo\n${inert}\n`, `${inert}�two\n`]);
  });

  test('of colours only our own pass, and only where text was painted', () => {
    const results = stream(true);
    const output = streamOutput(results, stream(true));
    output.result('\u001b[31mred\u001b[39m \u001b[8mhidden', { painted: true });
    output.result('\u001b[31mred\u001b[39m');
    expect(results.written).toEqual(['\u001b[31mred\u001b[39m �[8mhidden\n', '�[31mred�[39m\n']);
  });

  test('passwords in addresses are hidden, whatever stands in them', () => {
    const notes = stream(false);
    streamOutput(stream(false), notes).note('by http://me:se@cr:et@proxy:3128/x, mail me@example.com');
    expect(notes.written).toEqual(['by http://[hidden]@proxy:3128/x, mail me@example.com\n']);
  });
});
