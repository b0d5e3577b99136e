import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import { poll } from '../core/poll.ts';
import { type RunResult, run, runOrFail } from '../core/subprocess.ts';
import { buildImage } from '../images/build.ts';
import { imageCatalog } from '../images/catalog.ts';
import { copyFromImage } from '../images/copy.ts';
import { buildCommand } from '../images/docker.ts';
import { pruneOldStages } from '../images/prune.ts';
import { controlPlatform } from '../platforms/control/index.ts';
import { machineImage, withMachine } from '../platforms/machine.fixture.ts';
import { pins } from '../platforms/pins.ts';
import { faasCliSpec } from './faas-cli.fixture.ts';
import { publish } from './registry.ts';

/** The templates as their users meet them: pulled, filled in, built and deployed by the real faas-cli. */

const prefix = `givre-test-${randomBytes(4).toString('hex')}`;
const stage = 'function-template';
const images: string[] = [];
let folder = '';
let project = '';
let builder = '';
let buildKit = false;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-template-test-'));
  project = join(folder, 'project');
  ({ buildKit } = await buildCommand(undefined));
  const catalog = await imageCatalog({ root: repositoryRoot, gateway: pins.gateway, queueWorker: pins.queueWorker });
  const cli = await buildImage(await faasCliSpec());
  await copyFromImage(cli.tag, '/opt/givre/bin/faas-cli', join(folder, 'faas-cli'));
  // What a stage starts from labels it, so that those of earlier tests are found and removed.
  builder = await imageOf('builder', `FROM ${(await buildImage(catalog.builder)).tag}\nLABEL givre.stage=${stage}\n`);
  await mkdir(project);
  await faasCli('template', 'pull', await templateRepository());
}, 900_000);

afterAll(async () => {
  if (images.length > 0) await run(['docker', 'rmi', '--force', ...images]);
  await pruneOldStages(stage, {});
  await rm(folder, { recursive: true });
});

/** rust-functions/ alone, as a git repository. */
async function templateRepository(): Promise<string> {
  const repository = join(folder, 'repository');
  const from = join(repositoryRoot, 'rust-functions');
  const filter = (path: string): boolean => !path.endsWith('/target');
  await cp(from, repository, { recursive: true, verbatimSymlinks: true, filter });
  const git = ['git', '-C', repository, '-c', 'user.name=test', '-c', 'user.email=test@givre.example'];
  for (const command of [['init'], ['add', '--all'], ['commit', '--message', 'All of it']]) {
    await runOrFail([...git, ...command], `git ${command[0]}`);
  }
  return repository;
}

/** An image from a Dockerfile that needs no files; it is gone after the tests. */
async function imageOf(name: string, dockerfile: string): Promise<string> {
  const tag = `${prefix}/${name}`;
  await runOrFail(['docker', 'build', '--tag', tag, '-'], `building ${tag}`, { input: dockerfile });
  images.push(tag);
  return tag;
}

function tryFaasCli(args: readonly string[], input = ''): Promise<RunResult> {
  // Its own settings, and no others of whoever runs the tests.
  const env = { OPENFAAS_CONFIG: join(folder, 'config'), DOCKER_BUILDKIT: buildKit ? '1' : '0' };
  return run([join(folder, 'faas-cli'), ...args], { cwd: project, env, input });
}

async function faasCli(...args: readonly string[]): Promise<string> {
  const result = await tryFaasCli(args);
  const output = `${result.stdout}${result.stderr}`;
  expect(result.exitCode, output).toBe(0);
  return output;
}

/** A function from a template, in the project. */
async function newFunction(name: string, lang: string, handler = name): Promise<void> {
  await faasCli('new', '--lang', lang, '--prefix', prefix, '--handler', handler, name);
}

function buildArguments(name: string, ...args: readonly string[]): readonly string[] {
  images.push(`${prefix}/${name}:latest`);
  return ['build', '--yaml', `${name}.yml`, '--build-arg', `BUILDER=${builder}`, ...args];
}

interface Running {
  readonly id: string;
  readonly url: string;
}

/** Runs the image of a function, until `use` is done with it. */
async function running(name: string, options: readonly string[], use: (it: Running) => Promise<void>): Promise<void> {
  const argv = ['docker', 'run', '--detach', ...options, `${prefix}/${name}:latest`];
  const id = (await runOrFail(argv, `starting ${name}`)).stdout.trim();
  try {
    const address = (await runOrFail(['docker', 'port', id], 'asking for the port')).stdout.trim().split(' ').pop();
    await use({ id, url: `http://${address}/` });
  } finally {
    await runOrFail(['docker', 'rm', '--force', id], 'removing the container');
  }
}

/** What the function answers once it can be reached. */
function answer(url: string, body: string): Promise<Response> {
  return poll<Response>(
    async () => {
      try {
        return { done: true, value: await fetch(url, { method: 'POST', body }) };
      } catch (error) {
        return { done: false, seen: String(error) };
      }
    },
    { what: `an answer from ${url}`, deadlineMs: 20_000 },
  );
}

async function inspect(what: string, format: string): Promise<unknown> {
  const { stdout } = await runOrFail(['docker', 'inspect', '--format', `{{json ${format}}}`, what], 'inspecting');
  return JSON.parse(stdout);
}

test('both templates are found in a repository made of rust-functions/', async () => {
  expect(await faasCli('new', '--list')).toMatch(/^- rust-http\n- rust-http-of-watchdog\n/m);
});

describe('a function from rust-http', { timeout: 600_000 }, () => {
  beforeAll(async () => {
    await newFunction('greeter', 'rust-http');
    await faasCli(...buildArguments('greeter'));
  });

  test('is one small static program, run by a user without rights', async () => {
    const image = `${prefix}/greeter:latest`;
    expect(await inspect(image, '.RootFS.Layers')).toHaveLength(1);
    expect(await inspect(image, '.Config.User')).toBe('65532:65532');
    expect(await inspect(image, '.Size')).toBeLessThan(2_500_000);
    // There is no loader in the image, so that it runs at all says that it needs none.
    await running('greeter', ['--publish', '127.0.0.1::8080', '--read-only', '--cap-drop', 'ALL'], async ({ url }) => {
      expect(await (await answer(url, 'Ada')).text()).toBe('Hello, Ada!\n');
      expect(await (await answer(`${url}_/health`, '')).text()).toBe('ok\n');
    });
  });

  test('ends on SIGTERM, as the first process of its container', async () => {
    await running('greeter', ['--publish', '127.0.0.1::8080'], async ({ id, url }) => {
      await answer(url, '');
      const begun = performance.now();
      await runOrFail(['docker', 'stop', '--time', '30', id], 'stopping');
      expect(performance.now() - begun).toBeLessThan(10_000);
      expect(await inspect(id, '.State.ExitCode')).toBe(0);
    });
  });

  test('can be deployed and invoked', async () => {
    const signal = AbortSignal.timeout(300_000);
    await withMachine(await machineImage(signal), 'template', async (host, scope) => {
      const { gatewayUrl, credentials } = await controlPlatform().install(scope, host, signal, () => {});
      const id = String(await inspect(`${prefix}/greeter:latest`, '.Id'));
      const { ref } = await publish(id, { registryHost: host.address(5000), repository: 'givre/greeter', signal });
      const gateway = ['--gateway', gatewayUrl];
      const login = await tryFaasCli(['login', ...gateway, '--password-stdin'], credentials.password);
      expect(login.exitCode, login.stderr).toBe(0);
      expect(await faasCli('deploy', ...gateway, '--image', ref, '--name', 'greeter')).toMatch(/Deployed. 20[02]/);
      // A deployment is answered before its function is there.
      const greeting = await poll(
        async () => {
          const { exitCode, stdout, stderr } = await tryFaasCli(['invoke', ...gateway, 'greeter'], 'Grace');
          return exitCode === 0 ? { done: true, value: stdout } : { done: false, seen: stderr };
        },
        { what: 'the greeting', deadlineMs: 20_000 },
      );
      expect(greeting).toBe('Hello, Grace!\n');
    });
  });

  test('does not build while a test of its own fails', async () => {
    await newFunction('wrong', 'rust-http');
    const source = join(project, 'wrong/src/lib.rs');
    await writeFile(source, (await readFile(source, 'utf8')).replace('Hello, {name}', 'Bye, {name}'));
    const { exitCode, stdout, stderr } = await tryFaasCli(buildArguments('wrong'));
    // The classic builder leaves the container of a step that failed, and faas-cli cannot tell it otherwise.
    const containers = [...stdout.matchAll(/Running in ([0-9a-f]{12})/g)].map(([, id = '']) => id);
    if (containers.length > 0) await run(['docker', 'rm', '--force', ...containers]);
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain('test tests::the_name_in_the_body_is_greeted ... FAILED');
    // A step that failed is in no cache, so its output is always there. Dependencies are, in a layer of their own:
    expect(stdout + stderr).toMatch(/Compiling.* function /);
    expect(stdout + stderr).not.toMatch(/Compiling.* hyper /);
    // and the lock file that comes with the template locks all of them.
    expect(stdout + stderr).not.toMatch(/Locking|Adding/);
  });
});

const backwards = `use givre_serve::{Failure, Request, Response, text};
use unicode_segmentation::UnicodeSegmentation;

pub async fn handle(mut request: Request) -> Result<Response, Failure> {
    let word = String::from_utf8_lossy(&request.read(100).await?).into_owned();
    Ok(text(word.graphemes(true).rev().collect::<String>()))
}

#[test]
fn this_fails() {
    panic!("and nobody runs it");
}
`;

test('a function may lie deeper, need a crate, go untested and have a watchdog', { timeout: 600_000 }, async () => {
  await mkdir(join(project, 'functions'));
  await newFunction('backwards', 'rust-http-of-watchdog', 'functions/backwards');
  const manifest = join(project, 'functions/backwards/Cargo.toml');
  const deeper = (await readFile(manifest, 'utf8')).replace('"../template', '"../../template');
  await writeFile(manifest, deeper.replace('[dependencies]', '[dependencies]\nunicode-segmentation = "1"'));
  await writeFile(join(project, 'functions/backwards/src/lib.rs'), backwards);
  // Upstream's image cannot be had everywhere, and what stands in for it here is not run.
  const watchdog = await imageOf('watchdog', `FROM ${builder}\nRUN touch /fwatchdog\n`);
  await faasCli(...buildArguments('backwards', '--build-arg', `WATCHDOG=${watchdog}`, '--build-arg', 'TEST=false'));

  expect(await inspect(`${prefix}/backwards:latest`, '.Config.Entrypoint')).toEqual(['/fwatchdog']);
  expect(await inspect(`${prefix}/backwards:latest`, '.Config.User')).toBe('65532:65532');
  await running('backwards', ['--publish', '127.0.0.1::8082', '--entrypoint', '/function'], async ({ url }) => {
    expect(await (await answer(url, 'noël')).text()).toBe('lëon');
  });
});
