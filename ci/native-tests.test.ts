import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../harness/core/paths.ts';
import { publish } from '../harness/functions/registry.ts';
import { buildImage } from '../harness/images/build.ts';
import { imageCatalog } from '../harness/images/catalog.ts';
import { copyFromImage } from '../harness/images/copy.ts';
import type { ImageSpec } from '../harness/images/plan.ts';
import { controlPlatform } from '../harness/platforms/control/index.ts';
import { machineImage, withMachine } from '../harness/platforms/machine.fixture.ts';
import { pins } from '../harness/platforms/pins.ts';

/**
 * The tests that are not written in TypeScript of the harness, run in the builder image, so that a machine needs neither compiler. They
 * are images like any other: sources of the same content are not tested twice.
 */

const catalog = imageCatalog({ root: repositoryRoot, gateway: pins.gateway, queueWorker: pins.queueWorker });

/** What is no source, and the lists that keep tests out of the functions' own images. */
const NO_SOURCE = /^(target|node_modules|dist)\/|(^|\/)(__pycache__\/|\.dockerignore$)|\.md$/;

async function testsImage(name: string, folder: string): Promise<ImageSpec> {
  return {
    name,
    dockerfile: join(repositoryRoot, 'ci/images', name, 'Dockerfile'),
    inputs: [{ from: join(repositoryRoot, folder), to: '.', ignore: NO_SOURCE }],
    bases: { BUILDER: (await catalog).builder },
  };
}

describe('written in Rust', { timeout: 900_000 }, () => {
  test.each([
    ['agent-tests', 'harness/agent'],
    ['rust-functions-tests', 'rust-functions'],
  ])('%s pass', async (name, folder) => {
    expect((await buildImage(await testsImage(name, folder))).tag).toContain(name);
  });
});

describe('functions in other languages', { timeout: 900_000 }, () => {
  test.each([
    ['go-functions-tests', 'peer-functions/go/workloads'],
    ['node-functions-tests', 'peer-functions/node/workloads'],
    ['python-functions-tests', 'peer-functions/python'],
    ['java-functions-tests', 'peer-functions/java/workloads'],
  ])('%s pass', async (name, folder) => {
    expect((await buildImage(await testsImage(name, folder))).tag).toContain(name);
  });
});

describe('written in Go', { timeout: 900_000 }, () => {
  test('the tests of the server of known times pass', async () => {
    const spec = await testsImage('truth-tests', 'harness/load/truth');
    expect((await buildImage(spec)).tag).toContain('truth-tests');
  });

  test("the provider's tests pass, those that need containerd on a machine of their own", async () => {
    const tests = await buildImage(await testsImage('provider-tests', 'harness/platforms/control/provider'));
    const floor = await buildImage((await catalog).floor);
    const folder = await mkdtemp(join(tmpdir(), 'givre-go-tests-'));
    try {
      const binary = join(folder, 'functions.test');
      await copyFromImage(tests.tag, '/functions.test', binary);
      const signal = AbortSignal.timeout(300_000);
      await withMachine(await machineImage(signal), 'go-tests', async (host, scope) => {
        await controlPlatform().install(scope, host, signal, () => {});
        // Its tests bring a provider of their own; two would fight over the network's leases.
        await host.stopService('givre-provider');
        const image = await publish(floor.id, { registryHost: host.address(5000), repository: 'givre/floor', signal });
        await host.upload(binary, '/var/tmp/functions.test', 0o755, signal);
        const env = { GIVRE_TEST_CONTAINERD: '/run/containerd/containerd.sock', GIVRE_TEST_IMAGE: image.ref };
        const result = await host.exec(['/var/tmp/functions.test', '-test.v'], { env, signal });
        expect(`${result.stdout}${result.stderr}`).toMatch(/^PASS$/m);
        expect(result.stdout).not.toContain('--- SKIP');
        expect(result.exitCode).toBe(0);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
