import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../harness/core/paths.ts';
import { poll } from '../../harness/core/poll.ts';
import { run, runOrFail } from '../../harness/core/subprocess.ts';
import { buildImage } from '../../harness/images/build.ts';
import { hostCaBundle } from '../../harness/images/ca-bundle.ts';
import { type ImageCatalog, imageCatalog } from '../../harness/images/catalog.ts';
import { pins } from '../../harness/platforms/pins.ts';

const shipped = [
  'machine',
  'bundle',
  'gateway',
  'queueWorker',
  'natsStreaming',
  'prometheus',
  'floor',
  'agent',
] as const;
const containers: string[] = [];
let catalog: ImageCatalog;
const tags = new Map<keyof ImageCatalog, string>();

beforeAll(async () => {
  catalog = await imageCatalog({ root: repositoryRoot, gateway: pins.gateway, queueWorker: pins.queueWorker });
  for (const name of ['builder', ...shipped] as const) tags.set(name, (await buildImage(catalog[name])).tag);
}, 1_800_000);

afterAll(async () => {
  for (const id of containers) await run(['docker', 'rm', '--force', '--volumes', id]);
});

async function start(name: keyof ImageCatalog, options: readonly string[], command: readonly string[] = []) {
  const argv = ['docker', 'run', '--detach', '--pull=never', ...options, tags.get(name) ?? '', ...command];
  const id = (await runOrFail(argv, `starting ${name}`)).stdout.trim();
  containers.push(id);
  return id;
}

/** The log of a container once it matches. */
function logOf(id: string, pattern: RegExp): Promise<string> {
  return poll(
    async () => {
      const { stdout, stderr } = await run(['docker', 'logs', id]);
      const log = stdout + stderr;
      return pattern.test(log) ? { done: true, value: log } : { done: false, seen: log.slice(-500) };
    },
    { what: `a log that matches ${pattern}`, deadlineMs: 20_000 },
  );
}

// What a machine needs of its engine, as command line options.
const machineOptions = [
  ...['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'NET_RAW', 'MKNOD'].map((name) => `--cap-add=${name}`),
  ...['seccomp=unconfined', 'apparmor=unconfined', 'systempaths=unconfined'].map((value) => `--security-opt=${value}`),
  '--cgroupns=private',
  '--tmpfs=/run:exec',
  '--volume=/var/lib/containerd',
];

describe('no image that is shipped', () => {
  test('holds the certificates that only this host trusts, while the builder does', async ({ skip }) => {
    const bundle = await hostCaBundle();
    if (bundle === undefined) return skip('this host trusts nothing beyond its distribution: nothing can leak');
    const line = await lineOfOwnCertificate(bundle);
    expect(await imageContains('builder', line)).toBe(true);
    for (const name of shipped) expect([name, await imageContains(name, line)]).toEqual([name, false]);
  }, 300_000);

  test.each(shipped)('has the builder’s settings in its environment: %s', async (name) => {
    const inspected = await run([
      'docker',
      'image',
      'inspect',
      '--format',
      '{{json .Config.Env}}',
      tags.get(name) ?? '',
    ]);
    expect(inspected.exitCode).toBe(0);
    expect(inspected.stdout).not.toMatch(/SSL_CERT|CAINFO|CA_CERTS|PIP_CERT|PROXY/i);
  });
});

describe('the machine', () => {
  test('comes up with writable cgroups, and containerd in it runs the do-nothing server', async () => {
    const id = await start('machine', machineOptions);
    await logOf(id, /machine-init: ready/);
    const inside = (...argv: string[]) => run(['docker', 'exec', id, ...argv]);
    await run(['docker', 'exec', '--detach', id, 'containerd']);
    await poll(
      async () => {
        const { exitCode, stderr } = await inside('ctr', 'version');
        return exitCode === 0 ? { done: true, value: undefined } : { done: false, seen: stderr };
      },
      { what: 'containerd to answer', deadlineMs: 20_000 },
    );
    const floor = tags.get('floor') ?? '';
    const load = `docker save ${floor} | docker exec --interactive ${id} ctr --namespace t image import -`;
    await runOrFail(['sh', '-c', load], 'importing the floor image');
    await runOrFail(
      ['docker', 'exec', id, 'ctr', '--namespace', 't', 'run', '--detach', `docker.io/${floor}`, 'floor'],
      'running the floor',
    );
    expect((await inside('ctr', '--namespace', 't', 'task', 'ls')).stdout).toMatch(/floor\s+\d+\s+RUNNING/);
    const links = await inside('find', '/opt/cni/bin', '-type', 'f', '-name', 'bridge');
    expect(links.stdout).toBe('/opt/cni/bin/bridge\n');
  });

  test('says which right it lacks when it may not remount its cgroups', async () => {
    const id = await start('machine', ['--cgroupns=private']);
    expect(await logOf(id, /machine-init/)).toMatch(/cannot make .*cgroup.* writable: is CAP_SYS_ADMIN there\?/);
    expect((await run(['docker', 'wait', id])).stdout.trim()).toBe('1');
  });

  test('has every program of the contract, ours being static', async () => {
    const programs = [
      'givre-agent',
      'givre-provider',
      'givre-core',
      'givre-floor',
      'gateway',
      'queue-worker',
      'nats-streaming-server',
    ];
    const check = programs.map((name) => `ldd /opt/givre/bin/${name} 2>&1`).join('; ');
    const { stdout } = await inMachine(check);
    expect(stdout.trim().split('\n')).toHaveLength(programs.length);
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(/not a dynamic executable|statically linked/);
    expect((await inMachine('command -v prometheus docker-registry containerd runc ctr iptables')).exitCode).toBe(0);
  });

  test('holds the Debian packages at the pinned versions', async () => {
    for (const { version, obtained } of Object.values(pins)) {
      if (obtained.by !== 'debian') continue;
      const { stdout } = await inMachine(`dpkg-query --show --showformat '\${Version}' ${obtained.package}`);
      expect([obtained.package, stdout.slice(0, version.length)]).toEqual([obtained.package, version]);
    }
  });
});

describe('the bundle', () => {
  test('lists the same packages as the machine that its programs come from', async () => {
    const ofMachine = (await inMachine('cat /opt/givre/VERSIONS')).stdout;
    expect(ofMachine).toMatch(/^containerd\t1\./m);
    expect(await fileOf('bundle', '/opt/givre/VERSIONS')).toBe(ofMachine);
  });

  test('holds Debian’s containerd unchanged, and every library that its other programs name', async () => {
    const script =
      'sha256sum < /usr/bin/containerd; ldd $(command -v runc iptables) | grep -oE "[a-z][^ /]*[.]so[.][0-9]+" | sort -u';
    const [digest = '', ...libraries] = (await inMachine(script)).stdout.trim().split('\n');
    const { stdout } = await run(['sh', '-c', 'docker export "$1" | tar -t', 'sh', await created('bundle')]);
    for (const library of libraries.filter((name) => !name.startsWith('linux-vdso'))) {
      expect(stdout).toContain(`opt/givre/lib/${library}\n`);
    }
    expect(libraries).toContain('libseccomp.so.2');
    const own = await run([
      'sh',
      '-c',
      'docker cp "$1":/opt/givre/bin/containerd - | tar -xO | sha256sum',
      'sh',
      await created('bundle'),
    ]);
    expect(own.stdout.trim()).toBe(digest);
  });
});

describe('the core services as images', () => {
  test('the gateway knows its version and commit', async () => {
    const log = await logOf(await start('gateway', ['--env=functions_provider_url=http://127.0.0.1:1/']), /Version/);
    expect(log).toContain(`Version: ${pins.gateway.version}`);
    expect(log).toContain(`Commit: ${pins.gateway.commit}`);
  });

  test('the queue-worker knows its version and commit', async () => {
    const log = await logOf(await start('queueWorker', ['--env=faas_nats_address=127.0.0.1']), /Version/);
    expect(log).toContain(`Version: ${pins.queueWorker.version}`);
    expect(log).toContain(`Git Commit: ${pins.queueWorker.commit}`);
  });

  test('NATS streaming gets ready by the command that a compose file gives it', async () => {
    const command = [
      '/nats-streaming-server',
      '-m',
      '8222',
      '--store=file',
      '--dir=/nats',
      '--cluster_id=faas-cluster',
    ];
    const id = await start('natsStreaming', ['--tmpfs=/nats:mode=1777', '--user=65534'], command);
    expect(await logOf(id, /Streaming Server is ready/)).toContain(pins.natsStreaming.version);
  });

  test('Prometheus gets ready as nobody', async () => {
    const id = await start('prometheus', ['--user=65534']);
    expect(await logOf(id, /Server is ready to receive web requests/)).toContain(pins.prometheus.version);
  });
});

function inMachine(script: string) {
  const options = ['--rm', '--network=none', '--entrypoint=/bin/sh'];
  return run(['docker', 'run', ...options, tags.get('machine') ?? '', '-c', script]);
}

/** A line from the middle of a certificate (its first lines are alike in many) that the distribution does not ship. */
async function lineOfOwnCertificate(bundle: string): Promise<string> {
  const blocks = (await readFile(bundle, 'utf8')).match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  const { stdout } = await run(['sh', '-c', 'cat /usr/share/ca-certificates/*/*.crt']);
  const own = blocks.map((block) => block.split('\n')[6] ?? '').find((line) => line !== '' && !stdout.includes(line));
  if (own === undefined) throw new Error('the bundle differs, but no line of it is its own');
  return own;
}

/** A container of an image that need not be able to run. */
async function created(name: keyof ImageCatalog): Promise<string> {
  const result = await runOrFail(['docker', 'create', tags.get(name) ?? '', 'none'], `creating ${name}`);
  const id = result.stdout.trim();
  containers.push(id);
  return id;
}

async function fileOf(name: keyof ImageCatalog, path: string): Promise<string> {
  const script = 'docker cp "$1" - | tar -xO';
  return (await runOrFail(['sh', '-c', script, 'sh', `${await created(name)}:${path}`], `reading ${path}`)).stdout;
}

/** Searches all files of an image, as the engine exports them: uncompressed, one stream. */
async function imageContains(name: keyof ImageCatalog, text: string): Promise<boolean> {
  const id = await created(name);
  const child = spawn('docker', ['export', id], { stdio: ['ignore', 'pipe', 'inherit'] });
  let rest = Buffer.alloc(0);
  let found = false;
  let bytes = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const window = Buffer.concat([rest, chunk]);
    bytes += chunk.length;
    found ||= window.includes(text);
    rest = window.subarray(-text.length);
  }
  // An export that failed would hold nothing, and prove nothing.
  expect(bytes).toBeGreaterThan(10_000);
  return found;
}
