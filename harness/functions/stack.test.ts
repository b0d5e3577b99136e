import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../core/exit-codes.ts';
import { readStack } from './stack.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-stack-test-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(resolve(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

const provider = 'version: 1.0\nprovider:\n  name: openfaas\n';

describe('a good stack file', () => {
  test('gives every key of a function', async () => {
    await write('env/first.yaml', 'environment:\n  LEVEL: debug\n  EXTRA: 1.10\n');
    await write('env/second.yaml', 'environment:\n  EXTRA: "2"\n');
    const path = await write(
      'stack.yaml',
      `${provider}  gateway: http://127.0.0.1:8080
functions:
  my.odd_Name-1:
    lang: Dockerfile
    handler: ./handler
    image: example/odd:1
    namespace: other
    fprocess: node index.js
    skip_build: true
    readonly_root_filesystem: true
    build_args:
      GO111MODULE: off
    environment:
      LEVEL: info
      SWITCH: yes
      MODE: 0600
    environment_file:
      - env/first.yaml
      - env/second.yaml
    labels:
      com.example/label: 1.0
    annotations:
      note: "two\\nlines"
    secrets: [one, two]
    constraints:
      - "node.platform.os == linux"
    limits:
      memory: 128Mi
      cpu: 250m
    requests:
      memory: 64Mi
    build_options: [dev]
configuration:
  templates:
    - name: something
`,
    );
    const { functions } = await readStack(path, {});
    expect(functions).toEqual([
      {
        name: 'my.odd_Name-1',
        stackPath: path,
        lang: 'dockerfile',
        handlerDir: join(folder, 'handler'),
        image: 'example/odd:1',
        skipBuild: true,
        buildArgs: { GO111MODULE: 'off' },
        bases: {},
        environment: { LEVEL: 'debug', SWITCH: 'yes', MODE: '0600', EXTRA: '2' },
        labels: { 'com.example/label': '1.0' },
        annotations: { note: 'two\nlines' },
        secrets: ['one', 'two'],
        constraints: ['node.platform.os == linux'],
        limits: { memory: '128Mi', cpu: '250m' },
        requests: { memory: '64Mi' },
        readOnlyRootFilesystem: true,
        fprocess: 'node index.js',
        namespace: 'other',
      },
    ]);
  });

  test('may leave out everything but the image, or leave keys without a value', async () => {
    const path = await write(
      'stack.yaml',
      'provider:\n  name: openfaas\nfunctions:\n  one:\n    image: example/one\n    labels:\n    secrets:\n    limits:\n',
    );
    const [one] = (await readStack(path, {})).functions;
    expect(one).toMatchObject({ name: 'one', image: 'example/one', labels: {}, secrets: [], environment: {} });
    expect(one?.limits).toBeUndefined();
    expect(one?.handlerDir).toBeUndefined();
  });

  test('may build one function from the image of another', async () => {
    const path = await write(
      'stack.yaml',
      `${provider}functions:
  one:
    image: example/one:1
    build_args: {BASE: example/two:1}
  two:
    image: example/two:1
    build_args: {BASE: example/one:1, SELF: example/two:1, OTHER: example/three:1}
`,
    );
    const [one, two] = (await readStack(path, {})).functions;
    // Not any deeper: functions that name each other do not wait for each other.
    expect(one?.bases).toEqual({ BASE: { ...two, bases: {} } });
    expect(two?.bases).toEqual({ BASE: { ...one, bases: {} } });
  });

  test('gets its variables from the environment, with defaults', async () => {
    const path = await write(
      'stack.yaml',
      `${provider}functions:
  one:
    image: \${REGISTRY:-127.0.0.1:5000}/one:\${TAG:-latest}
    environment:
      SET: \${SET:-default}
      EMPTY: "\${EMPTY:-default}"
      KEPT_EMPTY: "\${EMPTY-default}"
      UNSET: "\${UNSET}"
      PLAIN: $SET and \\\${SET}
`,
    );
    const [one] = (await readStack(path, { SET: 'value', EMPTY: '', TAG: '2' })).functions;
    expect(one?.image).toBe('127.0.0.1:5000/one:2');
    expect(one?.environment).toEqual({
      SET: 'value',
      EMPTY: 'default',
      KEPT_EMPTY: '',
      UNSET: '',
      PLAIN: '$SET and $' + '{SET}',
    });
  });

  test('may use anchors and merge keys', async () => {
    const path = await write(
      'stack.yaml',
      `${provider}functions:
  one: &shared
    image: example/one
    environment: { A: "1" }
  two:
    <<: *shared
    image: example/two
`,
    );
    const [, two] = (await readStack(path, {})).functions;
    expect(two).toMatchObject({ name: 'two', image: 'example/two', environment: { A: '1' } });
  });

  test('stands beside both families of reference functions', async () => {
    const root = resolve(import.meta.dirname, '../..');
    const stacks = await Promise.all(
      ['rust', 'peer'].map((family) => readStack(`${root}/${family}-functions/stack.yaml`)),
    );
    const functions = stacks.flatMap((stack) => stack.functions);
    const names = functions.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['rust-hello', 'go-hello', 'node-hello', 'python-hello']));
    expect(new Set(names).size).toBe(names.length);
    for (const { name, labels, annotations, image, limits } of functions) {
      const { 'dev.givre/language': language, 'dev.givre/workload': workload } = labels;
      expect(name).toMatch(new RegExp(`^${language}(-[a-z]+)?-${workload}(-of|-classic|-limited)?$`));
      expect(name.endsWith('-limited')).toBe(limits?.memory !== undefined);
      expect(annotations['dev.givre/expected-body']).toBe(workload === 'hello' ? 'Hello from givre\n' : undefined);
      expect(image).toMatch(/^givre\/[a-z-]+:latest$/);
    }
  });
});

describe('a broken stack file is one clear error with exit code 2:', () => {
  test.each([
    ['no YAML', 'functions: [', 'E_STACK_YAML', /is not YAML/],
    ['a list', '- a\n- b\n', 'E_STACK_SHAPE', /the whole file: expected a map with version, provider and functions/],
    ['empty', '', 'E_STACK_SHAPE', /the whole file: expected a map/],
    [
      'another version',
      'version: 2.0\nprovider: {name: openfaas}\nfunctions: {a: {image: a}}',
      'E_STACK_SHAPE',
      /version: expected 1\.0/,
    ],
    [
      'another provider',
      'provider: {name: other}\nfunctions: {a: {image: a}}',
      'E_STACK_SHAPE',
      /provider\.name: expected openfaas/,
    ],
    ['without functions', `${provider}functions: {}`, 'E_STACK_SHAPE', /functions: expected one function at least/],
    [
      'without an image',
      `${provider}functions: {a: {lang: go}}`,
      'E_STACK_SHAPE',
      /functions\.a\.image: expected the name of an image/,
    ],
    [
      'a name that cannot be one',
      `${provider}functions: {"a b": {image: a}}`,
      'E_STACK_SHAPE',
      /functions\.a b: .*letters and digits/,
    ],
    ['a function that is a text', `${provider}functions: {a: b}`, 'E_STACK_SHAPE', /functions\.a: expected a function/],
    [
      'labels that are a list',
      `${provider}functions: {a: {image: a, labels: [b]}}`,
      'E_STACK_SHAPE',
      /functions\.a\.labels: expected a map/,
    ],
    [
      'a wrong memory limit',
      `${provider}functions: {a: {image: a, limits: {memory: lots}}}`,
      'E_STACK_SHAPE',
      /functions\.a\.limits\.memory: expected a size such as 128Mi/,
    ],
    [
      'a word that is no boolean',
      `${provider}functions: {a: {image: a, skip_build: maybe}}`,
      'E_STACK_SHAPE',
      /functions\.a\.skip_build: expected true or false/,
    ],
    [
      'a substitution that is none',
      `${provider}functions: {a: {image: "\${A/b/c}"}}`,
      'E_STACK_VARIABLE',
      /line 4: cannot substitute/,
    ],
    [
      'a missing environment file',
      `${provider}functions: {a: {image: a, environment_file: [gone.yaml]}}`,
      'E_STACK_UNREADABLE',
      /gone\.yaml/,
    ],
  ])('%s', async (_what, text, code, message) => {
    const path = await write('stack.yaml', text);
    await expect(readStack(path, {})).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/.+/),
      exitCode: exitCodes.usage,
    });
    await expect(readStack(path, {})).rejects.toThrow(folder);
  });

  test('one that is not there, or is a folder', async () => {
    for (const path of [join(folder, 'gone.yaml'), folder]) {
      await expect(readStack(path, {})).rejects.toMatchObject({
        code: 'E_STACK_UNREADABLE',
        exitCode: exitCodes.usage,
      });
    }
  });
});
