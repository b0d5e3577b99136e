import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../core/paths.ts';
import { runOrFail } from '../../core/subprocess.ts';
import { buildImage } from '../../images/build.ts';
import { imageCatalog } from '../../images/catalog.ts';
import { readStack, type StackFunction } from '../stack.ts';
import { dependenciesOf } from './index.ts';

const stamp = { version: 'test', commit: 'test' };
let all: readonly StackFunction[];

beforeAll(async () => {
  const families = ['rust-functions', 'peer-functions'].map((it) => readStack(join(repositoryRoot, it, 'stack.yaml')));
  all = (await Promise.all(families)).flatMap(({ functions }) => functions);
});

async function listOf(name: string): Promise<readonly string[] | undefined> {
  const fn = all.find((it) => it.name === name);
  if (fn === undefined) throw new Error(`there is no ${name}`);
  return (await dependenciesOf(fn))?.map((it) => `${it.ecosystem} ${it.name} ${it.version}`);
}

describe('the packages of a reference function', () => {
  test('in Rust are what its crate needs of the workspace, and not what only tests do', async () => {
    const hello = await listOf('rust-hello');
    expect(hello).toContainEqual(expect.stringMatching(/^cargo hyper 1\./));
    expect(hello).not.toContainEqual(expect.stringMatching(/ (serde_json|proptest|image) /));
    const json = await listOf('rust-json');
    expect(json).toContainEqual(expect.stringMatching(/^cargo serde_json 1\./));
    expect(json).not.toContainEqual(expect.stringMatching(/ (proptest|image) /));
  });

  test('in other languages are those that its files pin, without those for development', async () => {
    expect(await listOf('go-hello')).toEqual([]);
    expect(await listOf('go-json')).toContain('go golang.org/x/image v0.36.0');
    expect(await listOf('node-hello')).toBeUndefined();
    const node = await listOf('node-json');
    expect(node).toContain('npm fastify 5.12.8');
    expect(node).not.toContainEqual(expect.stringMatching(/typescript|darwin|win32/));
    expect(await listOf('python-hello')).toEqual(['pypi waitress 3.0.2']);
    expect(await listOf('java-json')).toEqual(['maven com.fasterxml.jackson.core:jackson-core 2.22.4']);
    expect(await listOf('java-hello')).toBeUndefined();
  });

  test('behind a watchdog are those of the function itself', async () => {
    for (const name of ['rust-json', 'python-hello']) expect(await listOf(`${name}-of`)).toEqual(await listOf(name));
  });

  test('in Rust are at least those that cargo itself finds for this system', async () => {
    const { builder } = await imageCatalog({ root: repositoryRoot, gateway: stamp, queueWorker: stamp });
    const { tag } = await buildImage(builder);
    const source = `type=bind,source=${join(repositoryRoot, 'rust-functions')},target=/src,readonly`;
    const inBuilder = ['docker', 'run', '--rm', '--mount', source, '--workdir', '/src', tag];
    const argv = ['cargo', 'tree', '--locked', '--package', 'json', '--edges', 'normal,build', '--prefix', 'none'];
    const tree = await runOrFail([...inBuilder, ...argv, '--format', '{p}'], 'asking cargo', { timeoutMs: 120_000 });
    const found = [...tree.stdout.matchAll(/^(\S+) v([^\s(]+)(?: \(proc-macro\))?(?: \(\*\))?$/gm)];
    const known = new Set(await listOf('rust-json'));
    const names = new Set(found.map(([, name, version]) => `cargo ${name} ${version}`));
    expect(names.size).toBeGreaterThan(10);
    expect([...names].filter((it) => !known.has(it))).toEqual([]);
  });
});

describe("somebody's own function", () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'givre-dependencies-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function onlyOne(handler: string): Promise<StackFunction> {
    await mkdir(join(folder, handler), { recursive: true });
    const stack = `provider: {name: openfaas}\nfunctions:\n  one: {lang: dockerfile, handler: ${handler}, image: one}\n`;
    await writeFile(join(folder, 'stack.yaml'), stack);
    const [one] = (await readStack(join(folder, 'stack.yaml'))).functions;
    if (one === undefined) throw new Error('the stack has no function');
    return one;
  }

  test('whose lock file is broken has an unknown list, and not an empty one', async () => {
    const one = await onlyOne('broken');
    await writeFile(join(folder, 'broken/package-lock.json'), '{"packages": 7}');
    expect(await dependenciesOf(one)).toBeNull();
    await writeFile(join(folder, 'broken/Cargo.toml'), '[package]\nname = "mine"\n');
    await writeFile(join(folder, 'broken/Cargo.lock'), '[[package]]\nname = mine\n');
    expect(await dependenciesOf(one)).toBeNull();
  });

  test('in Rust may write its manifest in every way that TOML has', async () => {
    const one = await onlyOne('crate');
    await writeFile(
      join(folder, 'crate/Cargo.toml'),
      `package = { name = "mine" } # all on one line
[dependencies.called-otherwise]
package = "renamed"
version = "1"
[build-dependencies]
builds = "1"
[target.'cfg(unix)'.dependencies]
on-unix = { version = "1" }
[dev-dependencies]
builds = "1"
on-unix = "1"
for-tests = { package = "only-tests", version = "1" }
`,
    );
    const needed = ['builds', 'on-unix', 'only-tests', 'renamed'];
    const crates = needed.map((name) => `[[package]]\nname = '${name}'\nversion = "1.0.0"\nsource = "registry"\n`);
    const own = `[[package]]\nname = "mine"\nversion = "0.1.0"\ndependencies = ${JSON.stringify(needed)}\n`;
    await writeFile(join(folder, 'crate/Cargo.lock'), `version = 4\n${own}${crates.join('')}`);
    expect((await dependenciesOf(one))?.map(({ name }) => name)).toEqual(['builds', 'on-unix', 'renamed']);
  });
});
