import { mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Output, streamOutput } from '../core/output.ts';
import { run } from '../core/subprocess.ts';
import { syntheticLoadRun } from '../runs/synthetic-load.fixture.ts';
import { syntheticRun, writeSyntheticRun } from '../runs/synthetic-run.fixture.ts';
import { exitCodeOf, reportCommand } from './report.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-report-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Collects what a command prints. */
class Collected implements Output {
  text = '';
  readonly #output = streamOutput(this, this);
  readonly result = this.#output.result;
  readonly note = this.#output.note;
  readonly status = this.#output.status;

  write(text: string): void {
    this.text += text;
  }
}

test('writes the three files into the run folder and prints the tables and their paths', async () => {
  await writeSyntheticRun(folder, syntheticRun({ samplesPerCell: 8 }));
  const output = new Collected();
  const files = await reportCommand(folder, {}, output);
  expect(output.text.split('\n')[0]).toMatch(/^control: cold start of rust-hello/);
  expect(files.tables).toEqual([{ name: 'samples', path: join(folder, 'samples.csv') }]);
  for (const path of [files.html, join(folder, 'samples.csv'), files.json]) {
    expect(output.text).toContain(path);
    expect((await readFile(path, 'utf8')).length).toBeGreaterThan(100);
  }
  expect(files.html).toBe(join(folder, 'report.html'));
  expect(await readFile(files.html, 'utf8')).toContain('<title>control: cold start of rust-hello');
});

test('writes one row per measurement of load, and no empty table of cold starts', async () => {
  await writeSyntheticRun(folder, syntheticLoadRun({ rates: [50, 100], seconds: 2 }));
  const output = new Collected();
  const files = await reportCommand(folder, {}, output);
  expect(files.tables).toEqual([{ name: 'load', path: join(folder, 'load.csv') }]);
  expect(output.text).toContain(join(folder, 'load.csv'));
  expect(output.text).not.toContain('samples.csv');
  expect((await readFile(join(folder, 'load.csv'), 'utf8')).trimEnd().split('\r\n')).toHaveLength(1 + 4);
});

test('writes memory by the moment, and how a machine filled up, as tables of their own', async () => {
  const run = syntheticLoadRun({ functions: ['rust-hello'], scenarios: ['memory'], seconds: 1, blocks: 1 });
  const [reading] = run.records.filter((it) => it.kind === 'footprint' && it.moment === 'loaded');
  if (reading?.kind !== 'footprint') throw new Error('the fixture has no reading of memory');
  const { index, platform, block, repetition, round } = reading;
  const place = {
    schemaVersion: 1,
    index,
    at: '2026-01-01T00:00:00.000Z',
    platform,
    block,
    repetition,
    round,
  } as const;
  const step = { kind: 'density-step', function: '=rust', deployed: 3, usedBytes: 15e6, limitBytes: 2 ** 31 } as const;
  await writeSyntheticRun(folder, { ...run, records: [...run.records, { ...place, ...step, latencyNs: null }] });
  const { tables } = await reportCommand(folder, {}, new Collected());
  expect(tables.map(({ name }) => name)).toEqual(['memory', 'density']);
  const [memory = [], density = []] = await Promise.all(
    tables.map(async ({ path }) => (await readFile(path, 'utf8')).trimEnd().split('\r\n')),
  );
  expect(memory).toHaveLength(1 + 6);
  expect(memory[0]).toMatch(/^index,at,platform,block,repetition,round,scenario,function,moment,cgroup_bytes,/);
  expect(memory.find((row) => row.includes(',loaded,'))).toContain(
    `,memory,rust-hello,loaded,${reading.cgroupBytes},${reading.cgroupPeakBytes},${reading.functionPssBytes},`,
  );
  expect(density).toEqual([
    'index,at,platform,block,repetition,round,function,deployed,used_bytes,limit_bytes,first_answer_ns',
    `${index},2026-01-01T00:00:00.000Z,${platform},${block},${repetition},${round},'=rust,3,15000000,2147483648,`,
  ]);
});

test('puts the HTML where --out says', async () => {
  await writeSyntheticRun(folder, syntheticRun({ samplesPerCell: 2 }));
  const files = await reportCommand(folder, { out: join(folder, 'elsewhere.html') }, new Collected());
  expect(await readFile(join(folder, 'elsewhere.html'), 'utf8')).toContain('<!doctype html>');
  expect(files.html).toBe(join(folder, 'elsewhere.html'));
});

test('prints the summary and nothing else with --json', async () => {
  await writeSyntheticRun(folder, syntheticRun({ samplesPerCell: 2 }));
  const output = new Collected();
  const files = await reportCommand(folder, { json: true }, output);
  expect(JSON.parse(output.text)).toEqual(files.summary);
});

test('reports on a killed run and on one without any sample', async () => {
  const killed = syntheticRun({ killed: true });
  await writeSyntheticRun(folder, { ...killed, records: killed.records.slice(0, 20) });
  const output = new Collected();
  const { summary: summarised } = await reportCommand(folder, {}, output);
  expect(output.text).toContain('unfinished');
  expect(exitCodeOf(summarised)).toBe(3);
  const empty = join(folder, 'empty');
  await writeSyntheticRun(empty, { ...killed, records: [] });
  const nothing = new Collected();
  await reportCommand(empty, {}, nothing);
  expect(nothing.text).toContain('0 of 160 samples');
});

test('a folder without its records, or with some of them, is incomplete, with exit code 3', async () => {
  await writeSyntheticRun(folder, syntheticRun({ samplesPerCell: 40 }));
  expect(exitCodeOf((await reportCommand(folder, {}, new Collected())).summary)).toBe(0);
  const path = join(folder, 'samples.ndjson');
  await truncate(path, Math.min(100_000, (await stat(path)).size - 1000));
  const cut = new Collected();
  const { summary } = await reportCommand(folder, {}, cut);
  expect(cut.text.replaceAll(/\s+/g, ' ')).toMatch(
    /incomplete: \d+ of 160 samples are there; of the records that were judged/,
  );
  expect(summary.sampleCount).toBeLessThan(160);
  expect(exitCodeOf(summary)).toBe(3);
  await rm(path);
  const nothing = new Collected();
  expect(exitCodeOf((await reportCommand(folder, {}, nothing)).summary)).toBe(3);
  expect(nothing.text).toContain('incomplete: 0 of 160 samples are there');
  expect(nothing.text).not.toContain('\nvalid');
});

test.each([0, 1, 3])('a run that is valid and whole and ended with %i ends so again', async (exitCode) => {
  const run = syntheticLoadRun({ seconds: 1 });
  if (run.verdict === null) throw new Error('the fixture has no verdict');
  await writeSyntheticRun(folder, { ...run, verdict: { ...run.verdict, exitCode } });
  expect(exitCodeOf((await reportCommand(folder, {}, new Collected())).summary)).toBe(exitCode);
});

test('a wrong folder is one clear error with exit code 2', async () => {
  await expect(reportCommand(join(folder, 'nope'), {}, new Collected())).rejects.toMatchObject({
    code: 'E_RUN_NOT_FOUND',
    exitCode: 2,
    message: expect.stringContaining('nope is no run folder'),
  });
});

test('a place that cannot be written is one clear error with exit code 2', async () => {
  await writeSyntheticRun(folder, syntheticRun({ samplesPerCell: 1 }));
  const out = join(folder, 'no', 'such', 'folder', 'report.html');
  await expect(reportCommand(folder, { out }, new Collected())).rejects.toMatchObject({
    code: 'E_FILE_WRITE',
    exitCode: 2,
  });
});

test('a page in the place of what it is made from is refused', async () => {
  await writeSyntheticRun(folder, syntheticRun({ samplesPerCell: 1 }));
  const before = await readFile(join(folder, 'samples.ndjson'), 'utf8');
  for (const name of ['samples.ndjson', 'manifest.json', 'summary.json', 'samples.csv']) {
    const refused = reportCommand(folder, { out: join(folder, name) }, new Collected());
    await expect(refused).rejects.toMatchObject({ code: 'E_REPORT_OUT', exitCode: 2 });
  }
  expect(await readFile(join(folder, 'samples.ndjson'), 'utf8')).toBe(before);
});

test('a table that is a link to another file is refused, and nothing is written', async () => {
  await writeSyntheticRun(folder, syntheticRun({ samplesPerCell: 1 }));
  const other = join(folder, 'precious');
  await writeFile(other, 'not ours');
  await symlink(other, join(folder, 'samples.csv'));
  const refused = reportCommand(folder, {}, new Collected());
  await expect(refused).rejects.toMatchObject({ code: 'E_FILE_LINK', exitCode: 2 });
  expect(await readFile(other, 'utf8')).toBe('not ours');
  expect(await readdir(folder)).not.toContain('report.html');
});

test('the former report survives a full disk whole', async () => {
  await writeSyntheticRun(folder, syntheticRun({ samplesPerCell: 40 }));
  const { html, json } = await reportCommand(folder, {}, new Collected());
  const names = [html, json, join(folder, 'samples.csv')];
  const before = await Promise.all(names.map((path) => readFile(path, 'utf8')));
  // Where no file may grow beyond 16 KiB.
  const program = `
    import { reportCommand } from ${JSON.stringify(new URL('./report.ts', import.meta.url).href)};
    const silent = { result() {}, note() {}, status() {} };
    await reportCommand(process.argv[1], {}, silent).catch((error) => console.log(error.code, error.message));`;
  const limited = `ulimit -f 16; trap '' XFSZ; exec "$0" --input-type=module -e "$1" "$2"`;
  const { stdout } = await run(['bash', '-c', limited, process.execPath, program, folder]);
  expect(stdout).toMatch(/^E_DISK_FULL .*what stood there before is unchanged/);
  expect(await Promise.all(names.map((path) => readFile(path, 'utf8')))).toEqual(before);
  expect((await readdir(folder)).filter((name) => name.endsWith('.new'))).toEqual([]);
});

test('one damaged histogram is told, and the rest is shown', async () => {
  const good = syntheticLoadRun({ functions: ['rust-hello', 'go-hello'], seconds: 1 });
  const records = good.records.map((it) =>
    it.kind === 'load' && it.function === 'go-hello' ? { ...it, service: 'not a histogram' } : it,
  );
  await writeSyntheticRun(folder, { ...good, records });
  const output = new Collected();
  const { summary } = await reportCommand(folder, {}, output);
  const line = records.findIndex((it) => it.kind === 'load' && it.service === 'not a histogram') + 1;
  expect(output.text.replaceAll(/\s+/g, ' ')).toMatch(
    new RegExp(`samples.ndjson:${line} has a damaged histogram \\(service: .*; it is left out`),
  );
  expect(output.text).toContain('1 of 2 load are there');
  expect(summary.loads.map((cell) => cell.function)).toEqual(['rust-hello']);
  expect(exitCodeOf(summary)).toBe(3);
});
