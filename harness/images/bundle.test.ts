import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Bundle } from '../core/bundle.ts';
import { run, runOrFail } from '../core/subprocess.ts';
import { buildBundle } from './bundle.ts';
import type { ImageSpec } from './plan.ts';

const name = `test-bundle-${randomBytes(6).toString('hex')}`;
let folder: string;
let cacheDir: string;
let content: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-bundle-test-'));
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY hello.txt /opt/givre/\nCOPY hello.txt /\n');
});
beforeEach(async () => {
  cacheDir = await mkdtemp(join(folder, 'cache-'));
  content = randomBytes(16).toString('hex');
});
afterAll(async () => {
  const listed = await run(['docker', 'image', 'ls', '--quiet', '--filter', `reference=givre/${name}`]);
  const ids = listed.stdout.split('\n').filter((line) => line !== '');
  if (ids.length > 0) await run(['docker', 'image', 'rm', '--force', ...new Set(ids)]);
  await rm(folder, { recursive: true });
});

function spec(): ImageSpec {
  return {
    name,
    dockerfile: join(folder, 'Dockerfile'),
    inputs: [{ content, to: 'hello.txt' }],
    bases: {},
  };
}

async function build(progress: (line: string) => void = () => {}): Promise<Bundle> {
  return await buildBundle(spec(), { cacheDir, progress });
}

describe('a bundle', () => {
  test('holds the folder /opt/givre of its image and nothing else', async () => {
    const { path, unpackedBytes } = await build();
    const listed = await runOrFail(['tar', '-tzf', path], 'listing');
    expect(listed.stdout).toBe('givre/\ngivre/hello.txt\n');
    expect((await runOrFail(['tar', '-xzOf', path, 'givre/hello.txt'], 'reading')).stdout).toBe(content);
    const tar = await runOrFail(['sh', '-c', 'gzip -dc "$1" | wc -c', 'sh', path], 'counting');
    expect(unpackedBytes).toBe(Number(tar.stdout));
  });

  test('says its digest, its size and the architecture that it runs on', async () => {
    const bundle = await build();
    const file = await readFile(bundle.path);
    expect(bundle.digest).toBe(`sha256:${createHash('sha256').update(file).digest('hex')}`);
    expect(bundle.sizeBytes).toBe(file.length);
    expect(bundle.architecture).toBe((await runOrFail(['uname', '-m'], 'asking')).stdout.trim());
  });

  test('is packed once', async () => {
    const lines: string[] = [];
    const first = await build((line) => lines.push(line));
    expect(lines.filter((line) => line.startsWith('bundle packed'))).toHaveLength(1);
    expect(await build((line) => lines.push(line))).toEqual(first);
    expect(lines.filter((line) => line.startsWith('bundle packed'))).toHaveLength(1);
  });

  test('is the same file when it is packed again', async () => {
    const first = await build();
    await rm(first.path);
    expect(await build()).toEqual(first);
  });

  test('that was interrupted leaves nothing behind', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by the test');
    await build();
    await rm(cacheDir, { recursive: true });
    const building = buildBundle(spec(), { cacheDir, signal: stop.signal });
    const folderMade = async (): Promise<void> => {
      while (!(await readdir(folder)).includes(cacheDir.slice(folder.length + 1))) await new Promise(setImmediate);
    };
    await folderMade();
    stop.abort(reason);
    await expect(building).rejects.toBe(reason);
    expect(await readdir(cacheDir)).toEqual([]);
    expect((await run(['docker', 'ps', '--all', '--quiet', '--filter', `ancestor=givre/${name}`])).stdout).toBe('');
  });
});

describe('old bundles', () => {
  const long = new Date(Date.now() - 7_200_000);
  const present = async (): Promise<readonly string[]> =>
    (await readdir(cacheDir)).map((it) => join(cacheDir, it)).sort();
  const buildAnother = async (): Promise<string> => {
    content = randomBytes(16).toString('hex');
    return (await build()).path;
  };

  test('go, except for the newest two', async () => {
    const first = await buildAnother();
    await utimes(first, long, long);
    const second = await buildAnother();
    await utimes(second, long, new Date(long.getTime() + 1_000));
    const unfinished = `${second}.killed`;
    await writeFile(unfinished, '');
    await utimes(unfinished, long, long);
    const third = await buildAnother();
    expect(await present()).toEqual([second, third].sort());
  });

  test('stay while somebody may still upload them', async () => {
    const all = [await buildAnother(), await buildAnother(), await buildAnother()];
    expect(await present()).toEqual(all.sort());
  });
});
