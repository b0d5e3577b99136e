import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import { poll } from '../core/poll.ts';
import { runOrFail } from '../core/subprocess.ts';
import { buildImage } from '../images/build.ts';
import { imageCatalog } from '../images/catalog.ts';
import { publish } from './registry.ts';

const stamp = { version: 'test', commit: 'test' };
const registryConfig =
  'version: 0.1\\nstorage: {filesystem: {rootdirectory: /var/lib/registry}}\\nhttp: {addr: ":5000"}\\n';

async function docker(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runOrFail(['docker', ...args], `docker ${args[0]}`, { timeoutMs: 60_000 });
  // `docker logs` keeps the two apart, as the program wrote them.
  return `${stdout}${args[0] === 'logs' ? stderr : ''}`.trim();
}

const containers: string[] = [];
const images: string[] = [];
let machine = '';

interface Registry {
  readonly id: string;
  readonly host: string;
}

/** Debian's docker-registry, as it runs in the machine under test; `storage` is an option of `docker run`. */
async function startRegistry(storage: readonly string[]): Promise<Registry> {
  const script = `printf '${registryConfig}' > /tmp/config.yml && exec docker-registry serve /tmp/config.yml`;
  const how = ['--detach', '--publish', '127.0.0.1::5000', '--entrypoint', 'sh', ...storage];
  const id = await docker('run', ...how, machine, '-c', script);
  containers.push(id);
  const host = `127.0.0.1:${(await docker('port', id, '5000/tcp')).split(':').pop()}`;
  await poll(
    async () => {
      const status = await fetch(`http://${host}/v2/`).then(
        (response) => response.status,
        (error: Error) => error.message,
      );
      return status === 200 ? { done: true, value: status } : { done: false, seen: String(status) };
    },
    { what: 'the registry', deadlineMs: 20_000 },
  );
  return { id, host };
}

/** A new image of one layer with this much content that cannot be compressed. */
async function makeImage(sizeBytes: number): Promise<string> {
  const script =
    'd=$(mktemp -d) && head -c "$1" /dev/urandom > "$d/content" && tar -C "$d" -c content | ' +
    'docker import --change "USER 65532:65532" - "$2" && rm -r "$d"';
  const name = `givre-test/${randomUUID()}`;
  const made = await runOrFail(['sh', '-c', script, 'sh', String(sizeBytes), name], 'making an image');
  images.push(name);
  return made.stdout.trim();
}

beforeAll(async () => {
  const catalog = await imageCatalog({ root: repositoryRoot, gateway: stamp, queueWorker: stamp });
  // The distribution's part of the machine: the registry is in it, and it is seldom built anew.
  const base = catalog.machine.bases.MACHINE_BASE;
  if (typeof base !== 'object') throw new Error('the machine has no base of ours');
  machine = (await buildImage(base)).tag;
});

afterAll(async () => {
  if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers);
  if (images.length > 0) await docker('rmi', '--force', ...images);
});

describe('publishing to a real registry', () => {
  test('pins the image by digest, describes it, and leaves no name behind', async () => {
    const registry = await startRegistry([]);
    const image = await makeImage(100_000);
    const published = await publish(image, { registryHost: registry.host, repository: 'givre/Test' });
    expect(published).toEqual({
      ref: `127.0.0.1:5000/givre/test@${published.digest}`,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      sizeBytes: expect.any(Number),
      layers: 1,
      unpackedBytes: 100_000,
      user: '65532:65532',
      pushed: true,
    });
    expect(published.sizeBytes).toBeGreaterThan(100_000);
    expect(published.sizeBytes).toBeLessThan(103_000);
    const tags = await docker('image', 'inspect', '--format', '{{join .RepoTags " "}}', image);
    expect(tags).not.toContain(registry.host);

    const pinned = `${registry.host}/givre/test@${published.digest}`;
    await docker('rmi', '--force', image);
    await docker('pull', '--quiet', pinned);
    expect(await docker('image', 'inspect', '--format', '{{.Id}}', pinned)).toBe(image);
    images.push(pinned);
  });

  test('pushes nothing when the image is there already', async () => {
    const registry = await startRegistry([]);
    const image = await makeImage(1_000);
    const options = { registryHost: registry.host, repository: 'givre/test' };
    const first = await publish(image, options);
    const uploads = async () => (await docker('logs', registry.id)).match(/"?(PUT|POST|PATCH) \/v2\//g)?.length;
    const before = await uploads();
    expect(before).toBeGreaterThan(0);
    expect(await publish(image, options)).toEqual({ ...first, pushed: false });
    expect(await uploads()).toBe(before);
    // Another repository of the same registry does not have it.
    expect(await publish(image, { ...options, repository: 'givre/other' })).toMatchObject({
      digest: first.digest,
      pushed: true,
    });
  });

  // Docker itself tries five times, with growing pauses, before it gives up.
  test('a registry whose disk is full is one error that names it', { timeout: 180_000 }, async () => {
    const registry = await startRegistry(['--tmpfs', '/var/lib/registry:size=1m']);
    const image = await makeImage(3_000_000);
    await expect(publish(image, { registryHost: registry.host, repository: 'givre/test' })).rejects.toMatchObject({
      code: 'E_REGISTRY_PUSH',
      message: expect.stringContaining(`cannot push givre/test to the registry at ${registry.host}`),
      hint: expect.stringMatching(/.+/),
    });
    const tags = await docker('image', 'inspect', '--format', '{{join .RepoTags " "}}', image);
    expect(tags).not.toContain(registry.host);
  });
});

describe('publishing where it cannot work', () => {
  const options = { registryHost: '127.0.0.1:1', repository: 'givre/test' };

  test('nothing listens', async () => {
    await expect(publish(await makeImage(10), options)).rejects.toMatchObject({
      code: 'E_REGISTRY_DOWN',
      message: expect.stringContaining('127.0.0.1:1'),
    });
  });

  test('something else listens', async () => {
    const server = createServer((_request, response) => response.end('<html>not a registry</html>'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const registryHost = `127.0.0.1:${port}`;
    await expect(publish(await makeImage(10), { ...options, registryHost })).rejects.toMatchObject({
      code: 'E_REGISTRY_ANSWER',
      message: expect.stringContaining('not a registry'),
    });
    server.close();
  });

  test('there is no such image', async () => {
    await expect(publish('sha256:0123', options)).rejects.toMatchObject({
      code: 'E_DOCKER',
      message: expect.stringContaining('sha256:0123'),
    });
  });

  test('the run was stopped', async () => {
    const reason = new Error('stopped');
    await expect(publish('any', { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
