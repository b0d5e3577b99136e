import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../core/paths.ts';
import { poll } from '../core/poll.ts';
import { run } from '../core/subprocess.ts';
import type { Cloud } from '../openstack/cloud.ts';
import { openCloud } from '../openstack/open.ts';
import { readRun } from '../runs/read.ts';

const cloudsPath = process.env.GIVRE_TEST_CLOUD_LXC ?? '';
const MAIN = resolve(import.meta.dirname, '../cli/main.ts');
const MACHINE = '--flavor m1.faas --image debian-12 --network public'.split(' ');
const CLOUD = ['--target', 'openstack', '--cloud', 'tester'];

interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly said: () => string;
}

/** The main job as users start it, on real servers. One after the other: the cloud carries three servers. */
describe.skipIf(cloudsPath === '')('npm run bench -- --target openstack', () => {
  let folder: string;
  let cloud: Cloud;
  let before: readonly string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'givre-openstack-'));
    const env = { OS_CLIENT_CONFIG_FILE: cloudsPath };
    cloud = await openCloud({ cloud: 'tester', env, signal: AbortSignal.timeout(60_000) });
    before = await everything(cloud);
  });
  const running = new Set<Started>();
  // A test that waits in vain must not leave its run beside the next one, and should say where that stood.
  afterEach(async () => {
    for (const { child, exited, said } of running) {
      console.error(`still running:\n${said().slice(-4_000)}`);
      child.kill('SIGINT');
      await exited;
    }
  });
  afterAll(async () => {
    await forgetGolden();
    await cloud.close();
    await rm(folder, { recursive: true });
  });

  /** The image that outlives runs is this test's own. */
  async function forgetGolden(): Promise<void> {
    for (const image of await cloud.image.listImages({ owner: cloud.projectId })) {
      if (image.properties.givre_golden !== undefined) await cloud.image.deleteImage(image.id);
    }
  }

  function bench(...words: readonly string[]): Started {
    const argv = ['bench', '--platform', 'control', ...CLOUD, ...MACHINE, ...words];
    const child = spawn(process.execPath, [MAIN, ...argv, '--out', join(folder, 'runs')], {
      env: { ...process.env, XDG_STATE_HOME: folder, OS_CLIENT_CONFIG_FILE: cloudsPath },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const exited = new Promise<number | null>((done) => child.once('close', done));
    const started = { child, exited, said: () => said };
    running.add(started);
    exited.then(() => running.delete(started));
    return started;
  }

  function coldstart(...words: readonly string[]): Started {
    return bench('--scenario', 'coldstart', ...words);
  }

  async function latestRun(): Promise<string> {
    const names = await readdir(join(folder, 'runs'));
    const byTime = names.map((name) => ({ name, at: /-(\d{8}-\d{6})-/.exec(name)?.[1] ?? '' }));
    return join(folder, 'runs', byTime.sort((a, b) => a.at.localeCompare(b.at)).at(-1)?.name ?? '');
  }

  /** All but the image that is meant to stay. */
  async function leftovers(): Promise<readonly string[]> {
    return (await everything(cloud)).filter((it) => !before.includes(it) && !/^image .*-golden$/.test(it));
  }

  test('measures L1, L2 and L4 of Rust and Node on servers of its own, says what they were, and leaves nothing', async () => {
    const words = ['--functions', 'rust-hello,node-hello', '--levels', 'L1,L2,L4', '--samples', '2'];
    await forgetGolden();
    const first = coldstart(...words, '--machine-samples', '1');
    // 3: on a busy machine the sentinel may find that it has changed. Everything else would be a failure.
    expect([0, 3], first.said()).toContain(await first.exited);
    expect(first.said()).toContain('shared kernel, not a VM');
    expect(first.said()).toContain('taking an image of the machine');
    expect(first.said()).not.toContain('left open');
    const { manifest, records, verdict } = await readRun(await latestRun());
    const samples = records.filter((record) => record.kind === 'coldstart');
    expect(samples.map((it) => it.verdict)).toEqual(samples.map(() => 'ok'));
    for (const level of ['L1', 'L2', 'L4']) {
      expect(new Set(samples.filter((it) => it.level === level).map((it) => it.function)).size, level).toBe(2);
    }
    const boots = samples.filter((it) => it.level === 'L4');
    for (const { phases, clockOffset, deliveryNs, proof } of boots) {
      const names = phases.map((phase) => phase.name);
      expect(names).toEqual(
        expect.arrayContaining(['accepted', 'active', 'ssh', 'containerd', 'platform', 'function']),
      );
      expect(names).not.toContain('kernel');
      expect(clockOffset?.boundNs).toBeGreaterThan(0);
      expect(deliveryNs).toBeGreaterThan(0);
      expect(proof.demands.every((demand) => demand.seen)).toBe(true);
    }
    const bare = records.filter((record) => record.kind === 'floor').filter(({ level }) => level === 'L4');
    expect(bare.map((it) => it.phases.map((phase) => phase.name))).toEqual([['accepted', 'active', 'ssh']]);
    expect(bare[0]?.totalNs).toBeGreaterThan(0);
    expect(manifest.machines).toMatchObject([{ virtualisation: expect.stringMatching(/^lxc/), golden: true }]);
    expect(verdict?.gates.find((gate) => gate.id === 'complete')?.status).toBe('passed');
    expect(await readFile(join(await latestRun(), 'report.html'), 'utf8')).toContain('shared kernel, not a VM');
    expect(await leftovers()).toEqual([]);
  });

  test('sends load from a server of another flavor, to which alone it opens the gateway, and says what they share', async () => {
    // As on a cloud that takes no images: the machine is installed by itself.
    const words = '--scenario latency --profile quick --rate 20 --functions rust-hello --no-golden'.split(' ');
    const loaded = bench(...words, '--generators', '1', '--generator-flavor', 'm1.tiny');
    await until(() => loaded.said().includes('generators ready: server givre-latency-'), loaded);
    const servers = (await cloud.compute.listServers()).filter(({ name }) => name.startsWith('givre-latency-'));
    const tested = servers.find(({ name }) => !name.endsWith('-generator-1'));
    expect(servers.map(({ name }) => name).sort()).toEqual([expect.stringMatching(/-control-0$/), expect.any(String)]);
    expect(await answers(tested?.addresses[0]?.address ?? '', 22)).toBe(true);
    expect(await answers(tested?.addresses[0]?.address ?? '', 8080)).toBe(false);
    // 3: on a busy machine. Everything else would be a failure.
    expect([0, 3], loaded.said()).toContain(await loaded.exited);
    const { manifest, records } = await readRun(await latestRun());
    const trials = records.filter((record) => record.kind === 'load');
    expect(trials).toHaveLength(1);
    for (const { sent, received, failed, dropped, generator, gates } of trials) {
      expect(generator).toMatchObject({ name: 'k6', place: 'generator', machines: 1 });
      expect(Math.abs(sent - 300)).toBeLessThanOrEqual(1);
      expect({ received, failed, dropped }).toEqual({ received: sent, failed: 0, dropped: 0 });
      // The worse of two: the generator was watched, too.
      expect(gates.find(({ id }) => id === 'retransmits')?.measured).toContain('(server givre-latency-');
    }
    const [machine] = manifest.machines;
    expect(machine?.hypervisor).toMatch(/^[0-9a-f]{56}$/);
    const { hypervisor } = machine ?? {};
    const flavor = 'm1.tiny: 1 vCPU, 512 MB, 2 GB';
    expect(manifest.generators).toMatchObject([{ flavor, hypervisor, sharesHardware: true }]);
    expect(loaded.said().replaceAll(/\s+/g, ' ')).toContain(
      'The generator ran on the same hypervisor as what was measured',
    );
    expect(await leftovers()).toEqual([]);
  });

  test('boots what was made for other functions, cleans up after Ctrl-C, and keeps what was measured', async () => {
    const second = coldstart('--functions', 'rust-hello', '--samples', '500');
    await until(() => second.said().includes(' of 1000 · '), second);
    second.child.kill('SIGINT');
    expect(await second.exited, second.said()).toBe(130);
    expect(second.said()).toContain('which has the platform on it');
    expect(second.said()).not.toContain('taking an image of the machine');
    expect((await readRun(await latestRun())).verdict?.status).toBe('interrupted');
    expect(await leftovers()).toEqual([]);
  });

  test('ends with what it has when its server dies, and leaves nothing', async () => {
    const third = coldstart('--functions', 'rust-hello,node-hello', '--samples', '500');
    await until(() => third.said().includes(' of 1500 · '), third);
    const servers = (await cloud.compute.listServers()).filter(({ name }) => name.startsWith('givre-coldstart-'));
    for (const { id } of servers) await cloud.compute.deleteServer(id);
    expect(await third.exited, third.said()).toBe(4);
    const { verdict } = await readRun(await latestRun());
    expect(verdict?.status).toBe('failed');
    expect(verdict?.summary).toMatch(/^ended after \d+ records: /);
    expect(await leftovers()).toEqual([]);
  });

  test('stops at once at a second Ctrl-C, and says the command that removes what is left', async () => {
    const hasty = coldstart('--functions', 'rust-hello', '--samples', '500');
    await until(() => hasty.said().includes(' of 1000 · '), hasty);
    hasty.child.kill('SIGINT');
    await until(() => hasty.said().includes('interrupted: cleaning up'), hasty);
    hasty.child.kill('SIGINT');
    expect(await hasty.exited, hasty.said()).toBe(130);
    expect(await leftovers()).not.toEqual([]);
    // As it stands there, for a shell.
    const [command = 'false'] = /npm run reap -- .*/.exec(hasty.said()) ?? [];
    const env = { XDG_STATE_HOME: folder, OS_CLIENT_CONFIG_FILE: cloudsPath };
    const reaped = await run(['sh', '-c', command], { cwd: repositoryRoot, env });
    expect(reaped.exitCode, `${command}\n${reaped.stdout}${reaped.stderr}`).toBe(0);
    expect(await leftovers()).toEqual([]);
  });

  test('leaves what kill -9 interrupts to reap, which removes it all', async () => {
    const fourth = coldstart('--functions', 'rust-hello,node-hello', '--samples', '500');
    await until(() => fourth.said().includes(' of 1500 · '), fourth);
    fourth.child.kill('SIGKILL');
    await fourth.exited;
    expect(await leftovers()).not.toEqual([]);
    const runId = (await latestRun()).split('/').at(-1) ?? '';
    const reaped = await run([process.execPath, MAIN, 'reap', ...CLOUD, '--run', runId, '--yes'], {
      env: { XDG_STATE_HOME: folder, OS_CLIENT_CONFIG_FILE: cloudsPath },
    });
    expect(reaped.exitCode, reaped.stderr).toBe(0);
    expect(await leftovers()).toEqual([]);
  });
});

async function until(done: () => boolean, { child, said }: { child: ChildProcess; said: () => string }): Promise<void> {
  await poll(
    async () => {
      if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${said()}`);
      return done() ? { done: true, value: undefined } : { done: false, seen: said().slice(-200) };
    },
    { what: 'the run to measure', deadlineMs: 400_000, everyMs: 100 },
  );
}

/** Does anybody take connections there from here? */
async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: 3_000 });
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      for (const event of ['error', 'timeout']) socket.once(event, () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

/** Every resource of the project of every type, one line each. */
async function everything({ compute, network, image, projectId }: Cloud): Promise<readonly string[]> {
  const lists = await Promise.all([
    named('server', compute.listServers()),
    named('server group', compute.listServerGroups()),
    named('port', network.listPorts()),
    named('security group', network.listSecurityGroups()),
    network.listFloatingIps().then((all) => all.map((it) => `floating IP ${it.address}`)),
    named('image', image.listImages({ owner: projectId })),
  ]);
  return lists.flat().sort();
}

async function named(kind: string, list: Promise<readonly { readonly name: string }[]>): Promise<readonly string[]> {
  return (await list).map(({ name }) => `${kind} ${name}`);
}
