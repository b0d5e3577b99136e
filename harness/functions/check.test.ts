import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../core/exit-codes.ts';
import { readInputs } from '../images/context.ts';
import { buildInputs } from './build-inputs.ts';
import { checkFunction } from './check.ts';
import { readStack, type StackFunction } from './stack.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-check-'));
  await mkdir(join(folder, 'handler'));
  await writeFile(join(folder, 'handler/Dockerfile'), 'FROM scratch\n');
});
afterEach(() => rm(folder, { recursive: true }));

async function functionOf(keys: Record<string, unknown>, name = 'mine', copy?: readonly string[]) {
  const path = join(folder, 'stack.yaml');
  const file = {
    provider: { name: 'openfaas' },
    functions: { [name]: { image: 'mine', ...keys } },
    ...(copy === undefined ? {} : { configuration: { copy } }),
  };
  await writeFile(path, JSON.stringify(file));
  const [fn] = (await readStack(path, {})).functions;
  if (fn === undefined) throw new Error('no function');
  return fn;
}

async function refusal(fn: StackFunction): Promise<unknown> {
  return await checkFunction(fn, { hasSecret: (name) => name === 'given' }).then(
    () => 'accepted',
    (error: unknown) => error,
  );
}

const built = { lang: 'dockerfile', handler: './handler' };

describe('what would fail on a machine, or be ignored, is refused before there is one:', () => {
  test.each<[string, Record<string, unknown>, string, RegExp, RegExp]>([
    ['another namespace', { namespace: 'staging' }, 'E_FUNCTION_NAMESPACE', /mine\.namespace/, /leave the key out/],
    [
      'a secret',
      { secrets: ['given', 'db-pass'] },
      'E_FUNCTION_SECRET',
      /mine\.secrets.*"db-pass"/,
      /--secret db-pass=FILE/,
    ],
    ['a variable without a name', { environment: { '': 'x' } }, 'E_FUNCTION_VARIABLE', /environment/, /.+/],
    ['a name with =', { environment: { 'A=B': 'x' } }, 'E_FUNCTION_VARIABLE', /environment/, /.+/],
    ['a zero byte', { environment: { A: 'x\0' } }, 'E_FUNCTION_VARIABLE', /environment/, /.+/],
    ['a template', { ...built, lang: 'golang-http' }, 'E_FUNCTION_LANG', /mine\.lang/, /faas-cli build/],
    ['no Dockerfile', { ...built, handler: './gone' }, 'E_FUNCTION_DOCKERFILE', /mine\.handler.*gone/, /.+/],
    [
      'a near miss among labels',
      { labels: { 'dev.givre/worklod': 'json' } },
      'E_FUNCTION_WORD',
      /mine\.labels: there is no dev\.givre\/worklod/,
      /did you mean workload/,
    ],
    [
      'an annotation among labels',
      { labels: { 'dev.givre/expected-body': 'x' } },
      'E_FUNCTION_WORD',
      /labels/,
      /belongs among the annotations/,
    ],
    ['an unknown watchdog', { labels: { 'dev.givre/watchdog': 'off' } }, 'E_FUNCTION_WORD', /watchdog is none/, /of/],
    ['a default of yes', { labels: { 'dev.givre/default': 'yes' } }, 'E_FUNCTION_WORD', /default is neither/, /"true"/],
    [
      'a content type with a line break',
      { annotations: { 'dev.givre/request-type': 'text/plain\r\nX-Other: 1' } },
      'E_FUNCTION_WORD',
      /mine\.annotations: dev\.givre\/request-type/,
      /application\/json/,
    ],
  ])('%s', async (_what, keys, code, message, hint) => {
    expect(await refusal(await functionOf(keys))).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
      exitCode: exitCodes.usage,
    });
  });

  test('a dot in the name, which means a namespace', async () => {
    expect(await refusal(await functionOf({}, 'my.func'))).toMatchObject({
      code: 'E_FUNCTION_NAME',
      hint: expect.stringContaining('namespace'),
      exitCode: exitCodes.usage,
    });
  });

  test('a handler or Dockerfile that a link finds elsewhere', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'givre-check-elsewhere-'));
    try {
      await writeFile(join(elsewhere, 'Dockerfile'), 'FROM scratch\n');
      await symlink(elsewhere, join(folder, 'linked'));
      expect(await refusal(await functionOf({ ...built, handler: './linked' }))).toMatchObject({
        code: 'E_STACK_PATH',
        exitCode: exitCodes.usage,
      });
      for (const target of ['/dev/zero', join(elsewhere, 'Dockerfile')]) {
        await rm(join(folder, 'handler/Dockerfile'));
        await symlink(target, join(folder, 'handler/Dockerfile'));
        expect(await refusal(await functionOf(built)), target).toMatchObject({ code: 'E_FUNCTION_DOCKERFILE' });
      }
      // Said in so many words it is the author's own will, as with faas-cli.
      expect(await refusal(await functionOf({ ...built, handler: elsewhere }))).toBe('accepted');
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});

test('what can be measured is accepted', async () => {
  const environment = { PATH: '/app/bin', DOCKER_HOST: 'unix:///x', TWO_LINES: 'a\nb', EMPTY: '' };
  const annotations = { 'dev.givre/request-type': 'text/plain; charset=utf-8', 'com.example/x': 'y' };
  const labels = { 'dev.givre/workload': 'of-my-own', 'dev.givre/framework': 'none', 'dev.givre/default': 'false' };
  expect(await refusal(await functionOf({ ...built, environment, annotations, labels }))).toBe('accepted');
  expect(
    await refusal(
      await functionOf({ namespace: 'openfaas-fn', lang: 'python3', skip_build: true, secrets: ['given'] }),
    ),
  ).toBe('accepted');
});

describe('configuration.copy', () => {
  async function pathsOf(...copy: readonly string[]): Promise<readonly string[]> {
    const fn = await functionOf(built, 'mine', copy);
    const inputs = await buildInputs(fn, fn.handlerDir ?? '');
    return (await readInputs(inputs)).map((it) => it.path);
  }

  test('brings files and folders into the build, under the same path and over the handler’s own', async () => {
    await mkdir(join(folder, 'common/deep'), { recursive: true });
    await writeFile(join(folder, 'common/deep/x'), 'x');
    await writeFile(join(folder, 'LICENSE'), 'stack');
    await writeFile(join(folder, 'handler/LICENSE'), 'handler');
    // What other tools have built is there to be copied.
    await mkdir(join(folder, 'handler/target'));
    await writeFile(join(folder, 'handler/target/app.jar'), 'jar');
    const paths = ['Dockerfile', 'LICENSE', 'common/deep/x', 'target/app.jar'];
    expect(await pathsOf('./common', 'LICENSE')).toEqual(paths);
    const fn = await functionOf(built, 'mine', ['LICENSE']);
    const files = await readInputs(await buildInputs(fn, fn.handlerDir ?? ''));
    expect(Buffer.from(files.find((it) => it.path === 'LICENSE')?.content ?? []).toString()).toBe('stack');
  });

  test.each(['../other', '/etc', '.', 'gone', 'link'])('does not reach out of the stack’s folder: %s', async (path) => {
    await symlink('/etc', join(folder, 'link'));
    await expect(pathsOf(path)).rejects.toMatchObject({
      code: 'E_STACK_PATH',
      message: expect.stringContaining('configuration.copy'),
      exitCode: exitCodes.usage,
    });
  });
});
