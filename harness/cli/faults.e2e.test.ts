import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../core/subprocess.ts';
import { rememberAsTried } from '../runs/calibrated.fixture.ts';
import { readRun } from '../runs/read.ts';
import { listOurContainers } from '../targets/leftovers.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');
/** No k6 of anybody's, so that what is remembered of it serves this test alone. */
const VERSION = '2.99.0';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-faults-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Says its version as k6 does, and then writes what no k6 2.x writes, for ever. */
async function strangeK6(): Promise<string> {
  const path = join(folder, 'k6');
  const text = `#!/bin/sh
[ "$1" = version ] && { echo 'k6 v${VERSION} (test)'; exit 0; }
echo 'metric_name,timestamp,metric_value,group,scenario'
exec sleep 600
`;
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

test('a k6 that writes other columns ends the run with 4, its words kept and its machine removed', {
  timeout: 180_000,
}, async () => {
  await rememberAsTried(folder, VERSION);
  const words = ['bench', '--scenario', 'latency', '--profile', 'quick', '--platform', 'control'];
  const argv = [
    process.execPath,
    MAIN,
    ...words,
    '--functions',
    'rust-hello',
    '--k6',
    await strangeK6(),
    '--out',
    folder,
  ];
  const { stderr, exitCode } = await run(argv, { env: { XDG_STATE_HOME: folder }, timeoutMs: 170_000 });
  expect(stderr).toContain('error E_K6_OUTPUT: what k6 writes has no column');
  expect(exitCode).toBe(4);
  const runId = (await readdir(folder)).find((name) => name.startsWith('latency-')) ?? '';
  expect((await listOurContainers()).filter((it) => it.runId === runId)).toEqual([]);
  expect((await readRun(join(folder, runId))).verdict).toMatchObject({ status: 'failed', exitCode: 4 });
});
