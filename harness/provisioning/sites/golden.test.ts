import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bundle } from '../../core/bundle.ts';
import { repositoryRoot } from '../../core/paths.ts';
import { Scope } from '../../core/scope.ts';
import { imageCatalog } from '../../images/catalog.ts';
import { propertiesOf } from '../../openstack/marks.ts';
import type { OpenstackOptions } from '../../planning/options.ts';
import { pins } from '../../platforms/pins.ts';
import type { BuiltFunction } from '../artifacts/functions.ts';
import type { CoreServiceImages, RunImages } from '../artifacts/images.ts';
import { describePlatforms, type ObtainedPlatform } from '../platforms.ts';
import { goldenKey } from './golden-key.ts';
import { type SiteTest, startSiteTest } from './site.fixture.ts';

const images = await runImages();
const core = coreOf('1');

async function runImages(): Promise<RunImages> {
  const { gateway, queueWorker } = pins;
  const catalog = await imageCatalog({ root: repositoryRoot, gateway, queueWorker });
  const built = (id: string) => ({ tag: `givre/${id}`, id: `sha256:${id}`, built: [] });
  const [floor, builder, bundle] = [built('floor'), built('builder'), bundleOf('sha256:b1')];
  return { catalog, machine: 'givre/machine', floor, builder, core: undefined, bundle };
}

function bundleOf(digest: string): Bundle {
  return { path: '/nowhere', digest, sizeBytes: 1, unpackedBytes: 1, architecture: 'x86_64' };
}

function coreOf(version: string): CoreServiceImages {
  const one = (name: string) => ({ tag: `givre/${name}`, id: `sha256:${name}-${version}`, built: [] });
  const [gateway, queueWorker, natsStreaming, prometheus] = [one('g'), one('q'), one('n'), one('p')];
  return { gateway, queueWorker, natsStreaming, prometheus };
}

let here: SiteTest;
beforeEach(async () => {
  here = await startSiteTest();
});
afterEach(() => here[Symbol.asyncDispose]());

async function platformOf(words: string, coreImages: CoreServiceImages | undefined): Promise<ObtainedPlatform> {
  const [platform] = describePlatforms(await here.planOn({}, { platform: words }), new Map(), coreImages, []);
  if (platform === undefined) throw new Error(`no platform ${words}`);
  return platform;
}

interface Asked {
  /** The first server that was asked for, by its role, and as it was asked for. */
  readonly role: string;
  readonly server: Readonly<Record<string, unknown>>;
  readonly said: readonly string[];
}

/** Asks a site for its first machine, sees what it asks the cloud for, and has it all removed again. */
async function firstServer(functions: string, target: Partial<OpenstackOptions> = {}): Promise<Asked> {
  const plan = await here.planOn(target, { functions });
  const { scope, site, said } = await here.open(plan);
  const built = plan.functions.map((fn): BuiltFunction => {
    return { fn, imageId: `sha256:${fn.name}`, watchdog: null, baseDigest: null, dependencies: null };
  });
  const own = new AbortController();
  const machine = new Scope();
  const work = { scope: machine, signal: own.signal, progress: (line: string) => void said.push(line) };
  const acquired = site.acquire(await platformOf('control', undefined), 'control-0', { images, built }, work);
  const ended = acquired.catch(() => {});
  const server = await vi.waitFor(
    () => {
      const [first] = here.cloud.kept('servers').values();
      if (first === undefined) throw new Error('no server was asked for');
      return first;
    },
    { timeout: 20_000, interval: 20 },
  );
  own.abort();
  await ended;
  expect([...(await machine.close()), ...(await scope.close())]).toEqual([]);
  await site.close();
  return { role: String(server.name).replace(`givre-${plan.runId}-`, ''), server, said };
}

/** The key by which the last run has looked for an image. */
function lastKey(): string {
  const urls = here.cloud.asked.map(({ url }) => new URL(url, here.cloud.origin));
  return urls.findLast((it) => it.searchParams.has('givre_golden'))?.searchParams.get('givre_golden') ?? '';
}

function keepImage(id: string, key: string, sizeBytes: number): void {
  const mark = { runId: 'f-before', role: 'golden', machine: 'elsewhere', expiresAtSeconds: 2_000_000_000 };
  here.cloud.keep('images', { id, name: id, size: sizeBytes, givre_golden: key, ...propertiesOf(mark, true) });
}

describe('an image with the platform on it', () => {
  test('is made where there is none, and booted by later runs with whatever functions', async () => {
    expect((await firstServer('rust-hello')).role).toBe('golden');
    keepImage('golden', lastKey(), 4_096);
    for (const functions of ['rust-hello', 'node-hello,go-hello']) {
      const { role, server, said } = await firstServer(functions);
      expect({ role, image: server.imageRef }).toEqual({ role: 'control-0', image: 'golden' });
      expect(said).toContain('boots from image golden, which has the platform on it');
    }
  });

  test('of size 0 is none', async () => {
    await firstServer('rust-hello');
    keepImage('hollow', lastKey(), 0);
    expect((await firstServer('rust-hello')).role).toBe('golden');
  });

  test('is not made of machines that boot from volumes; what they have goes by Cinder’s rules', async () => {
    const { role, server, said } = await firstServer('rust-hello', { bootVolumeGb: 10 });
    expect(role).toBe('control-0');
    expect(server).toMatchObject({ block_device_mapping_v2: [{ source_type: 'volume' }] });
    expect(server.imageRef).toBeUndefined();
    expect(said).toContain('--boot-volume: no image of the platform is made; each machine is installed by itself');
    expect(['volumes', 'snapshots', 'servers', 'ports'].map((it) => here.cloud.kept(it).size)).toEqual([0, 0, 0, 0]);
  });

  test('that names a snapshot of a volume is refused as base before anything is made', async () => {
    here.cloud.keep('images', { id: 'v', name: 'of-a-volume', size: 0, block_device_mapping: '[]' });
    const plan = await here.planOn({ image: 'of-a-volume' });
    await expect(here.open(plan)).rejects.toMatchObject({ code: 'E_IMAGE_EMPTY', exitCode: 2 });
  });
});

test.each([
  ['--boot-volume', { bootVolumeGb: 10 }],
  ['--no-golden', { golden: false }],
])('level L4 is refused with %s, which leaves no image to boot', async (word, target) => {
  await expect(here.planOn(target, { levels: ['L4'] })).rejects.toMatchObject({
    code: 'E_LEVEL',
    message: `level L4 boots machines from an image with the platform on it, which is not made with ${word}`,
  });
});

describe('the key of an image', () => {
  const base = { id: 'base', checksum: 'c0ffee' };

  test('is the same in the company of other platforms', async () => {
    const [alone, among] = [await platformOf('control', undefined), await platformOf('control', core)];
    expect(await goldenKey(base, alone, images)).toBe(await goldenKey(base, among, images));
  });

  test('changes with base image, bundle, platform and the core services that this one runs in containers', async () => {
    const control = await platformOf('control', core);
    const shaped = await platformOf('control+like-faasd', core);
    const keys = await Promise.all([
      goldenKey(base, control, images),
      goldenKey({ ...base, checksum: 'other' }, control, images),
      goldenKey(base, control, { ...images, bundle: bundleOf('sha256:b2') }),
      goldenKey(base, control, { ...images, floor: { ...images.floor, id: 'sha256:other' } }),
      goldenKey(base, shaped, images),
      goldenKey(base, await platformOf('control+like-faasd', coreOf('2')), images),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
