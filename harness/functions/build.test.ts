import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../core/exit-codes.ts';
import { run, runOrFail } from '../core/subprocess.ts';
import { buildFunction, buildKey } from './build.ts';
import { readStack, type StackFunction } from './stack.ts';

const base = 'debian:trixie-slim';
const images: string[] = [];
let top = '';
let folder = '';

beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'givre-build-test-'));
});

beforeEach(async () => {
  folder = join(top, randomUUID());
  await mkdir(folder);
});

afterAll(async () => {
  await rm(top, { recursive: true });
  if (images.length > 0) await run(['docker', 'rmi', '--force', ...images]);
});

/** A stack file with one function, and a handler with this Dockerfile. */
async function functionOf(keys: string, dockerfile?: string): Promise<StackFunction> {
  await mkdir(join(folder, 'handler'), { recursive: true });
  if (dockerfile !== undefined) await writeFile(join(folder, 'handler/Dockerfile'), dockerfile);
  const name = `test-${randomUUID()}`;
  const path = join(folder, 'stack.yaml');
  await writeFile(path, `provider: {name: openfaas}\nfunctions:\n  ${name}: {${keys}}\n`);
  const [fn] = (await readStack(path)).functions;
  if (fn === undefined) throw new Error('no function');
  return fn;
}

const options = () => ({ builder: base, cacheDir: join(top, 'cache') });

describe('a function with lang: dockerfile', () => {
  test('is built from its handler, with build arguments and the builder, and only when it changed', async () => {
    const fn = await functionOf(
      'lang: dockerfile, handler: ./handler, image: x, build_args: {WORD: "from the stack"}',
      'ARG BUILDER=example/builder:missing\nFROM $BUILDER\nARG WORD=default\nCOPY file /file\nLABEL word="$WORD"\n',
    );
    await writeFile(join(folder, 'handler/file'), '1');
    const first = await buildFunction(fn, options());
    images.push(first.id);
    expect(first).toEqual({ id: expect.stringMatching(/^sha256:/), built: true });
    const label = ['docker', 'image', 'inspect', '--format', '{{index .Config.Labels "word"}}', first.id];
    expect((await runOrFail(label, 'inspecting')).stdout.trim()).toBe('from the stack');
    expect(await buildFunction(fn, options())).toEqual({ id: first.id, built: false });

    await writeFile(join(folder, 'handler/.dockerignore'), 'notes\n*.txt\n');
    const ignoring = await buildFunction(fn, options());
    images.push(ignoring.id);
    await mkdir(join(folder, 'handler/notes'));
    await writeFile(join(folder, 'handler/notes/one.md'), 'left out');
    expect(await buildFunction(fn, options())).toEqual({ id: ignoring.id, built: false });

    await writeFile(join(folder, 'handler/file'), '2');
    const second = await buildFunction(fn, options());
    images.push(second.id);
    expect(second.built).toBe(true);
    expect(second.id).not.toBe(first.id);
  });

  test('that does not build is an error with the end of the log', async () => {
    const fn = await functionOf(
      'lang: dockerfile, handler: ./handler, image: x',
      `FROM ${base}\nRUN echo the reason >&2; exit 3\n`,
    );
    await expect(buildFunction(fn, options())).rejects.toMatchObject({
      code: 'E_IMAGE_BUILD',
      message: expect.stringContaining('the reason'),
    });
  });

  test('without a Dockerfile says where it was looked for', async () => {
    const fn = await functionOf('lang: dockerfile, handler: ./handler, image: x');
    await expect(buildFunction(fn, options())).rejects.toMatchObject({
      code: 'E_FUNCTION_DOCKERFILE',
      exitCode: exitCodes.usage,
      message: expect.stringContaining(join(folder, 'handler/Dockerfile')),
    });
  });
});

test('functions that name one image, with the same recipe, are one build', async () => {
  const keys = 'lang: dockerfile, handler: ./handler';
  const one = await functionOf(`${keys}, image: x, labels: {a: b}`, `FROM ${base}\nARG WORD\nLABEL word="$WORD"\n`);
  const same = await functionOf(`${keys}, image: x, environment: {A: b}`);
  const other = await functionOf(`${keys}, image: x, build_args: {WORD: other}`);
  expect(one.name).not.toBe(same.name);
  expect(buildKey(one)).toBe(buildKey(same));
  expect(buildKey(one)).not.toBe(buildKey(other));
  const first = await buildFunction(one, options());
  const second = await buildFunction(other, options());
  images.push(first.id, second.id);
  expect(await buildFunction(same, options())).toEqual({ id: first.id, built: false });
  expect([second.built, second.id === first.id]).toEqual([true, false]);
});

test('a template of faas-cli is left to faas-cli, and the error says how', async () => {
  const fn = await functionOf('lang: golang-http, handler: ./handler, image: x');
  await expect(buildFunction(fn, options())).rejects.toMatchObject({
    code: 'E_FUNCTION_LANG',
    exitCode: exitCodes.usage,
    message: expect.stringContaining(`functions.${fn.name}.lang is "golang-http"`),
    hint: expect.stringContaining(`faas-cli build -f ${fn.stackPath}`),
  });
});

describe('a published image', () => {
  test('that the engine has is taken as it is', async () => {
    const id = (
      await runOrFail(['docker', 'image', 'inspect', '--format', '{{.Id}}', base], 'inspecting')
    ).stdout.trim();
    const built = { id, built: false };
    expect(await buildFunction(await functionOf(`image: "${base}"`), options())).toEqual(built);
    const skipped = await functionOf(`lang: python3, handler: ./x, skip_build: true, image: "${base}"`);
    expect(await buildFunction(skipped, options())).toEqual(built);
  });

  test('that cannot be pulled is an error that names key and image', async () => {
    const fn = await functionOf('image: "127.0.0.1:1/none/such:1"');
    await expect(buildFunction(fn, options())).rejects.toMatchObject({
      code: 'E_IMAGE_PULL',
      message: expect.stringMatching(/functions\..*\.image: cannot pull 127\.0\.0\.1:1\/none\/such:1: .*refused/),
    });
  });
});
