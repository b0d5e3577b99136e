import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { poll } from '../../core/poll.ts';
import { Scope } from '../../core/scope.ts';
import type { Cloud } from '../../openstack/cloud.ts';
import { auditRun, statesOfKind } from '../../openstack/inventory.ts';
import { type Journal, openJournal } from '../../openstack/journal.ts';
import { resourceKinds } from '../../openstack/marks.ts';
import { openCloud } from '../../openstack/open.ts';
import { type MachineWishes, planMachines } from './plan.ts';
import { type OpenstackTarget, type OpenstackTargetOptions, openstackTarget } from './target.ts';

/** clouds.yaml of a test cloud whose servers are LXC containers with sshd and cloud-init. */
const cloudsPath = process.env.GIVRE_TEST_CLOUD_LXC ?? '';

const wishes: MachineWishes = {
  flavor: 'm1.tiny',
  image: 'debian-12',
  network: 'public',
  floatingNetwork: undefined,
  availabilityZone: undefined,
  configDrive: false,
  bootVolumeGb: undefined,
  serverGroup: true,
  sshUser: 'debian',
  sshJump: undefined,
  allowFrom: [],
};

describe.skipIf(cloudsPath === '')('a machine of a real cloud', { timeout: 240_000 }, () => {
  const signal = new AbortController().signal;
  let folder: string;
  let cloud: Cloud;
  let journal: Journal;
  let scope: Scope;
  let before: string;
  const said: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'givre-target-'));
    const env = { OS_CLIENT_CONFIG_FILE: cloudsPath, HOME: folder };
    // A project that nobody else uses, so that it can be compared as a whole; its quota is one server.
    cloud = await openCloud({ cloud: 'small', env, signal });
    const runId = `f-${Math.random().toString(36).slice(2, 10)}`;
    const place = { cloud: cloud.name, region: cloud.region, projectId: cloud.projectId };
    journal = await openJournal({ stateFolder: folder, runId, place });
    scope = new Scope();
    before = await inventory(cloud);
  });
  afterEach(async () => {
    const failures = await scope.close();
    await journal.close();
    await cloud.close();
    await rm(folder, { recursive: true });
    expect(failures).toEqual([]);
  });

  async function target(options: Partial<OpenstackTargetOptions> = {}): Promise<OpenstackTarget> {
    return openstackTarget({
      cloud,
      plan: await planMachines(cloud, wishes, 1),
      journal,
      scope,
      machineId: 'test-machine',
      expiresAtSeconds: () => Math.floor(Date.now() / 1000) + 1_800,
      lifeSeconds: 1_800,
      progress: (line) => said.push(line),
      ...options,
    });
  }

  test('runs commands, is reached by tunnels only, knows its deadline, and leaves the project as it was', async () => {
    const { host, server, edges } = await (await target()).acquireMachine(scope, 'a', signal);
    expect(server).toMatchObject({ status: 'ACTIVE', metadata: { 'givre:role': 'a' } });
    expect(server.hostId).not.toBe('');
    expect(edges.acceptedNs).toBeGreaterThan(0);
    expect(edges.activeNs).toBeGreaterThan(edges.acceptedNs);
    expect(edges.loggedInNs).toBeGreaterThan(edges.activeNs);
    expect((await host.exec(['id', '-u'])).stdout.trim()).toBe('0');
    expect((await host.facts()).virtualisation).toMatch(/^lxc/);
    expect(host.address(8080)).toMatch(/^127\.0\.0\.1:\d+$/);
    const timer = await host.exec(['systemctl', 'is-active', 'givre-deadline.timer']);
    expect(timer.stdout.trim()).toBe('active');
    // The key that came by user-data, which the machine itself still can read, is not the one in use.
    const rotated = await host.exec(['sh', '-c', 'curl -s http://169.254.169.254/openstack/latest/user_data']);
    const inUse = (await host.exec(['cat', '/etc/ssh/ssh_host_ed25519_key.pub'])).stdout.split(' ')[1] ?? '-';
    expect(rotated.stdout).toContain('ed25519_public');
    expect(rotated.stdout).not.toContain(inUse);
    expect(host.leases.map((it) => it.inside)).toEqual([false, true]);
    const [mark, deadline] = host.leases;
    await mark?.renew(3_600, signal);
    const expires = Number((await cloud.compute.getServer(server.id))?.metadata['givre:expires']);
    expect(expires).toBeCloseTo(Date.now() / 1000 + 3_600, -2);
    await deadline?.renew(7_200, signal);
    const unit = (await host.exec(['cat', '/etc/systemd/system/givre-deadline.timer'])).stdout;
    expect(Number(/OnCalendar=@(\d+)/.exec(unit)?.[1])).toBeCloseTo(Date.now() / 1000 + 7_200, -2);
    await deadline?.renew(2, signal);
    await until(
      'the machine to power itself off',
      async () => (await cloud.compute.getServer(server.id))?.status ?? '',
    );
    expect(await scope.close()).toEqual([]);
    expect(await auditRun(cloud, journal.runId)).toEqual({ marked: [], unseen: [] });
    expect(await inventory(cloud)).toBe(before);
  });

  test('a machine that nobody can log in to is explained by its console, and goes', async () => {
    const slow = await target({
      plan: { ...(await planMachines(cloud, { ...wishes, sshUser: 'nobody' }, 1)) },
      deadlines: { loginMs: 25_000 },
    });
    await expect(slow.acquire(scope, 'b', signal)).rejects.toMatchObject({
      code: 'E_DEADLINE',
      message: expect.stringContaining('accepts none of our keys'),
      hint: expect.stringMatching(/the end of its console:\n.*cloud-init/is),
    });
    expect(await scope.close()).toEqual([]);
    expect(await inventory(cloud)).toBe(before);
  });

  test('a server that stops while it is waited for is not waited for until the deadline', async () => {
    const waiting = target({ plan: await planMachines(cloud, { ...wishes, sshUser: 'nobody' }, 1) });
    const acquired = waiting.then((it) => it.acquire(scope, 'c', signal)).catch((error: unknown) => error);
    const stopped = poll(
      async () => {
        const [server] = await cloud.compute.listServers({ name: `givre-${journal.runId}-c` });
        if (server?.status !== 'ACTIVE') return { done: false, seen: server?.status ?? 'none' };
        await cloud.compute.stopServer(server.id);
        return { done: true, value: server.id };
      },
      { what: 'a server to stop', deadlineMs: 60_000, everyMs: 1_000 },
    );
    const id = await stopped;
    expect(await acquired).toMatchObject({
      code: 'E_SERVER_DOWN',
      message: expect.stringContaining(`(${id}) is SHUTOFF`),
    });
    expect(await scope.close()).toEqual([]);
    expect(await inventory(cloud)).toBe(before);
  });
});

async function until(what: string, status: () => Promise<string>): Promise<void> {
  const look = async () => {
    const seen = await status();
    return seen === 'SHUTOFF' ? { done: true as const, value: undefined } : { done: false as const, seen };
  };
  await poll(look, { what, deadlineMs: 60_000, everyMs: 1_000 });
}

/** Ids of everything of every kind in the project, ours or not. */
async function inventory(cloud: Cloud): Promise<string> {
  const kinds = await Promise.all(
    resourceKinds.map(async (kind) => [kind, [...(await statesOfKind(cloud, kind)).keys()].sort()]),
  );
  return JSON.stringify(kinds, null, 1);
}
