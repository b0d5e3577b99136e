import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { run } from '../core/subprocess.ts';
import { buildImage } from './build.ts';
import { buildCommand, imageId } from './docker.ts';
import type { ImageSpec } from './plan.ts';
import { pruneOldStages, pruneOldTags } from './prune.ts';

const name = `test-${randomBytes(6).toString('hex')}`;
const containers: string[] = [];
let folder: string;
let cacheDir: string;

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'givre-images-cache-'));
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-images-test-'));
  // Random content: an image that an earlier test run left behind must not look like a cache hit of this one.
  await writeFile(join(folder, 'hello.txt'), randomBytes(8).toString('hex'));
  await dockerfile('COPY . /data/');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

afterAll(async () => {
  for (const container of containers) await run(['docker', 'rm', '--force', container]);
  const listed = await run(['docker', 'image', 'ls', '--quiet', '--filter', `reference=givre/${name}*`]);
  const ids = listed.stdout.split('\n').filter((line) => line !== '');
  if (ids.length > 0) await run(['docker', 'image', 'rm', '--force', ...new Set(ids)]);
  await rm(cacheDir, { recursive: true });
});

function dockerfile(...lines: string[]): Promise<void> {
  return writeFile(join(folder, 'Dockerfile'), `ARG BASE\nFROM $BASE\n${lines.join('\n')}\n`);
}

function spec(overrides: Partial<ImageSpec> = {}): ImageSpec {
  return {
    name,
    dockerfile: join(folder, 'Dockerfile'),
    inputs: [{ from: join(folder, 'hello.txt'), to: 'hello.txt' }],
    bases: { BASE: 'debian:trixie-slim' },
    ...overrides,
  };
}

describe('an image', () => {
  test('is built once and not again while its content is the same, whatever the time of its files', async () => {
    const first = await buildImage(spec(), { cacheDir });
    const progress: string[] = [];
    await utimes(join(folder, 'hello.txt'), new Date(0), new Date(0));
    const second = await buildImage(spec(), { cacheDir, progress: (line) => progress.push(line) });
    expect(first.built).toEqual([name]);
    expect(second).toEqual({ ...first, built: [] });
    expect(progress).toEqual([]);
  });

  test('holds its inputs and not its Dockerfile', async () => {
    const { tag } = await buildImage(spec(), { cacheDir });
    const listed = await run([
      'docker',
      'run',
      '--rm',
      '--network',
      'none',
      tag,
      'sh',
      '-c',
      'ls -A /data; cat /data/*',
    ]);
    const content = await readFile(join(folder, 'hello.txt'), 'utf8');
    expect(listed.stdout).toBe(`hello.txt\n${content}`);
  });

  test.each([
    ['beside its inputs', 'hello.txt'],
    ['among its inputs', '.'],
  ])('with a Dockerfile %s reuses the layers of the one before, as far as nothing changed', async (_where, path) => {
    await dockerfile(
      'COPY . /data/',
      'RUN cat /proc/sys/kernel/random/uuid >/made',
      'ARG LAST',
      'RUN echo "$LAST" >/last',
    );
    // For a Dockerfile outside of the context, docker's client would write a random name into this file.
    const inputs = [
      { from: join(folder, path), to: path },
      { content: 'notes\n', to: '.dockerignore' },
    ];
    const made = async (last: string): Promise<string> => {
      const { built, tag } = await buildImage(spec({ inputs, buildArgs: { LAST: last } }), { cacheDir });
      expect(built).toEqual([name]);
      return (await run(['docker', 'run', '--rm', '--network', 'none', tag, 'cat', '/made'])).stdout;
    };
    expect(await made('second')).toBe(await made('first'));
  });

  test.each([
    ['the content of an input', () => writeFile(join(folder, 'hello.txt'), 'other')],
    ['whether an input is executable', () => chmod(join(folder, 'hello.txt'), 0o755)],
    ['its Dockerfile', () => dockerfile('COPY . /elsewhere/')],
  ])('is built anew under another tag when %s changes', async (_what, change) => {
    const before = await buildImage(spec(), { cacheDir });
    await change();
    const after = await buildImage(spec(), { cacheDir });
    expect(after.built).toEqual([name]);
    expect(after.tag).not.toBe(before.tag);
  });

  test('gets another tag when a build argument changes', async () => {
    const before = await buildImage(spec({ buildArgs: { STAMP: '1' } }), { cacheDir });
    const after = await buildImage(spec({ buildArgs: { STAMP: '2' } }), { cacheDir });
    expect(after.tag).not.toBe(before.tag);
  });

  test('is built together with the image of ours it starts from, and anew when that one changes', async () => {
    const child = join(folder, 'child.Dockerfile');
    await writeFile(child, 'ARG PARENT\nFROM $PARENT\nRUN cp /data/hello.txt /copy.txt\n');
    const childSpec = (): ImageSpec => {
      return { name: `${name}-child`, dockerfile: child, inputs: [], bases: { PARENT: spec() } };
    };
    const first = await buildImage(childSpec(), { cacheDir });
    await writeFile(join(folder, 'hello.txt'), `changed ${randomBytes(8).toString('hex')}`);
    const second = await buildImage(childSpec(), { cacheDir });
    expect(first.built).toEqual([name, `${name}-child`]);
    expect(second.built).toEqual([name, `${name}-child`]);
    expect(second.tag).not.toBe(first.tag);
  });

  test('that is asked for twice at once is built by one and awaited by the other', async () => {
    await dockerfile('COPY . /data/', 'RUN sleep 2');
    const [a, b] = await Promise.all([buildImage(spec(), { cacheDir }), buildImage(spec(), { cacheDir })]);
    expect([...a.built, ...b.built]).toEqual([name]);
    expect(a.id).toBe(b.id);
  });
});

describe('a build that cannot succeed', () => {
  test('says the exit code and the end of the log, and keeps the whole log', async () => {
    await dockerfile('RUN echo first-words', 'RUN for i in $(seq 40); do echo line-$i; done; exit 42');
    const failure = buildImage(spec(), { cacheDir });
    await expect(failure).rejects.toMatchObject({
      code: 'E_IMAGE_BUILD',
      exitCode: 4,
      message: expect.stringMatching(/line-40(.|\n)*(returned a non-zero code|exit code): 42/),
      hint: expect.stringContaining(join(cacheDir, `${name}.log`)),
    });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('first-words') });
    expect(await readFile(join(cacheDir, `${name}.log`), 'utf8')).toContain('first-words');
  });

  test('because the base image is not there says how to get it', async () => {
    const absent = spec({ bases: { BASE: 'givre-no-such-image:1' } });
    await expect(buildImage(absent, { cacheDir })).rejects.toMatchObject({
      code: 'E_BASE_IMAGE',
      message: expect.stringContaining('givre-no-such-image:1'),
      hint: expect.stringContaining('ci/setup'),
    });
  });

  test('because no engine answers says so', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    await expect(buildImage(spec(), { cacheDir })).rejects.toMatchObject({ code: 'E_DOCKER_DOWN', exitCode: 4 });
  });

  test('because it was interrupted ends within seconds and leaves no container running', async () => {
    const marker = randomBytes(6).toString('hex');
    await dockerfile(`RUN echo ${marker} && sleep 600`);
    const stop = new AbortController();
    const reason = new Error('stopped by the test');
    const begun = performance.now();
    const build = buildImage(spec(), {
      cacheDir,
      signal: stop.signal,
      progress: (line) => line.includes(marker) && setTimeout(() => stop.abort(reason), 1_000),
    });
    await expect(build).rejects.toBe(reason);
    expect(performance.now() - begun).toBeLessThan(20_000);
    await vi.waitFor(
      async () => {
        const listed = await run(['docker', 'ps', '--no-trunc', '--format', '{{.Command}}']);
        expect(listed.stdout).not.toContain(marker);
      },
      { timeout: 15_000 },
    );
  });
});

test('old tags go, except the newest two, what a container uses, and what was used within the grace time', async () => {
  const tags: string[] = [];
  for (const version of ['1', '2', '3', '4']) {
    await writeFile(join(folder, 'hello.txt'), `${name} ${version}`);
    const { tag } = await buildImage(spec({ name: `${name}-old` }), { cacheDir });
    tags.push(tag);
  }
  const [first = '', second = '', third = '', fourth = ''] = tags;
  const created = await run(['docker', 'create', '--network', 'none', first, 'true']);
  containers.push(created.stdout.trim());

  expect(await pruneOldTags(`${name}-old`, { keepTag: fourth })).toEqual([]);
  expect(await pruneOldTags(`${name}-old`, { keepTag: fourth, graceMs: 0 })).toEqual([second]);
  const left = await Promise.all([first, second, third, fourth].map((tag) => imageId(tag, undefined)));
  expect(left.map((id) => id !== undefined)).toEqual([true, false, true, true]);
});

test('old build stages go, except the newest, so that changed sources do not fill the disk', async ({ skip }) => {
  const { buildKit } = await buildCommand(undefined);
  if (buildKit) return skip('BuildKit keeps its stages in a cache that it cleans by itself');
  const staged = `${name}-staged`;
  const stages = async () => {
    const filters = ['--filter', 'dangling=true', '--filter', `label=givre.stage=${staged}`];
    const listed = await run(['docker', 'image', 'ls', '--quiet', ...filters]);
    return listed.stdout.split('\n').filter((line) => line !== '');
  };
  const text = `ARG BASE\nFROM $BASE AS build\nCOPY . /data/\nLABEL givre.stage=${staged}\nFROM scratch\nCOPY --from=build /data/ /\n`;
  await writeFile(join(folder, 'Dockerfile'), text);
  for (const version of ['1', '2', '3']) {
    await writeFile(join(folder, 'hello.txt'), `${name} ${version}`);
    await buildImage(spec({ name: staged }), { cacheDir });
  }
  const before = await stages();
  expect(before).toHaveLength(3);
  expect(await pruneOldStages(staged, {})).toEqual([]);
  expect(await pruneOldStages(staged, { graceMs: 0, keep: 1 })).toHaveLength(2);
  const left = await stages();
  expect(before).toEqual(expect.arrayContaining(left));
  expect(left).toHaveLength(1);
  await pruneOldStages(staged, { graceMs: 0, keep: 0 });
});
