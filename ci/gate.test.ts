import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../harness/core/subprocess.ts';

/** `.ci/run` as it is, around programs that stand in for its steps. */

const root = resolve(import.meta.dirname, '..');
let folder: string;

async function program(path: string, script: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, path), 0o755);
}

const results = (title: string, state: string) =>
  JSON.stringify({ tests: [{ file: 'a.test.ts', title, state, retries: 0, reason: '' }], errors: [] });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-gate-'));
  await cp(join(root, '.ci/run'), join(folder, '.ci/run'));
  await program('bin/docker', 'exit 0');
  await program('bin/npm', `[ "$1" != test ] || echo '${results('local', 'passed')}' >"$GIVRE_TEST_JSON"`);
  await program('ci/setup', 'exit 0');
  await program('ci/openstack/install', 'exit 0');
  await program('ci/openstack/lane', `echo '${results('cloud', 'passed')}' >"$GIVRE_TEST_JSON"`);
  await cp(join(root, 'ci/results.ts'), join(folder, 'ci/results.ts'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
});

afterEach(() => rm(folder, { recursive: true }));

async function gate(env: Readonly<Record<string, string>> = {}) {
  const path = `${join(folder, 'bin')}:${process.env.PATH}`;
  const { stdout, exitCode } = await run([join(folder, '.ci/run')], {
    env: { PATH: path, CI: 'true', GIVRE_GATE_CLOUD: 'yes', ...env },
  });
  return { exitCode, lines: stdout.trimEnd().split('\n') };
}

test('says the minutes of every step, and the tests of all lanes as its last line', async () => {
  const { exitCode, lines } = await gate();
  const table = lines.slice(lines.indexOf('minutes') + 1, -1).map((line) => line.replace(/ +\d+\.\d$/, ''));
  expect(table.slice(0, 4)).toEqual(['setup', 'npm test', 'verify', 'cloud install']);
  expect(table.slice(4).sort()).toEqual(['lane fake', 'lane lxc']);
  expect(lines.at(-1)).toBe('3 passed, 0 failed, 0 skipped');
  expect(exitCode).toBe(0);
});

test('a step that fails is named with the end of its log, and the others run all the same', async () => {
  await program('ci/openstack/lane', '[ "$1" = lxc ] || exit 0; echo no server came up; exit 4');
  const { exitCode, lines } = await gate();
  expect(lines).toContain('FAILED, exit code 4: ci/openstack/lane lxc');
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(4);
});

test('a test that failed is a failure, although the step that ran it ended well', async () => {
  await program('bin/npm', `[ "$1" != test ] || echo '${results('local', 'failed')}' >"$GIVRE_TEST_JSON"`);
  const { exitCode, lines } = await gate({ GIVRE_GATE_CLOUD: 'no' });
  expect(lines).toContain('FAILED: a.test.ts: local: ');
  expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(1);
});

test('without the packages that setup brings, its last line is still the result', async () => {
  await rm(join(folder, 'node_modules'));
  await program('ci/setup', 'echo no network; exit 4');
  const { exitCode, lines } = await gate({ GIVRE_GATE_CLOUD: 'no' });
  expect(lines).toContain('no network');
  expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(4);
});
