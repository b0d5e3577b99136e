import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunResult, run } from '../core/subprocess.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-words-'));
});
afterAll(() => rm(folder, { recursive: true }));

function givre(args: readonly string[]): Promise<RunResult> {
  const env = { XDG_STATE_HOME: folder };
  return run([process.execPath, MAIN, ...args], { timeoutMs: 50_000, env, cwd: folder });
}

function bench(...args: readonly string[]): Promise<RunResult> {
  return givre(['bench', '--scenario', 'coldstart', '--platform', 'control', ...args]);
}

describe('the plan of a run', () => {
  test.each([
    [['--platform', 'control+foo'], 'no defect named "foo"', 'npm run bench -- --help'],
    [
      ['--platform', 'control', '--defect', 'no-readyness'],
      'no defect named "no-readyness"',
      'did you mean no-readiness?',
    ],
    [['--platform', 'faasd=/nonexist'], '/nonexist is not a faasd binary: there is no such file', 'faasd=PATH'],
    [['--platform', 'faasd=/tmp'], '/tmp is not a faasd binary: it is no file', 'faasd=PATH'],
    [['--platform', 'faasd=/etc/hostname'], 'it is no ELF program', 'faasd=PATH'],
    [['--scenario', 'latency', '--k6', '/nonexist'], 'cannot run /nonexist: there is no such file', '--k6'],
    [['--scenario', 'latency', '--k6', '/tmp'], 'cannot run /tmp: it is no file', '--k6'],
    [['--scenario', 'latency', '--k6', '/bin/true'], '/bin/true is no k6 2.x', '--k6'],
    [['--scenario', 'coldstrat'], 'unknown scenario "coldstrat"', 'did you mean coldstart?'],
    [['--levels', 'L9'], 'unknown level "L9"', 'did you mean L0'],
  ])('checks all words, in a dry run, too: %j', async (words, what, todo) => {
    const { exitCode, stderr } = await givre(['bench', '--scenario', 'coldstart', '--dry-run', ...words]);
    expect(stderr).toContain(what);
    expect(stderr).toContain(todo);
    expect(exitCode).toBe(2);
  });

  test('refuses a k6 that nobody may execute', async () => {
    const path = join(folder, 'k6');
    await writeFile(path, '#!/bin/sh\n', { mode: 0o644 });
    const { exitCode, stderr } = await givre(['bench', '--scenario', 'latency', '--dry-run', '--k6', path]);
    expect(stderr).toContain(`cannot run ${path}: it is not executable`);
    expect(exitCode).toBe(2);
  });

  test('says which functions were left out because one of several scenarios cannot work with them', async () => {
    const words = ['bench', '--platform', 'control', '--dry-run', '--scenario'];
    const both = (await givre([...words, 'latency,payload'])).stdout;
    expect(both).toContain('functions  rust-echo, go-echo, node-echo (the default of payload, which holds for all 2');
    expect(both).toContain('without rust-hello, go-hello, node-hello, python-hello; others: --functions)');
    expect((await givre([...words, 'latency'])).stdout).toContain('python-hello (marked as default in the stack)');
    expect((await givre([...words, 'payload'])).stdout).toContain('(the default of payload, without rust-hello');
  });

  test('shows in a dry run what would be deployed, and no value of a variable or secret', async () => {
    const path = join(folder, 'shown.yaml');
    await mkdir(join(folder, 'shown'));
    await writeFile(join(folder, 'shown', 'Dockerfile'), 'FROM scratch\n');
    const fn = `lang: dockerfile
    handler: ./shown
    image: example/shown:1
    environment: {DB_HOST: hunter2.example, DB_USER: "hunter2"}
    labels: {secret-label: hunter2}
    annotations: {dev.givre/expected-body: hunter2}
    limits: {memory: 64Mi}
    requests: {cpu: 100m}
    readonly_root_filesystem: true`;
    const other = '{image: "example/other:2", skip_build: true}';
    await writeFile(path, `provider: {name: openfaas}\nfunctions:\n  shown:\n    ${fn}\n  other: ${other}\n`);
    const { stdout } = await bench('--dry-run', '--stack', path);
    expect(stdout).toContain(
      'deploys    shown: example/shown:1, built from shown; limits memory 64Mi; requests cpu 100m; environment DB_HOST, DB_USER; read-only',
    );
    expect(stdout).toContain('sent       shown: no body; right is status 200 and exactly its 7 bytes');
    expect(stdout).toContain('deploys    other: example/other:2, as published; no limits, variables or secrets');
    const json = (await bench('--dry-run', '--json', '--stack', path)).stdout;
    expect(JSON.parse(json).deploys).toMatchObject([
      {
        ...{ name: 'shown', image: 'example/shown:1', builtFrom: join(folder, 'shown'), limits: { memory: '64Mi' } },
        ...{ environment: ['DB_HOST', 'DB_USER'], secrets: [], readOnlyRootFilesystem: true, sent: null },
      },
      { name: 'other', builtFrom: null, limits: null, environment: [], readOnlyRootFilesystem: false },
    ]);
    expect(stdout + json).not.toContain('hunter2');
  });
});
