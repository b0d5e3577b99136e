import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../harness/core/subprocess.ts';

const setup = join(import.meta.dirname, 'setup');
let bin: string;

beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'givre-setup-path-'));
});

afterEach(() => rm(bin, { recursive: true }));

/** A PATH on which the named programs do not exist and all others do. */
async function pathWithout(...absent: string[]): Promise<string> {
  const seen = new Set(absent);
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const program of await readdir(folder).catch(() => [])) {
      if (seen.has(program)) continue;
      seen.add(program);
      await symlink(join(folder, program), join(bin, program));
    }
  }
  return bin;
}

test('a check on a machine that is ready says so and exits with 0', async () => {
  const { exitCode, stdout } = await run([setup, '--check']);
  expect(stdout).toMatch(/ok: Docker engine \d/);
  expect(stdout).toContain('ok: image debian:trixie-slim');
  expect(stdout).toMatch(/ready\n$/);
  expect(exitCode).toBe(0);
});

test('a check with an engine that does not answer names it and exits with 1', async () => {
  const { exitCode, stdout } = await run([setup, '--check'], { env: { DOCKER_HOST: 'tcp://127.0.0.1:1' } });
  expect(stdout).toContain('missing: an answer of the Docker engine at DOCKER_HOST=tcp://127.0.0.1:1');
  expect(stdout).toContain('not looked for: image debian:trixie-slim');
  expect(exitCode).toBe(1);
});

test('without --check an engine named by DOCKER_HOST that does not answer ends it with what to do', async () => {
  const { exitCode, stderr } = await run([setup], { env: { DOCKER_HOST: 'tcp://127.0.0.1:1' } });
  expect(stderr).toContain('FAILED: the Docker engine at DOCKER_HOST=tcp://127.0.0.1:1 does not answer');
  expect(stderr).toContain('to do: start it, or unset DOCKER_HOST');
  expect(exitCode).toBe(4);
});

test('a check without Docker says that it would install it, and installs nothing', async () => {
  const { exitCode, stdout } = await run([setup, '--check'], { env: { PATH: await pathWithout('docker', 'dockerd') } });
  expect(stdout).toContain('missing: Docker; would install docker.io from the distribution and start it');
  expect(stdout).not.toContain('apt-get');
  expect(exitCode).toBe(1);
});

test('a check for the tests names the program that only they need, and its package', async () => {
  const path = await pathWithout('ssh-agent');
  const { exitCode, stdout } = await run([setup, '--check', '--tests'], { env: { PATH: path } });
  expect(stdout).toContain('missing: ssh-agent (tests only); would install openssh-client from the distribution');
  expect(exitCode).toBe(1);
});

test('without Node it says where to get it', async () => {
  const { exitCode, stderr } = await run([setup], { env: { PATH: await pathWithout('node') } });
  expect(stderr).toContain('there is no Node');
  expect(stderr).toContain('https://nodejs.org/en/download');
  expect(exitCode).toBe(4);
});

test('a Node that is too old is refused with its version', async () => {
  const path = await pathWithout('node');
  await writeFile(join(path, 'node'), '#!/bin/sh\necho 18.19.0\n', { mode: 0o755 });
  const { exitCode, stderr } = await run([setup], { env: { PATH: path } });
  expect(stderr).toContain('Node 18.19.0 is too old');
  expect(exitCode).toBe(4);
});

test('an unknown option is refused with exit code 2', async () => {
  const { exitCode, stderr } = await run([setup, '--chekc']);
  expect(stderr).toContain('unknown option "--chekc"');
  expect(exitCode).toBe(2);
});
