import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repositoryRoot } from '../harness/core/paths.ts';
import { poll } from '../harness/core/poll.ts';
import { run } from '../harness/core/subprocess.ts';

/** `.ci/run` as it is, around programs that stand in for its steps. */

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
  await cp(join(repositoryRoot, '.ci/run'), join(folder, '.ci/run'));
  await program('bin/docker', 'exit 0');
  await program('bin/npm', `[ "$1" != test ] || echo '${results('local', 'passed')}' >"$GIVRE_TEST_JSON"`);
  await program('ci/setup', 'exit 0');
  await program('ci/openstack/install', 'exit 0');
  await program('ci/openstack/lane', `echo '${results('cloud', 'passed')}' >"$GIVRE_TEST_JSON"`);
  await cp(join(repositoryRoot, 'ci/results.ts'), join(folder, 'ci/results.ts'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
});

afterEach(() => rm(folder, { recursive: true }));

function gateEnvironment(): Readonly<Record<string, string>> {
  return { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, CI: 'true', GIVRE_GATE_CLOUD: 'yes' };
}

async function gate(env: Readonly<Record<string, string>> = {}) {
  const { stdout, exitCode } = await run([join(folder, '.ci/run')], { env: { ...gateEnvironment(), ...env } });
  return { exitCode, lines: stdout.trimEnd().split('\n') };
}

test('says the minutes of every step, and the tests of all lanes as its last line', async () => {
  const { exitCode, lines } = await gate();
  const table = lines.slice(lines.indexOf('minutes') + 1, -1).map((line) => line.replace(/ +\d+\.\d$/, ''));
  expect(table.slice(0, 2)).toEqual(['setup', 'npm test']);
  // Side by side.
  expect(table.slice(2, 4).sort()).toEqual(['cloud install', 'verify']);
  expect(table.slice(4).sort()).toEqual(['lane fake', 'lane lxc']);
  expect(lines.at(-1)).toBe('3 passed, 0 failed, 0 skipped');
  expect(exitCode).toBe(0);
});

test('a step that fails is named with the end of its log, and the others run all the same', async () => {
  await program('ci/openstack/lane', '[ "$1" = lxc ] || exit 0; echo no server came up; exit 4');
  const { exitCode, lines } = await gate();
  expect(lines).toContain('FAILED, exit code 4: lane lxc');
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(4);
});

test('a lane that does not end is ended, and named', async () => {
  const gateScript = join(folder, '.ci/run');
  const script = await readFile(gateScript, 'utf8');
  expect(script).toContain('aside_limit=35m');
  await writeFile(gateScript, script.replace('aside_limit=35m', 'aside_limit=2s'));
  await program('ci/openstack/lane', '[ "$1" = lxc ] || exit 0; echo waiting for a server; exec sleep 600');
  const { exitCode, lines } = await gate();
  expect(lines).toContain('FAILED, exit code 124: lane lxc (ended by its deadline)');
  expect(lines.filter((line) => line === 'waiting for a server').length).toBeGreaterThan(0);
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  expect(exitCode).toBe(124);
});

test('ends on SIGTERM only when its lanes have taken their clouds down', async () => {
  const down = join(folder, 'down');
  const script = `trap 'sleep 1; echo "$1" >>${down}; exit 143' TERM; touch "up-$1"; while :; do sleep 0.1; done`;
  await program('ci/openstack/lane', script);
  const child = spawn(join(folder, '.ci/run'), { env: gateEnvironment(), stdio: 'ignore' });
  const ended = new Promise((done) => child.once('close', done));
  const look = async () => {
    const up = (await readdir(folder)).filter((name) => name.startsWith('up-'));
    return up.length === 2 ? { done: true as const, value: undefined } : { done: false as const, seen: up.join() };
  };
  await poll(look, { what: 'two lanes', deadlineMs: 30_000, everyMs: 100 });
  child.kill('SIGTERM');
  await ended;
  expect((await readFile(down, 'utf8')).split('\n').toSorted()).toEqual(['', 'fake', 'lxc']);
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
