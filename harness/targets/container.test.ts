import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../core/host.ts';
import { Scope } from '../core/scope.ts';
import { runOrFail } from '../core/subprocess.ts';
import { machineImage, withMachine } from '../platforms/machine.fixture.ts';
import { containerTarget } from './container.ts';
import { engineNowMs, labelNames, listOurContainers, renewExpiry } from './leftovers.ts';

let image: string;
let folder: string;
beforeAll(async () => {
  image = await machineImage(AbortSignal.timeout(600_000));
  folder = await mkdtemp(join(tmpdir(), 'givre-target-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function inspect(host: Host): Promise<string> {
  const name = host.name.replace('container ', '');
  return (await runOrFail(['docker', 'inspect', name], 'inspecting')).stdout;
}

describe('the container target', () => {
  test('publishes its ports on 127.0.0.1 only, and is not privileged', async () => {
    await withMachine(image, 'rights', async (host) => {
      const [container] = JSON.parse(await inspect(host));
      const bindings = Object.values<{ HostIp: string }[]>(container.NetworkSettings.Ports).flat();
      expect(bindings.map((binding) => binding.HostIp)).toEqual(['127.0.0.1', '127.0.0.1']);
      expect(container.HostConfig.Privileged).toBe(false);
      expect(container.HostConfig.CapAdd.map((name: string) => name.replace('CAP_', '')).toSorted()).toEqual([
        'MKNOD',
        'NET_ADMIN',
        'NET_RAW',
        'SYS_ADMIN',
        'SYS_NICE',
        'SYS_PTRACE',
      ]);
      expect(host.address(8080)).toMatch(/^127\.0\.0\.1:\d+$/);
    });
  });

  test('runs programs, takes files with their mode, and keeps secrets out of process lists', async () => {
    await withMachine(image, 'host', async (host) => {
      const local = join(folder, 'tool');
      await writeFile(local, '#!/bin/sh\necho "$SECRET from $(pwd)"\n');
      await host.upload(local, '/opt/new/place/tool', 0o755, AbortSignal.timeout(60_000));
      const result = await host.exec(['/opt/new/place/tool'], { env: { SECRET: 's3cret' }, cwd: '/tmp' });
      expect(result).toEqual({ exitCode: 0, stdout: 's3cret from /tmp\n', stderr: '' });
      await host.writeFile('/run/givre/text', 'content', 0o600);
      expect((await host.exec(['stat', '-c', '%a %s', '/run/givre/text'])).stdout).toBe('600 7\n');
      await host.startService({ name: 'sleeper', argv: ['sleep', '60'], env: { PASSWORD: 's3cret' } });
      const commands = await host.exec(['sh', '-c', 'cat /proc/*/cmdline']);
      expect(commands.stdout).toContain('sleep');
      expect(commands.stdout).not.toContain('s3cret');
    });
  });

  test('ends an upload when it is interrupted', async () => {
    await withMachine(image, 'upload', async (host) => {
      const large = join(folder, 'large');
      await writeFile(large, '');
      await truncate(large, 2 ** 30);
      const interrupt = new AbortController();
      setTimeout(() => interrupt.abort(new Error('interrupted')), 100);
      await expect(host.upload(large, '/opt/large', 0o600, interrupt.signal)).rejects.toThrow('interrupted');
      expect((await host.exec(['test', '-e', '/opt/large'])).exitCode).toBe(1);
    });
  });

  test('starts, watches and stops services, and hands out their logs', async () => {
    await withMachine(image, 'services', async (host) => {
      await host.startService({ name: 'talker', argv: ['sh', '-c', 'echo hello; sleep 60'] });
      expect(await host.serviceAlive('talker')).toBe(true);
      await host.stopService('talker');
      expect(await host.serviceAlive('talker')).toBe(false);
      expect(await host.serviceLog('talker')).toBe('hello');
      await host.stopService('never-started');
      await host.collectLogs(join(folder, 'logs'), AbortSignal.timeout(60_000));
      expect(await readFile(join(folder, 'logs', 'talker.log'), 'utf8')).toBe('hello\n');
    });
  });

  test('freezes and resumes a machine, however often it is told so', async () => {
    await withMachine(image, 'freeze', async (host) => {
      await host.pause();
      await host.pause();
      expect(JSON.parse(await inspect(host))[0].State.Paused).toBe(true);
      await host.resume();
      await host.resume();
      expect((await host.exec(['echo', 'thawed'])).stdout).toBe('thawed\n');
    });
  });

  test('tells facts about the machine', async () => {
    await withMachine(image, 'facts', async (host) => {
      const facts = await host.facts();
      expect(facts.os).toContain('Debian');
      expect(facts.cores).toBeGreaterThan(0);
      expect(facts.memoryBytes).toBeGreaterThan(2 ** 28);
      expect(['v1', 'v2', 'hybrid']).toContain(facts.cgroup);
    });
  });

  test('removes a machine whose start was interrupted', async () => {
    const scope = new Scope();
    const controller = new AbortController();
    const runId = `test-interrupted-${process.pid}`;
    const target = containerTarget({ image, runId, labels: { [labelNames.run]: runId } });
    const acquiring = target.acquire(scope, 'gone', controller.signal);
    setTimeout(() => controller.abort(new DOMException('interrupted', 'AbortError')), 30);
    await expect(acquiring).rejects.toThrow('interrupted');
    expect(await scope.close()).toEqual([]);
    expect((await listOurContainers()).filter((it) => it.runId === runId)).toEqual([]);
  });

  test('marks machines so that they are found, with an expiry that can be renewed though they are frozen', async () => {
    const scope = new Scope();
    const runId = `test-marked-${process.pid}`;
    const labels = { [labelNames.run]: runId, [labelNames.machine]: 'm', [labelNames.expires]: '100' };
    try {
      const signal = AbortSignal.timeout(60_000);
      const host = await containerTarget({ image, runId, labels }).acquire(scope, 'x', signal);
      const find = async () => (await listOurContainers()).find((it) => it.runId === runId);
      const found = await find();
      expect(found).toMatchObject({ machine: 'm', expiresAtSeconds: 100 });
      await renewExpiry(found?.id ?? '', 200);
      expect(await find()).toMatchObject({ expiresAtSeconds: 200 });
      // Nothing can run in it while it is frozen.
      await host.pause();
      const before = Math.floor(((await engineNowMs()) ?? 0) / 1000);
      for (const lease of host.leases) await lease.renew(7_200, signal);
      const renewed = (await find())?.expiresAtSeconds ?? 0;
      expect(renewed).toBeGreaterThanOrEqual(before + 7_199);
      expect(renewed).toBeLessThan(before + 7_260);
      expect(host.leases.map(({ what, inside }) => [what, inside])).toEqual([[`the mark of ${host.name}`, false]]);
      await renewExpiry(found?.id ?? '', 200);
      expect(await find()).toMatchObject({ expiresAtSeconds: 200 });
      await expect(renewExpiry('none-of-that-name', 200)).rejects.toMatchObject({ code: 'E_PROGRAM_FAILED' });
    } finally {
      await scope.close();
    }
  });
});
