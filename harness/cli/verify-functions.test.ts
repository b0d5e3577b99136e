import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import { poll } from '../core/poll.ts';
import { type RunResult, run } from '../core/subprocess.ts';
import { verifyRecordSchema } from '../functions/verify.ts';
import { machineId } from '../runs/lock.ts';
import { listOurContainers } from '../targets/leftovers.ts';
import { listOurNetworks } from '../targets/network.ts';

const MAIN = resolve(import.meta.dirname, 'main.ts');
const WATCHDOGS = join(repositoryRoot, 'peer-functions/watchdogs');
const WRONG = resolve(import.meta.dirname, 'testdata/wrong');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-verify-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** givre as a process; its state is in the test's own folder. */
function verify(...words: readonly string[]): Promise<RunResult> {
  return givre('verify-functions', ...words);
}

function givre(...words: readonly string[]): Promise<RunResult> {
  return run([process.execPath, MAIN, ...words], {
    timeoutMs: 280_000,
    env: { XDG_STATE_HOME: folder },
    cwd: folder,
  });
}

async function recordOf(path: string) {
  return verifyRecordSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

/** What this test's runs have in the engine right now; other tests have things of their own. */
async function ours(): Promise<readonly string[]> {
  const own = await machineId(join(folder, 'givre'));
  const all = [...(await listOurContainers()), ...(await listOurNetworks())];
  return all.filter(({ machine }) => machine === own).map(({ name }) => name);
}

async function stackOf(name: string, functions: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, name);
  const keys = Object.entries(functions).map(([fn, text]) => `  ${fn}: {${text}}\n`);
  await writeFile(path, `provider: {name: openfaas}\nfunctions:\n${keys.join('')}`);
  return path;
}

const hello = 'labels: {dev.givre/language: perl, dev.givre/workload: hello}';
const wrong = (how: string): string =>
  `lang: dockerfile, handler: ${WRONG}, image: givre/wrong, environment: {HOW: ${how}}, ${hello}`;

describe('npm run verify-functions -- --direct', { timeout: 300_000 }, () => {
  test('finds the hello of all languages the same, and leaves nothing behind', async () => {
    const json = join(folder, 'hello.json');
    const functions = ['rust-hello', 'go-hello', 'node-hello', 'python-hello'];
    const { exitCode, stdout, stderr } = await verify('--direct', '--functions', functions.join(), '--json', json);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('[4/4] python-hello: all 13 vectors the same')]);
    expect(stdout).toContain('4 variants, asked by plain containers');
    const { variants, by } = await recordOf(json);
    expect(by).toBe('plain containers');
    expect(new Set(variants.map(({ name }) => name))).toEqual(new Set(functions));
    for (const variant of variants) {
      expect(variant).toMatchObject({ status: 'same', passed: 13, failed: 0, image: { user: '65532:65532' } });
    }
    expect(await ours()).toEqual([]);
  });

  test('reports what is different, twice over and in words, with exit code 1', async () => {
    const json = join(folder, 'wrong.json');
    const stack = await stackOf('wrong.yaml', {
      'right-hello': wrong('not at all'),
      'chunked-hello': wrong('chunked'),
      'type-hello': wrong('type'),
      'ended-hello': `image: debian:trixie-slim, skip_build: true, ${hello}`,
      // Of the container alone: here such variables would say what runs in the place of docker.
      'env-hello': wrong('not at all, DOCKER_HOST: "tcp://127.0.0.1:1", PATH: "/usr/bin:/bin", LINES: "a\\nb"'),
    });
    const { exitCode, stdout } = await verify('--direct', '--stack', stack, '--json', json);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('from byte 11 on "Hello from nobody\\n" instead of "Hello from givre\\n"');
    const [right, chunked, type, ended, env] = (await recordOf(json)).variants;
    expect(env).toMatchObject({ status: 'same', failed: 0 });
    expect(right).toMatchObject({ status: 'same', failed: 0 });
    expect(chunked).toMatchObject({ status: 'different', passed: 10, failed: 3 });
    expect(new Set(chunked?.differences.map((it) => it.framing))).toEqual(new Set(['chunked']));
    expect(type).toMatchObject({ status: 'different', passed: 0, failed: 13 });
    expect(type?.differences[0]?.what).toBe('Content-Type "text/html" instead of "text/plain; charset=utf-8"');
    expect(ended).toMatchObject({ status: 'different', reason: expect.stringContaining('ended with exit code 0') });
    expect(await ours()).toEqual([]);
  });

  test('lists what cannot be had, and ends with 4 where an image cannot be built', async () => {
    const json = join(folder, 'broken.json');
    const dockerfiles = {
      watchdog: 'FROM 127.0.0.1:1/none/of-watchdog:1\n',
      nowhere: 'FROM nowhere.invalid/none/of-watchdog:1\n',
      broken: 'FROM debian:trixie-slim\nRUN exit 3\n',
    };
    for (const [name, text] of Object.entries(dockerfiles)) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'Dockerfile'), text);
    }
    const behind = 'labels: {dev.givre/workload: hello, dev.givre/watchdog: of}';
    const others = await stackOf('others.yaml', {
      'perl-hello-of': `lang: dockerfile, handler: ./watchdog, image: givre/test-watchdog, ${behind}`,
      'perl-hello-nowhere-of': `lang: dockerfile, handler: ./nowhere, image: givre/test-nowhere, ${behind}`,
      'perl-knit': 'image: debian:trixie-slim, skip_build: true, labels: {dev.givre/workload: knit}',
    });
    const expected = ['unavailable', 'unavailable', 'unknown'];
    const fine = await verify('--direct', '--stack', others, '--json', json);
    expect(fine.stderr).toContain('nothing was checked');
    expect([fine.exitCode, fine.stderr]).toEqual([
      3,
      expect.stringContaining('needs of-watchdog, which cannot be had'),
    ]);
    expect((await recordOf(json)).variants.map((it) => it.status)).toEqual(expected);
    const timed = ['bench', '--scenario', 'coldstart', '--platform', 'control', '--stack', others];
    const bench = await givre(...timed, '--functions', 'perl-hello-of');
    expect([bench.exitCode, bench.stderr]).toEqual([4, expect.stringContaining('error E_FUNCTION_UNAVAILABLE')]);
    expect(bench.stderr).toContain('not measured: perl-hello-of: unavailable, needs of-watchdog');
    const broken = await stackOf('broken.yaml', {
      'perl-hello': `lang: dockerfile, handler: ./broken, image: givre/test-broken, ${hello}`,
    });
    expect((await verify('--direct', '--stack', others, '--stack', broken, '--json', json)).exitCode).toBe(4);
    expect((await recordOf(json)).variants.map((it) => it.status)).toEqual([...expected, 'broken']);
  });

  test('puts a watchdog that the user names before the image of another function, and says what it did not ask', async () => {
    const json = join(folder, 'watchdog.json');
    const watchdog = join(folder, 'fwatchdog');
    await writeFile(watchdog, '#!/bin/sh\nexec $fprocess\n', { mode: 0o755 });
    const labels = 'labels: {dev.givre/workload: hello, dev.givre/watchdog: of}';
    const build = `image: givre/wrong-of, handler: ${WATCHDOGS}/of, build_args: {FUNCTION: givre/wrong}`;
    const stack = await stackOf('watchdog.yaml', {
      'right-hello': wrong('not at all'),
      'right-hello-of': `lang: dockerfile, ${build}, fprocess: perl -w /wrong.pl, ${labels}`,
    });
    const words = ['--direct', '--stack', stack, '--functions', '*-of', '--json', json];
    const { exitCode, stdout, stderr } = await verify(...words, '--watchdog', `of=${watchdog}`);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('all 12 vectors the same, 1 not asked')]);
    expect(stdout).toContain('right-hello-of: not asked behind its watchdog: health');
    const [variant] = (await recordOf(json)).variants;
    expect(variant).toMatchObject({ passed: 12, skipped: ['health'], image: { user: '65532:65532' } });
  });

  test('takes everything away on Ctrl-C, and exits with 130', async () => {
    const stack = await stackOf('slow.yaml', { 'slow-hello': wrong('slow') });
    const child = spawn(process.execPath, [MAIN, 'verify-functions', '--direct', '--stack', stack], {
      env: { ...process.env, XDG_STATE_HOME: folder },
      stdio: 'ignore',
    });
    const exited = new Promise((done) => child.once('close', done));
    const both = async () => {
      const there = await ours();
      return there.length === 2 ? { done: true as const, value: there } : { done: false as const, seen: there.join() };
    };
    await poll(both, { what: 'a container and a network', deadlineMs: 120_000, everyMs: 50 });
    child.kill('SIGINT');
    expect(await exited).toBe(130);
    expect(await ours()).toEqual([]);
  });
});

describe('npm run verify-functions', () => {
  test('has help with examples', async () => {
    const { exitCode, stdout } = await verify('--help');
    expect(exitCode).toBe(0);
    for (const word of ['Examples:', '--direct', '--workloads', '--json', 'Exit codes:'])
      expect(stdout).toContain(word);
  });

  test.each([
    { words: ['--functions', 'rust-helo'], says: 'did you mean rust-hello' },
    { words: ['--workloads', 'hello,helo'], says: 'no function has the workload "helo"' },
    {
      words: ['--functions', 'rust-hello', '--workloads', 'json'],
      says: 'none of "rust-hello" has the workload "json"',
    },
    { words: ['--workloads', 'jsn'], says: 'did you mean json?' },
    { words: ['--vectors', '/nowhere'], says: 'E_VECTORS' },
    { words: ['--watchdog', 'off=/bin/true'], says: '--watchdog takes no "off=/bin/true"' },
    { words: ['--watchdog', 'of=/nowhere'], says: 'cannot run /nowhere: there is no such file' },
    { words: ['--json', '/proc/nope.json'], says: 'E_OUT' },
    { words: ['--json', '/dev/stdout'], says: 'is a link to another file' },
  ])('refuses $words with exit code 2', async ({ words, says }) => {
    const { exitCode, stderr } = await verify('--direct', ...words);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(says)]);
  });

  test('says when no Docker engine answers, with exit code 4', async () => {
    const { exitCode, stderr } = await run([process.execPath, MAIN, 'verify-functions', '--direct'], {
      env: { XDG_STATE_HOME: folder, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
      timeoutMs: 60_000,
    });
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining('error E_DOCKER_DOWN')]);
  });

  test('asks through the gateway of the control platform, with a key-value server beside it', {
    timeout: 300_000,
  }, async () => {
    const { exitCode, stdout } = await verify('--functions', 'rust-hello,go-kv');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('2 variants, asked by control')]);
    expect(stdout).toMatch(/^go-kv +same +24 +0 /m);
    expect(await ours()).toEqual([]);
  });
});

test('npm run bench -- --verify refuses to time what answers wrong', { timeout: 300_000 }, async () => {
  const stack = await stackOf('timed.yaml', { 'type-hello': wrong('type') });
  const words = ['bench', '--scenario', 'coldstart', '--platform', 'control', '--stack', stack, '--verify'];
  const { exitCode, stderr } = await run([process.execPath, MAIN, ...words], {
    env: { XDG_STATE_HOME: folder },
    cwd: folder,
    timeoutMs: 280_000,
  });
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining('not measured: type-hello: 13 of 13 vectors DIFFERENT'),
  ]);
  expect(stderr).toContain('error E_NOTHING_RIGHT');
  expect(await ours()).toEqual([]);
});
