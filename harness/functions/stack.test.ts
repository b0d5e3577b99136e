import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../core/exit-codes.ts';
import { repositoryRoot } from '../core/paths.ts';
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
  copy: [./common]
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
        copy: ['./common'],
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

  test('gets its variables from the environment, with defaults that may hold others', async () => {
    const path = await write(
      'stack.yaml',
      `${provider}functions:
  one:
    image: \${REGISTRY:-docker.io/\${OWNER:-nobody}}/one:\${TAG:-latest}
    environment:
      SET: \${SET:-default}
      EMPTY: "\${EMPTY:-default}"
      ASSIGNED: "\${EMPTY=default}"
      UNSET: "\${UNSET}\${constructor}"
      PLAIN: $SET and $\${SET}
      CHANGED: \${SET^^} \${SET/v/V} \${SET:1:3} \${#SET} \${SET%e}
`,
    );
    const [one] = (await readStack(path, { SET: 'value', EMPTY: '', TAG: '2' })).functions;
    expect(one?.image).toBe('docker.io/nobody/one:2');
    expect(one?.environment).toEqual({
      SET: 'value',
      EMPTY: 'default',
      ASSIGNED: 'default',
      UNSET: '',
      PLAIN: '$SET and $' + '{SET}',
      CHANGED: 'VALUE Value alu 5 valu',
    });
    const [other] = (await readStack(path, { REGISTRY: 'myreg.local' })).functions;
    expect(other?.image).toBe('myreg.local/one:latest');
  });

  test('takes nothing and booleans as YAML 1.1 has them, where the place is one for that', async () => {
    const path = await write(
      'stack.yaml',
      `${provider}functions:
  one:
    image: example/one
    labels: ~
    secrets: null
    skip_build: True
    readonly_root_filesystem: yes
    environment: {A: ~, B: null, C: "null", D: yes, E: , F: "~"}
`,
    );
    const [one] = (await readStack(path, {})).functions;
    expect(one).toMatchObject({ labels: {}, secrets: [], skipBuild: true, readOnlyRootFilesystem: true });
    expect(one?.environment).toEqual({ A: '', B: '', C: 'null', D: 'yes', E: '', F: '~' });
  });

  test('takes quantities as Kubernetes writes them', async () => {
    const limits = ['1e9', '1Pi', '.5Gi', '128Mi', '300000k', '5.'];
    const functions = limits.map((memory, index) => `  f${index}: {image: a, limits: {memory: ${memory}, cpu: .5}}`);
    const path = await write('stack.yaml', `${provider}functions:\n${functions.join('\n')}\n`);
    const read = await readStack(path, {});
    expect(read.functions.map((fn) => fn.limits?.memory)).toEqual(limits);
  });

  test('may be followed by another document that has no functions', async () => {
    const text = `${provider}functions: {one: {image: a}}\n---\nkind: ConfigMap\nmore: [\n`;
    expect((await readStack(await write('stack.yaml', text), {})).functions).toHaveLength(1);
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
    const stacks = await Promise.all(
      ['rust', 'peer'].map((family) => readStack(`${repositoryRoot}/${family}-functions/stack.yaml`)),
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
      'a boolean in quotes',
      `${provider}functions: {a: {image: a, skip_build: "true"}}`,
      'E_STACK_SHAPE',
      /functions\.a\.skip_build: expected true or false, without quotes/,
    ],
    [
      'memory in thousandths of a byte',
      `${provider}functions: {a: {image: a, limits: {memory: 40m}}}`,
      'E_STACK_SHAPE',
      /functions\.a\.limits\.memory: m is milli.*40Mi/,
    ],
    [
      'functions in a second document',
      `${provider}functions: {a: {image: a}}\n---\nfunctions: {b: {image: b}}`,
      'E_STACK_YAML',
      /line 5, column 1 .*second document.*faas-cli reads nothing/,
    ],
    [
      'a key twice',
      `${provider}functions: {a: {image: a, image: b}}`,
      'E_STACK_YAML',
      /line 4, column 27 .*the key stands twice/,
    ],
    ['a control character', `${provider}functions: {a: {image: "a\u0001"}}`, 'E_STACK_YAML', /control character/],
    ['an alias of nothing', `${provider}functions: {a: {image: *b}}`, 'E_STACK_YAML', /alias/],
    [
      'a dash without a colon, which is no default to faas-cli',
      `${provider}functions: {a: {image: "\${A-b}"}}`,
      'E_STACK_VARIABLE',
      /line 4, column \d+: cannot substitute/,
    ],
    [
      'a substitution that is none',
      `${provider}functions: {a: {image: "\${A/b}"}}`,
      'E_STACK_VARIABLE',
      /line 4, column \d+: cannot substitute/,
    ],
    [
      'a missing environment file',
      `${provider}functions: {a: {image: a, environment_file: [gone.yaml]}}`,
      'E_STACK_UNREADABLE',
      /functions\.a\.environment_file: cannot read .*gone\.yaml/,
    ],
    [
      'a device without end as an environment file',
      `${provider}functions: {a: {image: a, environment_file: [/dev/zero]}}`,
      'E_STACK_UNREADABLE',
      /\/dev\/zero: is no regular file/,
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

  test('an environment file without the key environment, which would set nothing', async () => {
    await write('env.yaml', 'LEVEL: debug\n');
    const path = await write('stack.yaml', `${provider}functions: {a: {image: a, environment_file: [env.yaml]}}`);
    await expect(readStack(path, {})).rejects.toMatchObject({
      code: 'E_STACK_SHAPE',
      message: expect.stringMatching(/env\.yaml.*\n.*expected the key environment/),
      exitCode: exitCodes.usage,
    });
    await write('env.yaml', 'environment: {A: b}\n---\nenvironment: {C: d}\n');
    await expect(readStack(path, {})).rejects.toThrow(/env\.yaml, line 2, column 1 .*second document/);
    await write('env.yaml', 'environment:\n');
    expect((await readStack(path, {})).functions).toHaveLength(1);
  });

  test('a path as faas-cli takes it, from the current folder: the error says what to write', async () => {
    const here = process.cwd();
    await write('dashboard/config.yml', 'environment: {A: b}');
    const path = await write(
      'dashboard/stack.yml',
      `${provider}functions: {a: {image: a, environment_file: [dashboard/config.yml]}}`,
    );
    process.chdir(folder);
    try {
      await expect(readStack('dashboard/stack.yml', {})).rejects.toMatchObject({
        message: expect.stringContaining(`${path}: functions.a.environment_file`),
        hint: expect.stringMatching(/faas-cli would find .*\/dashboard\/config\.yml, .*: write config\.yml$/),
        exitCode: exitCodes.usage,
      });
    } finally {
      process.chdir(here);
    }
  });

  test.each([
    ['block', 'environment:\n      PASSWORD: ${PASSWORD}', 'hunter2: &x'],
    ['flow', 'environment: {PASSWORD: ${PASSWORD}}', 'hunter2: {x: y}'],
    ['flow, another key', 'environment: {PASSWORD: ${PASSWORD}}', 'x, hunter2: [a]'],
    ['an alias', 'environment:\n      PASSWORD: ${PASSWORD}', '*hunter2'],
    ['a name', 'environment:\n      PASSWORD: x\n  ${PASSWORD}:\n    image: b', 'hunter2 x'],
  ])('with a secret substituted, of which nothing is shown (%s)', async (_what, keys, PASSWORD) => {
    const path = await write('stack.yaml', `${provider}functions:\n  a:\n    image: a\n    ${keys}\n`);
    const error = await readStack(path, { PASSWORD }).catch((it: unknown) => it);
    expect(error).toMatchObject({ code: expect.stringMatching(/^E_STACK_(YAML|SHAPE)$/), exitCode: exitCodes.usage });
    expect(inspect(error)).not.toContain('hunter2');
  });

  test('one that is not there, is a folder, has no end, or is no text', async () => {
    const bytes = join(folder, 'bytes.yaml');
    await writeFile(bytes, Buffer.from([0x61, 0xff, 0xfe]));
    for (const path of [join(folder, 'gone.yaml'), folder, '/dev/zero', bytes]) {
      await expect(readStack(path, {})).rejects.toMatchObject({
        code: 'E_STACK_UNREADABLE',
        exitCode: exitCodes.usage,
      });
    }
  });
});
