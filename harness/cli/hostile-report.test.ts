import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { terminalReport } from '../../reports/terminal.ts';
import { streamOutput } from '../core/output.ts';
import { runOfText } from '../runs/every-record.fixture.ts';
import { allHostileWords, hostileWords } from '../runs/hostile-words.fixture.ts';
import { type ReportFiles, type ReportOptions, reportCommand } from './report.ts';

const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const ESCAPE = '\u001b';
const OWN_STYLE = new RegExp(`${ESCAPE}\\[(?:1|2|22|31|32|33|39)m`, 'g');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-hostile-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Prints and writes a report on a run that has nothing but this in its texts. */
async function report(text: string, options: ReportOptions) {
  const { manifest, records, verdict } = runOfText(text);
  await Promise.all([
    writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest)),
    writeFile(join(folder, 'samples.ndjson'), records.map((it) => `${JSON.stringify(it)}\n`).join('')),
    writeFile(join(folder, 'verdict.json'), JSON.stringify(verdict)),
  ]);
  let printed = '';
  const stream = {
    write: (words: string) => {
      printed += words;
    },
  };
  const files = await reportCommand(folder, options, streamOutput(stream, stream));
  return { printed, files };
}

/** What is left of a text that could steer something; line ends of our own do not count. */
function steeringIn(text: string): readonly string[] {
  return text.match(STEERING)?.filter((it) => it !== '\n') ?? [];
}

describe.each(hostileWords)('foreign text that %s', (_, text) => {
  test('is inert in every output', async () => {
    const { printed, files } = await report(text, { colour: true });
    expect(steeringIn(printed.replace(OWN_STYLE, ''))).toEqual([]);
    // What foreign text colours nobody ends.
    const begun = ['31', '32', '33'].map((colour) => printed.split(`${ESCAPE}[${colour}m`).length - 1);
    expect(begun.reduce((sum, n) => sum + n, 0)).toBe(printed.split(`${ESCAPE}[39m`).length - 1);

    const html = await readFile(files.html, 'utf8');
    expect(steeringIn(html.replaceAll('\t', ''))).toEqual([]);
    expect(html.match(/<script/g)).toHaveLength(3);
    expect(html).not.toMatch(/<img|onmouseover="/);

    expect(files.tables.map(({ name }) => name)).toEqual(['samples', 'load', 'capacity', 'memory', 'density']);
    for (const { path } of files.tables) await expectInertTable(path);

    const json = await readFile(files.json, 'utf8');
    expect(steeringIn(json)).toEqual([]);
    expect(JSON.parse(json).manifest.runId).toBe(text);
  });
});

test('foreign text is in every output that these tests look at', async () => {
  const { printed, files } = await report(allHostileWords, { json: true });
  expect(printed).toBe(await readFile(files.json, 'utf8'));
  expect(await readFile(files.html, 'utf8')).toContain('alert(1)');
  expect(await holdsAll(files)).toBe(true);
});

/** Otherwise the tests above would look at outputs that nothing foreign has reached. */
async function holdsAll({ tables, summary }: ReportFiles): Promise<boolean> {
  const texts = await Promise.all(tables.map(({ path }) => readFile(path, 'utf8')));
  return [...texts, terminalReport(summary, { colour: false })].every((it) =>
    it.replaceAll(/\s/g, '').includes('alert(1)'),
  );
}

async function expectInertTable(path: string): Promise<void> {
  const csv = await readFile(path, 'utf8');
  expect(steeringIn(csv.replaceAll('\r\n', '\n').replaceAll('\t', ''))).toEqual([]);
  const [head = [], ...rows] = rowsOf(csv);
  expect(rows.length).toBeGreaterThan(5);
  expect([...new Set(rows.map((row) => row.length))]).toEqual([head.length]);
  // As they are meant, and as a spreadsheet would cut them that takes other separators.
  const pieces = [...rows.flat(), ...csv.split(/[\r\n;|\t"]/), ...csv.split(/[\r\n,]/)];
  expect(pieces.filter((it) => /^["'\s]*[=+\-@＝＋－＠]/.test(it) && !/^[-+]?[\d.]+$/.test(it) && !isText(it))).toEqual(
    [],
  );
}

/** An apostrophe before it makes a formula text. */
function isText(piece: string): boolean {
  return /^["\s]*'/.test(piece);
}

/** RFC 4180, from outside: cells in quotes may hold anything, two quotes in them are one. */
function rowsOf(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  let rest = csv;
  while (rest !== '') {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/.exec(rest);
    if (match === null) throw new Error(`no CSV: ${JSON.stringify(rest.slice(0, 80))}`);
    const [whole, quoted, plain = '', end] = match;
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    rest = rest.slice(whole.length);
    if (end === '\r\n' && rest !== '') rows.push([]);
  }
  return rows;
}
