import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GivreError } from '../core/errors.ts';
import { run as runProgram } from '../core/subprocess.ts';
import { readRun } from './read.ts';
import { syntheticLoadRun } from './synthetic-load.fixture.ts';
import { syntheticRun, writeSyntheticRun } from './synthetic-run.fixture.ts';
import { openRun } from './write.ts';

const run = syntheticRun({ functions: ['rust-hello', 'go-hello'], samplesPerCell: 6 });
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-runs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a run folder', () => {
  test('gives back exactly what was written', async () => {
    await writeSyntheticRun(folder, run);
    const back = await readRun(folder);
    expect(back).toEqual({ ...run, folder });
    expect((await readdir(folder)).sort()).toEqual(['manifest.json', 'samples.ndjson', 'verdict.json']);
  });

  test('holds every record as soon as record() returns', async () => {
    const writer = await openRun(folder, run.manifest);
    for (const [i, record] of run.records.slice(0, 3).entries()) {
      await writer.record(record);
      expect((await readRun(folder)).records).toHaveLength(i + 1);
    }
    expect(writer.recorded).toBe(3);
    await writer.close();
  });

  test('keeps the order of records that were not waited for', async () => {
    const writer = await openRun(folder, run.manifest);
    await Promise.all(run.records.map((record) => writer.record(record)));
    await writer.close();
    expect((await readRun(folder)).records).toEqual(run.records);
  });

  test('is never overwritten', async () => {
    await writeSyntheticRun(folder, run);
    await expect(openRun(folder, run.manifest)).rejects.toMatchObject({ code: 'E_RUN_EXISTS', exitCode: 2 });
    expect((await readRun(folder)).records).toEqual(run.records);
  });

  test('has the new manifest after an update and no temporary file', async () => {
    const writer = await openRun(folder, run.manifest);
    await writer.updateManifest({ ...run.manifest, finishedAt: '2026-01-01T00:09:00.000Z' });
    await writer.close();
    expect((await readRun(folder)).manifest.finishedAt).toBe('2026-01-01T00:09:00.000Z');
    expect((await readdir(folder)).sort()).toEqual(['manifest.json', 'samples.ndjson']);
  });
});

test('a reading of memory from before its scenario was recorded is read, without one', async () => {
  const { manifest, records } = syntheticLoadRun({ functions: ['rust-hello'], scenarios: ['memory'] });
  const readings = records.filter((record) => record.kind === 'footprint');
  const writer = await openRun(folder, manifest);
  for (const reading of readings) await writer.record(reading);
  await writer.close();
  const path = join(folder, 'samples.ndjson');
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll('"scenario":"memory",', ''));
  const back = await readRun(folder);
  expect(back.problems).toEqual([]);
  expect(back.records).toEqual(readings.map((reading) => ({ ...reading, scenario: null })));
});

describe('a killed run', () => {
  test('can be read when it was cut at any byte of its last record', async () => {
    const writer = await openRun(folder, run.manifest);
    for (const record of run.records.slice(0, 2)) await writer.record(record);
    await writer.close();
    const path = join(folder, 'samples.ndjson');
    const whole = await readFile(path);
    const firstLine = whole.indexOf('\n') + 1;
    for (let length = whole.length; length >= firstLine; length -= 7) {
      await truncate(path, length);
      const back = await readRun(folder);
      expect(back.verdict).toBeNull();
      const complete = length >= whole.length - 1;
      expect(back.records).toHaveLength(complete ? 2 : 1);
      if (complete || length === firstLine) expect(back.problems).toEqual([]);
      else
        expect(back.problems).toEqual([
          expect.objectContaining({ line: 2, message: expect.stringContaining('cut off') }),
        ]);
    }
  });

  test('has every record that it had reported when SIGKILL came', async () => {
    const program = fileURLToPath(new URL('./endless-writer.fixture.ts', import.meta.url));
    const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let reported = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      reported += chunk.toString().split('\n').length - 1;
    });
    const deadline = Date.now() + 20_000;
    while (reported < 25 && Date.now() < deadline) await sleep(5);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(reported).toBeGreaterThanOrEqual(25);
    const back = await readRun(folder);
    expect(back.records.length).toBeGreaterThanOrEqual(reported);
    expect(back.manifest.finishedAt).toBeNull();
  }, 30_000);
});

describe('a full disk', () => {
  // /dev/full is the kernel's own full disk: every write fails with ENOSPC.
  test('is one clear error that says what is kept, when samples cannot be appended', async () => {
    const writer = await openRun(folder, run.manifest);
    await writer.close();
    await rm(join(folder, 'samples.ndjson'));
    const program = `
      import { openRun } from ${JSON.stringify(new URL('./write.ts', import.meta.url).href)};
      import { syntheticRun } from ${JSON.stringify(new URL('./synthetic-run.fixture.ts', import.meta.url).href)};
      const run = syntheticRun({ samplesPerCell: 40 });
      const writer = await openRun(process.argv[1], run.manifest);
      try {
        for (const record of run.records) await writer.record(record);
        console.log(JSON.stringify({ code: 'none' }));
      } catch (error) {
        console.log(JSON.stringify({ code: error.code, message: error.message, hint: error.hint, recorded: writer.recorded }));
      }`;
    // 16 KiB is where the file may not grow any more, in the middle of a record.
    const limited = `ulimit -f 16; trap '' XFSZ; exec "$0" --input-type=module -e "$1" "$2"`;
    const { stdout: result } = await runProgram(['bash', '-c', limited, process.execPath, program, folder]);
    const error = JSON.parse(result);
    expect(error).toMatchObject({ code: 'E_DISK_FULL' });
    expect(error.recorded).toBeGreaterThan(3);
    expect(error.message).toContain(`${error.recorded} records are kept`);
    const back = await readRun(folder);
    expect(back.records).toHaveLength(error.recorded);
    expect(back.problems).toEqual([]);
  });

  test('is told as such when the device itself has no room', async () => {
    await symlink('/dev/full', join(folder, 'manifest.json.new'));
    const failure = await openRun(folder, run.manifest).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GivreError);
    expect(failure).toMatchObject({ code: 'E_DISK_FULL', message: expect.stringContaining('the disk is full') });
  });
});

describe('reading', () => {
  test('refuses a folder without a manifest in one sentence, exit code 2', async () => {
    for (const wrong of [folder, join(folder, 'missing'), fileURLToPath(import.meta.url)]) {
      await expect(readRun(wrong)).rejects.toMatchObject({ code: 'E_RUN_NOT_FOUND', exitCode: 2 });
    }
  });

  test('refuses the manifest of another format version and says which', async () => {
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...run.manifest, schemaVersion: 99 }));
    await expect(readRun(folder)).rejects.toMatchObject({
      code: 'E_RUN_VERSION',
      exitCode: 2,
      message: expect.stringContaining('schemaVersion 99'),
    });
  });

  test('says which field of a manifest is wrong', async () => {
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...run.manifest, seed: 'x' }));
    await expect(readRun(folder)).rejects.toMatchObject({
      code: 'E_RUN_MANIFEST',
      message: expect.stringContaining('seed'),
    });
  });

  test('names file and line of every record it cannot use and uses all others', async () => {
    await writeSyntheticRun(folder, run);
    const bad = [
      '{"kind":',
      JSON.stringify({ ...run.records[0], schemaVersion: 7 }),
      JSON.stringify({ ...run.records[0], kind: 'dream' }),
      JSON.stringify(run.records[1]),
    ];
    await appendFile(join(folder, 'samples.ndjson'), `${bad.join('\n')}\n`);
    const back = await readRun(folder);
    const before = run.records.length;
    expect(back.records).toEqual([...run.records, run.records[1]]);
    expect(back.problems.map((problem) => problem.line)).toEqual([before + 1, before + 2, before + 3]);
    expect(back.problems[0]?.message).toContain('no JSON');
    expect(back.problems[1]?.message).toContain('schemaVersion 7');
    expect(back.problems[2]?.message).toContain('does not fit');
    expect(back.problems.every((problem) => problem.file === 'samples.ndjson')).toBe(true);
  });

  test('takes records from a file that is larger than any string can be', async () => {
    await writeSyntheticRun(folder, run);
    const path = join(folder, 'samples.ndjson');
    const before = (await stat(path)).size;
    // As after a crash of the machine: a hole, which takes no room on the disk and is read as zeros.
    await truncate(path, before + 600 * 2 ** 20);
    await appendFile(path, `\n${JSON.stringify(run.records[0])}\n`);
    const back = await readRun(folder);
    expect(back.records).toEqual([...run.records, run.records[0]]);
    expect(back.problems).toEqual([
      { file: 'samples.ndjson', line: run.records.length + 1, message: 'is longer than any record; it is left out' },
    ]);
  });

  test('takes only a line feed for the end of a line, whatever separators stand in a record', async () => {
    const [first] = run.records.filter((record) => record.kind === 'coldstart');
    if (first === undefined) throw new Error('no cold start');
    const record = { ...first, reason: 'a\u2028b\u2029c\u0085d\re' };
    await writeSyntheticRun(folder, { ...run, records: [record] });
    const back = await readRun(folder);
    expect(back.records).toEqual([record]);
    expect(back.problems).toEqual([]);
  });

  test.each(['samples.ndjson', 'manifest.json', 'verdict.json'])(
    'does not read without end from a device: %s',
    async (name) => {
      await writeSyntheticRun(folder, run);
      await rm(join(folder, name));
      await symlink('/dev/zero', join(folder, name));
      await expect(readRun(folder)).rejects.toMatchObject({
        code: 'E_RUN_READ',
        exitCode: 2,
        message: expect.stringContaining(`${name}: it is no regular file`),
      });
    },
  );

  test('goes on without samples or with a verdict that it cannot understand', async () => {
    await writeSyntheticRun(folder, run);
    await rm(join(folder, 'samples.ndjson'));
    await writeFile(join(folder, 'verdict.json'), '{"half":');
    const back = await readRun(folder);
    expect(back.records).toEqual([]);
    expect(back.verdict).toBeNull();
    expect(back.problems.map((problem) => problem.file)).toEqual(['samples.ndjson', 'verdict.json']);
    expect((await stat(folder)).isDirectory()).toBe(true);
  });
});
