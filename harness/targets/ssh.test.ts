import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Bundle } from '../core/bundle.ts';
import type { Host } from '../core/host.ts';
import { Scope } from '../core/scope.ts';
import { newKeyPair } from '../ssh/keys.ts';
import { resolveAddress } from '../ssh/resolve.ts';
import { clientKey, type Sshd, sshdImage, startMachine } from '../ssh/sshd.fixture.ts';
import { sshTarget } from './ssh.ts';
import type { Use } from './ssh-machine.ts';
import { testBundle } from './stock-machine.fixture.ts';
import { untilTrue } from './systemd-host.fixture.ts';

const signal = AbortSignal.timeout(1_500_000);
let bundle: Bundle;
let machine: Sshd;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'givre-ssh-target-'));
  bundle = await testBundle(signal);
  // containerd's snapshots cannot lie on the engine's own.
  machine = await startMachine(await sshdImage(), ['--volume=/var/lib/containerd']);
});
afterAll(async () => {
  await machine.remove();
  await rm(folder, { recursive: true });
});

interface Wishes {
  readonly use?: Use;
  readonly runId?: string;
  readonly seconds?: number;
  readonly user?: string;
  readonly said?: string[];
}

/** Uses the machine as a run would, and leaves it. */
async function withMachine(wishes: Wishes, body: (host: Host) => Promise<void>): Promise<void> {
  const scope = new Scope();
  try {
    await body(await acquire(scope, wishes));
  } finally {
    expect(await scope.close()).toEqual([]);
  }
}

function acquire(scope: Scope, { use = 'as found', runId = 'd-run', seconds = 600, user, said = [] }: Wishes) {
  const target = sshTarget({
    address: machine.address(user),
    bundle,
    use,
    runId,
    lifeSeconds: seconds,
    progress: (line) => said.push(line),
  });
  return target.acquire(scope, 'a', signal);
}

/** Every file but those that change by themselves, units, links, routing rules, and ours among the processes. */
function everything(): Promise<string> {
  return machine
    .docker(
      'sh',
      '-c',
      `find / -xdev \\( -path /proc -o -path /sys -o -path /tmp -o -path /var/tmp -o -path /var/log/journal \\
       -o -path /run/systemd -o -path '/run/log' -o -path '/run/sudo' -o -path /run/user \\) -prune -o -print | sort
     find /run -name '*givre*' -o -name '*containerd*' -o -name '*cni*'
     systemctl list-units --all --plain --no-legend 'givre*'; systemctl list-unit-files --no-legend 'givre*'
     ip -o link | cut -d: -f2; ip rule; cat /proc/sys/net/ipv4/ip_forward; ss -Hltn; ls -l /proc/[0-9]*/exe | grep /opt/givre || true`,
    )
    .catch((error) => error.hint);
}

describe('a machine that somebody else owns', () => {
  test('is installed into, reached by tunnels only, and left as it was', { timeout: 240_000 }, async () => {
    const before = await everything();
    expect(before).toContain('/etc/passwd');
    await withMachine({ use: 'install' }, async (host) => {
      expect((await host.exec(['ctr', '--version'])).stdout).toContain('ctr');
      expect(host.address(8080)).toMatch(/^127\.0\.0\.1:/);
      await host.startService({ name: 'containerd', argv: ['containerd'] });
      await untilTrue('containerd', async () => (await host.exec(['ctr', 'version'])).exitCode === 0, 30_000);
      await host.startService({ name: 'sleeper', argv: ['/opt/givre/bin/givre-floor'], env: { PASSWORD: 's3cret' } });
      const claim = await host.exec(['cat', '/etc/givre/run']);
      expect(claim.stdout).toMatch(/^d-run \d+\n$/);
      expect(await everything()).not.toBe(before);
    });
    expect(await everything()).toBe(before);
  });

  test('as found gets only what measures, and keeps what looks like ours', { timeout: 240_000 }, async () => {
    const own =
      'mkdir -p /var/lib/faasd; touch /usr/local/bin/faasd /var/lib/faasd/x; ip link add openfaas0 type bridge';
    await machine.docker('sh', '-c', own);
    const before = await everything();
    expect(before).toContain('openfaas0');
    await withMachine({ use: 'as found' }, async (host) => {
      expect((await host.exec(['docker-registry', '--version'])).exitCode).toBe(0);
      expect((await host.exec(['sh', '-c', 'ls /opt/givre/bin'])).stdout.trim().split('\n')).toEqual([
        'docker-registry',
        'givre-agent',
        'givre-floor',
      ]);
      await host.startService({ name: 'registry', argv: ['sleep', '1000'] });
      const channel = host.open(['/opt/givre/bin/givre-agent']);
      channel.stdin.write('{"id":1,"method":"hello","params":{}}\n');
      await new Promise((resolve) => channel.stdout.once('data', resolve));
    });
    expect(await everything()).toBe(before);
    await machine.docker('sh', '-c', 'rm -r /var/lib/faasd /usr/local/bin/faasd; ip link del openfaas0');
  });

  test('is used by one run at a time, and by the next when that is over', async () => {
    const said: string[] = [];
    await withMachine({ runId: 'd-first' }, async (host) => {
      const scope = new Scope();
      await expect(acquire(scope, { runId: 'd-second' })).rejects.toMatchObject({
        code: 'E_MACHINE_IN_USE',
        message: expect.stringMatching(/is used by run d-first until 20\d\d-/),
      });
      expect(await scope.close()).toEqual([]);
      expect((await host.exec(['cat', '/etc/givre/run'])).stdout).toContain('d-first');
    });
    await withMachine({ runId: 'd-second', said }, async () => {});
    expect(said).toEqual([]);
  });

  test('that a dead run has left is cleaned up by the next one when that run’s time is over', async () => {
    const dead = new Scope();
    const before = await everything();
    const host = await acquire(dead, { runId: 'd-dead', seconds: 3_600 });
    // Its time is over, but its deadline did not come: the machine was off, say.
    await host.exec(['sh', '-c', 'systemctl stop givre-deadline.timer; echo "d-dead 1000" > /etc/givre/run']);
    const said: string[] = [];
    await withMachine({ runId: 'd-next', said }, async (next) => {
      expect(said).toEqual([expect.stringContaining('removing what run d-dead has left')]);
      expect((await next.exec(['cat', '/etc/givre/run'])).stdout).toContain('d-next');
    });
    expect(await everything()).toBe(before);
    await dead.close();
  });

  test('cleans itself up when nobody renews its claim, and not before', async () => {
    const dead = new Scope();
    const before = await everything();
    const host = await acquire(dead, { runId: 'd-dead' });
    const [claim] = host.leases;
    await claim?.renew(3_600, signal);
    await host.exec(['systemctl', 'start', 'givre-deadline.service']);
    expect(await everything()).toContain('/opt/givre/bin/givre-agent');
    expect((await host.exec(['cat', '/etc/systemd/system/givre-deadline.timer'])).stdout).toContain('OnCalendar=@');
    await claim?.renew(4, signal);
    await untilTrue('the machine to be as before', async () => (await everything()) === before, 30_000);
    // The run that comes back finds nothing to renew or to remove.
    await expect(claim?.renew(600, signal)).rejects.toMatchObject({ code: 'E_MACHINE_LOST' });
    expect(await dead.close()).toEqual([]);
    expect(await everything()).toBe(before);
  });

  test('is in use until the end of a claim by its own clock, however far ahead ours is', async () => {
    await withMachine({ runId: 'd-colleague', seconds: 7_200 }, async () => {
      vi.setSystemTime(Date.now() + 3 * 3_600_000);
      const scope = new Scope();
      try {
        await expect(acquire(scope, { runId: 'd-ahead' })).rejects.toMatchObject({
          code: 'E_MACHINE_IN_USE',
          message: expect.stringMatching(/ (119|120) min from now, or longer$/),
        });
      } finally {
        vi.useRealTimers();
      }
      expect(await scope.close()).toEqual([]);
    });
  });

  test('whose claim has run out and which another run uses is left alone', async () => {
    const slept = new Scope();
    const host = await acquire(slept, { runId: 'd-slept', seconds: 3_600 });
    await host.exec(['sh', '-c', 'systemctl stop givre-deadline.timer; echo "d-slept 1000" > /etc/givre/run']);
    await withMachine({ runId: 'd-next' }, async (next) => {
      await expect(host.leases[0]?.renew(600, signal)).rejects.toMatchObject({
        code: 'E_MACHINE_LOST',
        message: expect.stringContaining('is used by run d-next now'),
      });
      expect(await slept.close()).toEqual([]);
      expect((await next.exec(['cat', '/etc/givre/run'])).stdout).toMatch(/^d-next \d+\n$/);
      expect(await everything()).toContain('/opt/givre/bin/givre-agent');
    });
  });

  test.each([
    ['a faasd', 'touch /usr/local/bin/faasd', 'rm /usr/local/bin/faasd', 'E_MACHINE_OCCUPIED', '/usr/local/bin/faasd'],
    ['files of ours', 'mkdir /opt/givre', 'rmdir /opt/givre', 'E_MACHINE_OCCUPIED', '/opt/givre'],
    ['CNI plugins', 'mkdir -p /opt/cni/bin', 'rmdir /opt/cni/bin /opt/cni', 'E_MACHINE_OCCUPIED', 'CNI plugins'],
    [
      'a listener',
      'systemd-run --quiet --unit=taker --property=Type=exec perl -e "use Socket; socket(S,PF_INET,SOCK_STREAM,0); bind(S,sockaddr_in(8080,INADDR_ANY)); listen(S,1); sleep 99"; until ss -Hltn | grep -q :8080; do sleep 0.1; done',
      'systemctl stop taker',
      'E_MACHINE_PORT',
      'port 8080',
    ],
  ])('with %s on it is refused and left alone', async (_what, make, undo, code, text) => {
    await machine.docker('sh', '-c', make);
    const before = await everything();
    const scope = new Scope();
    await expect(acquire(scope, { use: 'install' })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    });
    expect(await scope.close()).toEqual([]);
    expect(await everything()).toBe(before);
    await machine.docker('sh', '-c', undo);
  });

  test('whose user may not become root is refused', async () => {
    const scope = new Scope();
    await expect(acquire(scope, { user: 'plain' })).rejects.toMatchObject({ code: 'E_SSH_SUDO' });
    expect(await scope.close()).toEqual([]);
  });

  test('is left when the run is interrupted while it is being set up', async () => {
    const before = await everything();
    const scope = new Scope();
    const controller = new AbortController();
    const target = sshTarget({
      address: machine.address(),
      bundle,
      use: 'install',
      runId: 'd-interrupted',
      lifeSeconds: 600,
      progress: (line) => {
        if (line.startsWith('uploading')) controller.abort(new Error('interrupted'));
      },
    });
    await expect(target.acquire(scope, 'a', controller.signal)).rejects.toThrow('interrupted');
    expect(await scope.close()).toEqual([]);
    expect(await everything()).toBe(before);
  });
});

describe('the address of a machine', () => {
  const files = async () => {
    const identityFile = join(folder, 'id');
    await writeFile(identityFile, clientKey.privateKey, { mode: 0o600 });
    const known = join(folder, 'known_hosts');
    await writeFile(known, `[127.0.0.1]:${machine.port} ${machine.hostKey.publicKey}\n`);
    return { identityFile, knownHosts: [known], onWarning: () => {} };
  };

  test('is completed from known_hosts and the key file', async () => {
    expect(await resolveAddress(`tester@127.0.0.1:${machine.port}`, await files())).toEqual({
      ...machine.address(),
      privateKeys: [clientKey.privateKey],
    });
  });

  test('is refused when the machine or the key is not known', async () => {
    const options = await files();
    const unknown = resolveAddress('tester@127.0.0.1:1', options);
    await expect(unknown).rejects.toMatchObject({ code: 'E_SSH_UNKNOWN_HOST', exitCode: 2 });
    const text = `tester@127.0.0.1:${machine.port}`;
    const missing = resolveAddress(text, { ...options, identityFile: join(folder, 'none') });
    await expect(missing).rejects.toMatchObject({ code: 'E_SSH_KEY', exitCode: 2 });
    await writeFile(join(folder, 'public'), newKeyPair().publicKey);
    const wrong = resolveAddress(text, { ...options, identityFile: join(folder, 'public') });
    await expect(wrong).rejects.toMatchObject({ code: 'E_SSH_KEY' });
  });
});
